"""Refusals and failures that have a status of their own; `merx_kit.http` turns them into RFC 9457 problems, once."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from merx_core.contracts.problem import FieldError


class MerxError(Exception):
    """A business error: `status` and `code` belong to the class, `detail` and `errors` to the occurrence.

    `code` is stable and fit to branch on; `detail` is for people and names nothing secret.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self, detail: str = "", *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class BadRequest(MerxError):
    status = 400
    code = "bad_request"
    title = "Bad request"


class ValidationFailed(MerxError):
    """The body or a parameter is well-formed, and not what the contract asks for; `errors` name the fields."""

    status = 422
    code = "validation_failed"
    title = "Validation failed"


class Unauthorized(MerxError):
    status = 401
    code = "unauthorized"
    title = "Authentication needed"

    def __init__(self, detail: str = "Send an API key or a token as `Authorization: Bearer ...`.") -> None:
        super().__init__(detail, headers={"www-authenticate": 'Bearer realm="merx"'})


class Forbidden(MerxError):
    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFound(MerxError):
    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowed(MerxError):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


class Conflict(MerxError):
    status = 409
    code = "conflict"
    title = "Conflict"


class PayloadTooLarge(MerxError):
    status = 413
    code = "payload_too_large"
    title = "Body too large"


class UnsupportedMediaType(MerxError):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class IdempotencyKeyMissing(BadRequest):
    code = "idempotency_key_missing"
    title = "Idempotency-Key missing"


class IdempotencyInFlight(Conflict):
    code = "idempotency_in_flight"
    title = "A request with this Idempotency-Key is still being answered"


class IdempotencyKeyReused(ValidationFailed):
    code = "idempotency_key_reused"
    title = "Idempotency-Key reused with another request"


class Overloaded(MerxError):
    """Refused before any work was done; the same request may be sent again after `retry_after_seconds`."""

    status = 429
    code = "overloaded"
    title = "Too many requests"

    def __init__(self, detail: str = "The service is at its limit.", *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"retry-after": str(retry_after_seconds)})


class RateLimited(MerxError):
    """One caller asks more often than it may; others are answered. The next request is free after
    `retry_after_seconds`."""

    status = 429
    code = "rate_limited"
    title = "Too many requests of one caller"

    def __init__(self, per_s: float, *, retry_after_seconds: int) -> None:
        headers = {"retry-after": str(max(1, retry_after_seconds))}
        super().__init__(f"These credentials may ask {per_s:g} times a second.", headers=headers)


class Unavailable(MerxError):
    status = 503
    code = "unavailable"
    title = "Unavailable"


class DeadlineExceeded(MerxError):
    status = 504
    code = "deadline_exceeded"
    title = "Deadline exceeded"
