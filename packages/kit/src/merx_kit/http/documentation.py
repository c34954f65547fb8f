"""`/openapi.json`, and `/docs`: a page of our own that needs no script and no internet."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import msgspec

from merx_kit.errors import MerxError
from merx_kit.http.context import RequestContext
from merx_kit.http.endpoint import Endpoint
from merx_kit.http.openapi import document, operation_id, refusals
from merx_kit.http.reply import Reply

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "code,pre{font:14px/1.4 ui-monospace,monospace;background:#f4f4f4}pre{padding:.7rem;overflow:auto}"
    "h2{border-top:1px solid #ddd;padding-top:1rem;font-size:1.1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}"
)


class Documentation:
    """Written when first asked for: a service declares its endpoints after the kit's own."""

    def __init__(self, title: str, version: str, endpoints: Iterable[Endpoint], *, describe: Callable[[], str]) -> None:
        self._title = title
        self._version = version
        self._endpoints = endpoints
        self._describe = describe
        self._json: bytes | None = None
        self._page: bytes | None = None

    def openapi(self) -> dict[str, Any]:
        return document(self._title, self._version, self._describe(), self._endpoints)

    async def json(self, _: None, context: RequestContext) -> Reply:
        prefix = context.scope.get("root_path", "")
        if self._json is None:
            servers = {"servers": [{"url": prefix}]} if prefix else {}
            self._json = msgspec.json.encode(self.openapi() | servers)
        return Reply(self._json)

    async def page(self, _: None, context: RequestContext) -> Reply:  # noqa: ARG002
        if self._page is None:
            self._page = self._render().encode()
        return Reply(self._page, media_type="text/html; charset=utf-8")

    def _render(self) -> str:
        shown = [endpoint for endpoint in self._endpoints if endpoint.options.get("documented", True)]
        problems = {error.code: error for one in shown for group in refusals(one).values() for error in group}
        title = escape(self._title)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
            f"<h1>{title} {escape(self._version)}</h1><p>{escape(self._describe())}</p>"
            '<p>The machine-readable contract is <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
            f"{''.join(_section(endpoint) for endpoint in shown)}<h2>Problems</h2><table>"
            "<tr><th>code</th><th>status</th><th>meaning</th></tr>"
            f"{''.join(map(_row, problems.values()))}</table></html>"
        )


def _section(endpoint: Endpoint) -> str:
    options = endpoint.options
    parts = [f'<h2 id="{escape(operation_id(endpoint))}"><code>{endpoint.method} {escape(endpoint.route)}</code></h2>']
    texts = (options.get("summary", ""), options.get("description", ""))
    parts += [f"<p>{escape(text)}</p>" for text in texts if text]
    if endpoint.scope:
        parts.append(f"<p>Needs the scope <code>{escape(endpoint.scope)}</code>.</p>")
    for name, example in options.get("examples", {}).items():
        text = msgspec.json.format(msgspec.json.encode(example), indent=2).decode()
        parts.append(f"<p>{escape(name)}</p><pre>{escape(text)}</pre>")
    return "".join(parts)


def _row(error: type[MerxError]) -> str:
    code = escape(error.code)
    return f'<tr id="{code}"><td><code>{code}</code></td><td>{error.status}</td><td>{escape(error.title)}</td></tr>'
