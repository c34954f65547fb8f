"""Facts follow the log: read from its start, kept up, and named where they may not be whole."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CompetitorPrice, CostChange, RecordType, StockLevel, encode
from merx_core.money import Money
from merx_kit.eventlog import Columns, EventLog
from merx_pricing.adapters.knowledge import LogKnowledge, fold
from merx_pricing.domain import FactTable

NOW = datetime.now(UTC)


def record(kind: RecordType, data: msgspec.Struct | bytes, at: datetime = NOW, subject: str = "1") -> CloudEvent:
    raw = data if isinstance(data, bytes) else encode(data)
    number = f"{kind}/{subject}/{at.isoformat()}/{hash(raw)}"
    return CloudEvent(id=number, source="test", type=kind, time=at, subject=subject, data=msgspec.Raw(raw))


def product(**changes: object) -> Product:
    plain = {"product_id": "1", "title": "Bread", "price": Money(299, "EUR"), "category": ("GROCERY", "BREAD")}
    return Product(**{**plain, **changes})  # type: ignore[arg-type]


def upsert(at: datetime = NOW, **changes: object) -> CloudEvent:
    return record(RecordType.PRODUCT_UPSERTED, product(**changes), at)


COST = record(RecordType.COST_CHANGED, CostChange(product_id="1", cost=Money(180, "EUR")))
STOCK = record(RecordType.STOCK_LEVEL, StockLevel(product_id="1", stock=7))
RIVAL = record(
    RecordType.COMPETITOR_PRICE, CompetitorPrice(product_id="1", competitor="other", price=Money(310, "EUR"))
)
GONE = record(RecordType.PRODUCT_DELETED, b'{"product_id":"1"}')


def folded(*records: CloudEvent) -> FactTable:
    table = FactTable()
    columns = Columns(
        list(range(1, len(records) + 1)),
        [one.type for one in records],
        [one.subject for one in records],
        [None if one.time is None else int(one.time.timestamp() * 1e6) for one in records],
        [bytes(one.data) for one in records],
    )
    fold(table, columns, size_attribute="pack_units")
    return table


class TestFold:
    def test_records_make_the_facts(self) -> None:
        table = folded(upsert(list_price=Money(349, "EUR"), group_id="f"), COST, STOCK, RIVAL)
        known = table.get("1")
        assert known is not None
        assert (known.price, known.list_price, known.cost) == (Money(299, "EUR"), Money(349, "EUR"), Money(180, "EUR"))
        assert (known.stock, known.family, known.category) == (7, "f", ("GROCERY", "BREAD"))
        assert known.rivals["other"].price == Money(310, "EUR")
        assert min(table.costs_us, table.rivals_us, table.stock_us) > 0

    def test_an_upsert_without_cost_and_stock_leaves_them(self) -> None:
        known = folded(upsert(), COST, STOCK, RIVAL, upsert(title="Rye")).get("1")
        assert known is not None
        assert (known.cost, known.stock, len(known.rivals)) == (Money(180, "EUR"), 7, 1)

    def test_a_stock_level_without_a_count_tells_availability_alone(self) -> None:
        out = record(RecordType.STOCK_LEVEL, StockLevel(product_id="1", in_stock=False))
        known = folded(upsert(), STOCK, out).get("1")
        assert known is not None
        assert (known.stock, known.in_stock) == (7, False)

    def test_prices_are_remembered_and_repeats_are_not(self) -> None:
        days = [NOW - timedelta(days=days) for days in (20, 10, 5, 1)]
        amounts = (300, 300, 280, 310)
        known = folded(
            *(upsert(day, price=Money(amount, "EUR")) for day, amount in zip(days, amounts, strict=True))
        ).get("1")
        assert known is not None
        assert [price for _, price in known.history] == [300, 280, 310]

    def test_prices_of_years_ago_are_forgotten_but_for_the_one_that_then_held(self) -> None:
        days = [NOW - timedelta(days=days) for days in (900, 800, 30)]
        known = folded(*(upsert(day, price=Money(300 + place, "EUR")) for place, day in enumerate(days))).get("1")
        assert known is not None
        assert [price for _, price in known.history] == [301, 302]

    def test_another_currency_begins_anew(self) -> None:
        known = folded(upsert(), upsert(price=Money(310, "USD"))).get("1")
        assert known is not None
        assert [price for _, price in known.history] == [310]

    @pytest.mark.parametrize("price", [None, Money(0, "EUR"), Money(-5, "EUR")])
    def test_what_is_no_price_is_none(self, price: Money | None) -> None:
        known = folded(upsert(price=price)).get("1")
        assert known is not None
        assert (known.price, known.history) == (None, ())

    @pytest.mark.parametrize(("text", "size"), [("6", 6), ("", 1), ("0", 1), ("six", 1), ("1.5", 1), ("9" * 12, 1)])
    def test_packs_say_what_they_hold(self, text: str, size: int) -> None:
        known = folded(upsert(attributes={"pack_units": text})).get("1")
        assert known is not None
        assert known.size == size

    def test_a_deleted_product_is_gone_and_leaves_its_family(self) -> None:
        table = folded(upsert(group_id="f"), upsert(product_id="2", group_id="f"), GONE)
        other = table.get("2")
        assert table.get("1") is None
        assert other is not None
        assert table.relatives(other) == []

    def test_what_is_told_of_a_product_that_is_not_there_is_left_out(self) -> None:
        assert len(folded(COST, STOCK, RIVAL, GONE)) == 0

    def test_a_record_that_cannot_be_read_is_passed_over(self) -> None:
        table = folded(record(RecordType.PRODUCT_UPSERTED, b"\xff{"), upsert(), record(RecordType.COST_CHANGED, b"[]"))
        assert table.get("1") is not None


class TestFollowing:
    def test_what_was_there_and_what_comes_are_known(self, log: EventLog) -> None:
        log.append([upsert(), COST])
        told: list[str] = []
        knowledge = LogKnowledge(log, size_attribute="pack_units", poll_s=0.01, changed=told.extend)
        assert knowledge.degraded == ()
        knowledge.start()
        try:
            assert knowledge.degraded == ()
            assert told == ["1"]
            log.append([STOCK])
            known = until(lambda: (facts := knowledge.table.get("1")) is not None and facts.stock == 7)
            assert known
            assert told == ["1", "1"]
        finally:
            knowledge.stop()

    def test_a_log_that_is_away_is_named(self, log: EventLog) -> None:
        with log.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE event_log RENAME TO elsewhere")
        knowledge = LogKnowledge(log, size_attribute="pack_units", poll_s=0.01)
        knowledge.start()
        try:
            assert "log_unavailable" in knowledge.degraded
            with log.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO event_log")
            assert until(lambda: knowledge.degraded == ())
        finally:
            knowledge.stop()


def until(holds: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    end = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()
