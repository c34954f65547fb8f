"""Server-sent events as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

KEEP_ALIVE = b":\n\n"
"""A comment: tells proxies, and the server itself, whether anybody still listens."""


def encode(data: bytes, *, id: str = "", event: str = "") -> bytes:  # noqa: A002 - the format's own word
    """One event. Line breaks within `data` become further data lines; `id` and `event` hold none."""
    lines = [b"id: " + id.encode()] if id else []
    if event:
        lines.append(b"event: " + event.encode())
    lines += [b"data: " + line for line in data.split(b"\n")]
    return b"\n".join(lines) + b"\n\n"


def retry(milliseconds: int) -> bytes:
    """Tells the reader how long to wait before it connects again."""
    return b"retry: %d\n\n" % milliseconds
