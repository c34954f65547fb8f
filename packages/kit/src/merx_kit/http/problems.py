"""Refusals as RFC 9457 problem details, and msgspec's complaints as refusals that name the field."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from merx_core.contracts.problem import FieldError, Problem
from merx_kit.errors import BadRequest, MerxError, ValidationFailed
from merx_kit.http.context import RequestContext
from merx_kit.http.reply import Answer

PROBLEM_JSON = "application/problem+json"
DOCUMENTATION = "/docs#"
"""Each problem's `type`: its entry on the service's own documentation page, which needs no internet."""


_PLACE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:missing required|contains unknown) field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\[(?P<index>\d+|\.\.\.)\]|\.?(?P<name>[^.\[\]]+)")

_encoder = msgspec.json.Encoder()


def problem(error: MerxError, context: RequestContext) -> Answer:
    prefix = context.scope.get("root_path", "")
    body = Problem(
        type=f"{prefix}{DOCUMENTATION}{error.code}",
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail,
        instance=f"{prefix}{context.scope['path']}",
        request_id=context.request_id,
        errors=error.errors,
    )
    return Answer(error.status, _encoder.encode(body), PROBLEM_JSON, error.headers)


UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What `msgspec.json.Decoder.decode` raises on a body it does not take."""


@dataclass(frozen=True)
class ErrorStyle:
    """How a protocol words its errors: problem details on Merx's own paths, something else on the paths of others."""

    render: Callable[[MerxError, RequestContext], Answer]
    body: type
    media_type: str


PROBLEMS = ErrorStyle(problem, Problem, PROBLEM_JSON)


def from_msgspec(error: BaseException) -> MerxError:
    """422 with the field where the shape is wrong; 400 where the text is no JSON."""
    if isinstance(error, RecursionError):
        return BadRequest("The body is nested too deeply.")
    if not isinstance(error, msgspec.ValidationError):
        return BadRequest(f"The body is not valid JSON: {error}.")
    field = field_error(str(error))
    return ValidationFailed(f"{field.detail} (at `{field.pointer or '/'}`)", errors=(field,))


def field_error(message: str) -> FieldError:
    """`Expected `int` >= 1 - at `$.lines[2].quantity`` as pointer `/lines/2/quantity` and detail."""
    place = _PLACE.match(message)
    what, path = (message, "") if place is None else (place["what"], place["path"] or "")
    steps = [found["index"] or found["name"] for found in _STEP.finditer(path)]
    named = _FIELD.search(what)
    if named:
        steps.append(named["name"])
    return FieldError(pointer="".join(f"/{_escaped(step)}" for step in steps), detail=what)


def _escaped(step: str) -> str:
    """RFC 6901; msgspec does not say which key of a mapping was wrong and writes `...`, which becomes `*`."""
    return "*" if step == "..." else step.replace("~", "~0").replace("/", "~1")
