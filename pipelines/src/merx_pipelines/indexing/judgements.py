"""Which products a query's shoppers wanted: grades by query and product, as JSON lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from merx_core.catalogue import ProductKey
from merx_core.contracts.search import MAX_QUERY
from merx_models.words.analysis import normalise

FILE, REPORT = "judgements.jsonl", "judgements.json"
BEST = 3
UNSEEN = -1
"""The grade of a product that was shown and that nobody can have seen: nothing is known of it."""
Judged = dict[str, dict[str, int]]
"""Grades, 0 to BEST or UNSEEN, by normalised query and product id."""


class JudgementsRefused(ValueError):
    """A file of judgements holds a line that is none. The message names it."""


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`grade` 0 is not wanted, 3 is wanted most, null is shown and not seen."""

    query: Annotated[str, Meta(min_length=1, max_length=MAX_QUERY)]
    product_id: ProductKey
    grade: Annotated[int, Meta(ge=0, le=BEST)] | None


_DECODE = msgspec.json.Decoder(Judgement).decode


def read_judgements(path: Path) -> Judged:
    """One JSON object a line; of a pair that comes twice the last stands. Raises JudgementsRefused."""
    judged: Judged = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JudgementsRefused(f"{path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = _DECODE(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise JudgementsRefused(f"{path.name}, line {number}: {error}") from error
        query = normalise(told.query)
        if not query:
            raise JudgementsRefused(f"{path.name}, line {number}: the query is blank")
        judged.setdefault(query, {})[told.product_id] = UNSEEN if told.grade is None else told.grade
    return judged


def write_judgements(path: Path, judged: Mapping[str, Mapping[str, int]]) -> None:
    """By query and product: the same judgements are the same bytes."""
    path.write_bytes(
        msgspec.json.Encoder().encode_lines(
            Judgement(query, product_id, None if grade == UNSEEN else grade)
            for query, grades in sorted(judged.items())
            for product_id, grade in sorted(grades.items())
        )
    )
