"""uvicorn's HTTP/1.1, with a cheap way out for requests that there is no room for."""

from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

CLOSE = b"connection: close\r\n"


class SheddingProtocol(HttpToolsProtocol):
    """What a full service refuses is refused from its head: no task, no context, no look at who asks.

    Under overload there are more refusals than answers, and what they cost is missing there. A refusal is sent when the
    request has come in whole, so that a connection can be kept, or closed without a reset. Where something is out of
    the ordinary (pipelining, `Expect`, a reader that does not keep up) the request goes its usual way and is refused
    there.
    """

    _refusal: bytes | None = None
    _kept = True

    def on_headers_complete(self) -> None:
        gateway: Any = self.config.loaded_app
        if gateway.admission.full and self._ordinary():
            self._refusal = self._refused(gateway)
        if self._refusal is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._refusal is None:
            super().on_message_complete()
            return
        self.transport.write(self._refusal)
        self._refusal = None
        if not self._kept:
            self.transport.close()
        self.on_response_complete()

    def _ordinary(self) -> bool:
        idle = self.cycle is None or self.cycle.response_complete
        plain = not self.expect_100_continue and not self.parser.should_upgrade()
        return idle and plain and not self.flow.write_paused and self.parser.get_method() != b"HEAD"

    def _refused(self, gateway: Any) -> bytes | None:
        """The refusal as it leaves; None where the request is to be answered whatever else happens."""
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        known = {"method": self.parser.get_method().decode("ascii"), "raw_path": url.path}
        refusal = gateway.refusal({**self.scope, **known, "path": unquote(path) if "%" in path else path})
        if refusal is None:
            return None
        answer, headers = refusal
        self._kept = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        lines = [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers)]
        head = (STATUS_LINE[answer.status], *lines, b"" if self._kept else CLOSE, b"\r\n")
        return b"".join((*head, answer.body))
