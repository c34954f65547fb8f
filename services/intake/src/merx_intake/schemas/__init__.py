"""Between the wire and the use cases; the shapes themselves are merx_core.contracts.intake."""

from collections.abc import Sequence
from typing import Any

import msgspec

from merx_core.contracts.intake import MAX_RECORDS, Status, Verdict, Verdicts
from merx_core.contracts.problem import FieldError
from merx_intake.errors import IdReused, RecordRefused, TooManyRecords
from merx_kit.errors import ValidationFailed
from merx_kit.http.problems import UNDECODABLE, from_msgspec
from merx_kit.importers.values import mapping_of

_decode = msgspec.json.Decoder().decode


def document_of(body: bytes) -> Any:
    """The body as JSON; raises BadRequest where it is none."""
    try:
        return _decode(body)
    except UNDECODABLE as error:
        raise from_msgspec(error) from None


def answer(verdicts: Sequence[Verdict], request_id: str) -> Verdicts:
    accepted = duplicates = conflicts = 0
    for verdict in verdicts:
        status = verdict.status
        if status is Status.ACCEPTED:
            accepted += 1
        elif status is Status.DUPLICATE:
            duplicates += 1
        elif status is Status.CONFLICT:
            conflicts += 1
    return Verdicts(
        request_id=request_id,
        accepted=accepted,
        duplicates=duplicates,
        conflicts=conflicts,
        rejected=len(verdicts) - accepted - duplicates - conflicts,
        verdicts=tuple(verdicts),
    )


def refuse_single(verdict: Verdict) -> None:
    """The refusal of a request's only record is the refusal of the request: raises RecordRefused or IdReused."""
    error = FieldError(verdict.pointer, verdict.detail)
    if verdict.status is Status.REJECTED:
        raise RecordRefused(f"{verdict.code}: {verdict.detail}", errors=(error,))
    if verdict.status is Status.CONFLICT:
        raise IdReused(f"{verdict.id}: {verdict.detail}")


def rows_of(body: bytes, name: str) -> tuple[list[Any], str]:
    """The records of a batch and where they stand: the body itself where it is a list, else its field `name`."""
    document = document_of(body)
    rows, at = (document, "") if isinstance(document, list) else (mapping_of(document).get(name), f"/{name}")
    if not isinstance(rows, list):
        told = f"Expected a list of records, or an object with `{name}`"
        raise ValidationFailed(f"{told}.", errors=(FieldError(at, told),))
    if len(rows) > MAX_RECORDS:
        raise TooManyRecords(f"A request may hold at most {MAX_RECORDS} records; send the rest in another one.")
    return rows, at
