"""The catalogue through the door: products, and what changes about them, each as a record of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from merx_core.contracts.intake import Verdict
from merx_core.events import CloudEvent, RecordType, encode
from merx_intake.domain.products import Read, Wrong, place_of, read_product, wrong_shape
from merx_intake.domain.wording import sentence
from merx_intake.ports import RecordLog
from merx_intake.service.events import Clock, future_sentence
from merx_intake.service.intake import Judged, Sound, commit, refusal
from merx_kit.importers.changes import Change, judge_change, record_of
from merx_kit.importers.event_rules import CLOCKS_DIFFER
from merx_kit.importers.raw import Fault, content_id, moment_id
from merx_kit.importers.values import time_of

SOURCE = "/intake"


class CatalogueDoor:
    """`currency` stands in where a feed's price names none."""

    def __init__(self, log: RecordLog, currency: str = "", clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._currency = currency
        self._clock = clock

    async def put(self, product_id: str, row: Any, key: str) -> Verdict:
        """The product as it is from now on; an id in `row` must be `product_id`."""
        now = self._clock()
        if isinstance(row, dict) and not row.keys() & {"product_id", "id", "offer_id", "@type", "@graph"}:
            row = {**row, "product_id": product_id}
        read = list(read_product(row, "", now, self._currency))
        judged: Judged
        if len(read) != 1:
            judged = refusal("wrong_shape", detail="The body is one product.")
        elif isinstance(read[0], Read) and read[0].product.product_id != product_id:
            judged = refusal("id_mismatch", read[0].product.product_id, pointer="/product_id")
        else:
            judged = _upsert(read[0], _Stamp(now, key))
        return (await commit(self._log, [judged], "product"))[0]

    async def delete(self, product_id: str, key: str) -> None:
        """The product is no longer sold; nothing is said of whether it ever was."""
        stamp = _Stamp(self._clock(), key)
        data = encode({"product_id": product_id})
        record = CloudEvent(
            id=stamp.id_of("deleted", product_id, data),
            source=SOURCE,
            type=RecordType.PRODUCT_DELETED,
            time=stamp.now,
            subject=product_id,
            data=msgspec.Raw(data),
        )
        await commit(self._log, [Sound(record)], "deletion")

    async def products(self, rows: Sequence[Any], at: str, key: str) -> list[Verdict]:
        """A verdict for each product of `rows`, which stand at `at` in the body."""
        now = self._clock()
        read = [
            one for place, row in enumerate(rows) for one in read_product(row, f"{at}/{place}", now, self._currency)
        ]
        judged = [_upsert(one, _Stamp(now, key, place)) for place, one in enumerate(read)]
        return await commit(self._log, judged, "product")

    async def changes(self, change: Change, rows: Sequence[Any], at: str, key: str) -> list[Verdict]:
        """A verdict for each of `rows`, which stand at `at` in the body."""
        now = self._clock()
        judged = [_changed(change, row, f"{at}/{place}", _Stamp(now, key, place)) for place, row in enumerate(rows)]
        return await commit(self._log, judged, change.kind)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells one change of a product from the next: the request's key, or else the moment."""

    now: datetime
    key: str
    place: int = 0

    def id_of(self, kind: str, product_id: str, data: bytes, time: datetime | None = None) -> str:
        """With a key, or a time told by the sender, a repeat is the same record; a price that goes back is not."""
        if self.key:
            return f"{kind}/{product_id}/{content_id(f'{self.key}/{self.place}'.encode())}"
        moment = time.isoformat() if time is not None else f"{self.now.isoformat()}-{self.place}"
        return moment_id(kind, product_id, moment, data)


def _upsert(read: Read | Wrong, stamp: _Stamp) -> Judged:
    if isinstance(read, Wrong):
        return refusal(read.rule, pointer=read.pointer, detail=read.detail)
    product_id = read.product.product_id
    data = encode(read.product)
    record = CloudEvent(
        id=stamp.id_of("product", product_id, data),
        source=SOURCE,
        type=RecordType.PRODUCT_UPSERTED,
        time=stamp.now,
        subject=product_id,
        data=msgspec.Raw(data),
    )
    return Sound(record, read.warnings)


def _changed(change: Change, row: Any, at: str, stamp: _Stamp) -> Judged:
    try:
        judged = judge_change(change, row, stamp.now + CLOCKS_DIFFER)
    except msgspec.ValidationError as error:
        wrong = wrong_shape(error, at)
        return refusal(wrong.rule, pointer=wrong.pointer, detail=wrong.detail)
    if isinstance(judged, Fault):
        ahead, _ = time_of(row["time"]) if judged.rule == "future_time" else (None, True)
        detail = future_sentence(ahead, stamp.now) if ahead is not None else sentence(judged.rule)
        return refusal(judged.rule, pointer=place_of(judged, at), detail=detail)
    data, time, _ = judged
    record_id = stamp.id_of(change.kind, data.product_id, encode(data), time)
    return Sound(record_of(change, data, source=SOURCE, record_id=record_id, time=time or stamp.now))
