"""The body of a request, within its limit."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from merx_kit.errors import BadRequest, MerxError, PayloadTooLarge, UnsupportedMediaType

Receive = Callable[[], Awaitable[dict[str, Any]]]


class ClientGone(MerxError):
    """The caller left before the body was complete; nobody reads the answer."""

    status = 499
    code = "client_gone"
    title = "Client closed the connection"


def check_headers(found: Mapping[bytes, bytes], limit_bytes: int) -> None:
    """Refuse by what the headers say, before a byte of the body is read."""
    media_type = found.get(b"content-type", b"")  # without one, any web page could post to a service on loopback
    if media_type != b"application/json":
        name = media_type.split(b";", 1)[0].strip().lower()
        if name != b"application/json" and not (name.startswith(b"application/") and name.endswith(b"+json")):
            raise UnsupportedMediaType("The body must be JSON: send `Content-Type: application/json`.")
    length = found.get(b"content-length")
    if length is not None and (not length.isdigit() or int(length) > limit_bytes):
        raise too_large(limit_bytes)


async def read(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body; refused as soon as more than `limit_bytes` have come, whatever the headers said."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        body = await _read_on(receive, body, limit_bytes)
    if len(body) > limit_bytes:
        raise too_large(limit_bytes)
    if not body:
        raise BadRequest("The body is empty; it must be a JSON document.")
    return body


async def _read_on(receive: Receive, first: bytes, limit_bytes: int) -> bytes:
    chunks, size, more = [first], len(first), True
    while more and size <= limit_bytes:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def too_large(limit_bytes: int) -> PayloadTooLarge:
    """The refusal of a body over its limit."""
    return PayloadTooLarge(f"The body may have at most {limit_bytes} bytes.")
