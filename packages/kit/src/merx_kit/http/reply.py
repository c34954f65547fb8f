"""What a handler may give where a struct with status 200 does not say it all."""

from collections.abc import Mapping
from typing import Any

JSON = "application/json"


class Reply:
    """A body (bytes as they are, anything else encoded as JSON, None for no body) with its status and headers."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(
        self,
        body: Any = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = JSON,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers or {}
        self.media_type = media_type


class Answer:
    """The bytes that leave; what a `Reply` or a refusal comes to, and what idempotency keeps."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.media_type = media_type
        self.headers = headers
