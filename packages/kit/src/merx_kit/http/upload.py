"""A body too large to hold: handed on as it arrives, within its limit."""

from collections.abc import AsyncIterator, Mapping

from merx_kit.errors import BadRequest
from merx_kit.http.body import ClientGone, Receive, too_large


class Upload:
    """The chunks of one body, once. Raises PayloadTooLarge where the headers or the chunks say so, BadRequest where
    the body is empty, and ClientGone where it ends before its time."""

    def __init__(self, receive: Receive, found: Mapping[bytes, bytes], *, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self.media_type = found.get(b"content-type", b"").decode("latin-1").split(";", 1)[0].strip().lower()
        length = found.get(b"content-length")
        if length is not None and (not length.isdigit() or int(length) > limit_bytes):
            raise too_large(limit_bytes)
        self.told_bytes = int(length) if length is not None else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > self._limit_bytes:
                raise too_large(self._limit_bytes)
            more = message.get("more_body", False)
            if chunk:
                yield chunk
        if not size:
            raise BadRequest("The body is empty; it must be a file.")
