"""An app below a path prefix, where an engine serves several apps under one address."""

from typing import Any

from merx_kit.http.lifespan import ASGIApp


class Mounted:
    """Hands requests on with the path as the app knows it. ASGI's `root_path` names the prefix; `path` and `raw_path`
    come with it (the specification's 2.4 and later), and routes are declared without."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        prefix = scope.get("root_path", "") if scope["type"] == "http" else ""
        if prefix and scope["path"].startswith(prefix):
            raw = scope.get("raw_path")
            inner = {"path": scope["path"][len(prefix) :] or "/"}
            if raw:
                inner["raw_path"] = raw[len(prefix.encode("latin-1")) :] or b"/"
            scope = {**scope, **inner}
        await self.app(scope, receive, send)
