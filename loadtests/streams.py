"""Server-sent events by the standard library's client, which locust makes cooperative: a stream costs one greenlet."""

from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

BROKEN = (OSError, HTTPException)
"""What reading or opening a stream raises."""


class Stream:
    """An open GET; `silence_s` is how long it may say nothing. Raises BROKEN."""

    def __init__(self, url: str, headers: Mapping[str, str], *, silence_s: float) -> None:
        split = urlsplit(url)
        connect = HTTPSConnection if split.scheme == "https" else HTTPConnection
        self._connection = connect(split.netloc, timeout=silence_s)
        try:
            self._connection.request("GET", f"{split.path}?{split.query}", headers=dict(headers))
            self._answer = self._connection.getresponse()
        except BROKEN:
            self._connection.close()
            raise
        self.status = self._answer.status
        self.retry_after = self._answer.headers.get("retry-after", "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._answer.close()
        self._connection.close()

    def blocks(self) -> Iterator[bytes]:
        """Lines up to an empty one, as soon as it is there; ends where the stream ends."""
        lines: list[bytes] = []
        while line := self._answer.readline():
            if line.strip():
                lines.append(line)
            elif lines:
                yield b"".join(lines)
                lines = []
