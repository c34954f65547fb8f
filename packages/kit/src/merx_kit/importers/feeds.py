"""Files of stock levels, costs and competitors' prices: tables or JSON lines, flat or in the shapes of the door."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from merx_core.events import CloudEvent, encode
from merx_kit.importers import tables
from merx_kit.importers.changes import COMPETITOR_PRICE, COST, STOCK, Change, Changed, judge_change, record_of
from merx_kit.importers.event_rules import CLOCKS_DIFFER, whole_number
from merx_kit.importers.raw import Fault, Refusal, moment_id
from merx_kit.importers.report import Section
from merx_kit.importers.values import column_name, minor_units, text_of

SOURCE = "/imports/feeds"
BATCH = 5_000
_TEXTS = ("product_id", "competitor", "url")
_MONEY = ("cost", "price")
_YES_OR_NO = {
    **dict.fromkeys(("true", "yes", "1", "in_stock", "in stock"), True),
    **dict.fromkeys(("false", "no", "0", "out_of_stock", "out of stock"), False),
}


class FeedRow(NamedTuple):
    """What a row says, by the names of its columns, and what a report shows of it."""

    fields: Mapping[str, Any]
    example: str


@dataclass(frozen=True, slots=True)
class FeedCleaning:
    """What the rows of one file are judged by, and where it is counted.

    A row that tells no time was so at `moment`, the file's own; `currency` stands in where an amount names none.
    """

    change: Change
    section: Section
    moment: datetime
    now: datetime
    currency: str = ""


def change_of(columns: Set[str]) -> Change | None:
    """Which change a row with these columns tells; None where it tells none, or more than one."""
    if {"product_id", "competitor", "price"} <= columns:
        return COMPETITOR_PRICE
    tells_stock = bool({"stock", "in_stock"} & columns)
    # Beside a price it is a catalogue, of which the rest would be lost.
    if "product_id" not in columns or "price" in columns or ("cost" in columns) == tells_stock:
        return None
    return STOCK if tells_stock else COST


def change_of_row(row: Mapping[str, Any]) -> Change | None:
    """Which change an object of JSON lines tells."""
    return change_of({column_name(name) for name in row})


def read_table(path: Path) -> Iterator[FeedRow | Refusal]:
    """Rows of a CSV or TSV file."""
    for row in tables.read_rows(path):
        if isinstance(row, Refusal):
            yield row
            continue
        fields = {name: next(filter(None, values), "") for name, values in row.items()}
        yield FeedRow(fields, ", ".join(f"{name} {value!r}" for name, value in fields.items()))


def read_json(row: Mapping[str, Any], line: bytes) -> FeedRow:
    """A row of JSON lines."""
    return FeedRow({column_name(name): value for name, value in row.items()}, line.decode("utf-8", "replace"))


def change_batches(rows: Iterable[FeedRow | Refusal], cleaning: FeedCleaning) -> Iterator[list[CloudEvent]]:
    """The records of valid rows in batches; every row is counted, in or out."""
    section = cleaning.section
    batch: list[CloudEvent] = []
    for place, row in enumerate(rows):
        section.rows_in += 1
        judged = row if isinstance(row, Refusal) else _judge(row, cleaning)
        if isinstance(judged, Refusal):
            section.drop(judged.rule, [judged.example])
            continue
        section.rows_out += 1
        batch.append(_record(judged, place, cleaning))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _judge(row: FeedRow, cleaning: FeedCleaning) -> Changed | Refusal:
    change = cleaning.change
    entry = entry_of(row.fields, cleaning.currency)
    try:
        judged = judge_change(change, entry, cleaning.now + CLOCKS_DIFFER)
    except msgspec.ValidationError as error:
        return Refusal("wrong_shape", f"{error}: {row.example}")
    if isinstance(judged, Fault):
        return Refusal(judged.rule, row.example, judged.field)
    if not judged.offset_told:
        cleaning.section.adjust("time_without_offset_read_as_utc", [row.example])
    if entry.keys() - {*change.entry.__struct_fields__, "currency"}:
        cleaning.section.adjust("unknown_field_left_out", [row.example])
    return judged


def _record(judged: Changed, place: int, cleaning: FeedCleaning) -> CloudEvent:
    """With a time of its own a row is known again in any file, else by the file's moment and its place there."""
    kind, product_id = cleaning.change.kind, judged.data.product_id
    moment = judged.time.isoformat() if judged.time is not None else f"{cleaning.moment.isoformat()}-{place}"
    record_id = moment_id(kind, product_id, moment, encode(judged.data))
    time = judged.time or cleaning.moment
    return record_of(cleaning.change, judged.data, source=SOURCE, record_id=record_id, time=time)


def entry_of(fields: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A row in the shape that the door takes; what cannot be read stays as it is, to be judged.

    Amounts are objects of minor units already, or decimals of major units beside a field `currency`.
    """
    entry = {name: value for name, value in fields.items() if value is not None and value != ""}
    spoken = (text_of(entry.get("currency")) or currency).upper()
    for name in entry.keys() & {*_MONEY}:
        entry[name] = _money(entry[name], spoken)
    for name in entry.keys() & {*_TEXTS}:
        entry[name] = text_of(entry[name]) or entry[name]
    if "stock" in entry:
        stock = whole_number(text_of(entry["stock"]))
        entry["stock"] = entry["stock"] if stock is None else stock
    if isinstance(in_stock := entry.get("in_stock"), str | int):
        entry["in_stock"] = _YES_OR_NO.get(str(in_stock).strip().lower(), in_stock)
    return entry


def _money(value: Any, currency: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return {**value, "currency": value.get("currency") or currency}
    return {"amount": minor_units(value, currency), "currency": currency}
