"""What a service says when it refuses: problem details (RFC 9457) as an exception."""

from dataclasses import dataclass
from typing import Any, Self

import httpx


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one part of the request; `pointer` is a JSON Pointer (RFC 6901)."""

    pointer: str
    detail: str


class Refusal(Exception):
    """The service answered, with a status of 400 or more.

    `code` is the reason by its name, to tell refusals apart by ("validation_failed"); empty where it was not Merx that
    answered. `retry_after_s` is what the service asks to wait, where it does.
    """

    def __init__(self, *, status: int, code: str, title: str, detail: str, response: httpx.Response) -> None:
        super().__init__(f"{status} {code or title}: {detail}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.type = "about:blank"
        self.instance = ""
        self.errors: tuple[FieldError, ...] = ()
        self.request_id = response.headers.get("x-request-id", "")
        waits = response.headers.get("retry-after", "")
        self.retry_after_s = float(waits) if waits.isdigit() else None
        self.response = response

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """From an answer whose body was read: a problem, an error in OpenAI's shape, or what a proxy sends."""
        body = _json(response)
        error = body.get("error")
        if isinstance(error, dict):  # OpenAI's shape: its clients are what /v1/embeddings is for
            body = {"code": error.get("code"), "title": error.get("type"), "detail": error.get("message")}
        made = cls(
            status=response.status_code,
            code=str(body.get("code") or ""),
            title=str(body.get("title") or response.reason_phrase),
            detail=str(body.get("detail") or ("" if body else response.text[:500])),
            response=response,
        )
        made.type = str(body.get("type") or made.type)
        made.instance = str(body.get("instance") or "")
        made.errors = tuple(FieldError(one["pointer"], one["detail"]) for one in body.get("errors", ()))
        return made


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
