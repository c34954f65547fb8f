"""What stood on the shelves, read back from the log."""

from datetime import UTC, datetime, timedelta

import msgspec
import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CompetitorPrice, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.shelves import read_shelves

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def level(product_id: str, stock: int, day: float) -> CloudEvent:
    told, time = StockLevel(product_id=product_id, stock=stock), T0 + day * DAY
    return CloudEvent(
        id=f"{product_id}/{day}/{stock}",
        source="/test",
        type=RecordType.STOCK_LEVEL,
        subject=product_id,
        time=time,
        data=msgspec.Raw(msgspec.json.encode(told)),
    )


def upsert(product_id: str, day: float, *, in_stock: bool = True) -> CloudEvent:
    product = Product(product_id=product_id, title=product_id, in_stock=in_stock)
    return CloudEvent.upsert(product, "/test", T0 + day * DAY)


def deleted(product_id: str, day: float) -> CloudEvent:
    kind, time = RecordType.PRODUCT_DELETED, T0 + day * DAY
    return CloudEvent(id=f"{product_id}/gone", source="/test", type=kind, subject=product_id, time=time)


def spans(log: EventLog, *records: CloudEvent) -> list[tuple[str, float, float | None]]:
    """In days since T0."""
    log.append(list(records))
    table = read_shelves(log).empty
    days = {name: (table[name] - pd.Timestamp(T0)) / pd.Timedelta(days=1) for name in ("start", "end")}
    return [
        (product_id, start, None if pd.isna(end) else end)
        for product_id, start, end in zip(table["product_id"], days["start"], days["end"], strict=True)
    ]


def test_a_shelf_is_empty_until_something_is_there_again(log: EventLog) -> None:
    found = spans(log, upsert("tea", 0), level("tea", 0, 2), level("tea", 0, 3), level("tea", 9, 5), level("tea", 0, 7))
    assert found == [("tea", 2.0, 5.0), ("tea", 7.0, None)]


def test_a_catalogue_tells_it_too(log: EventLog) -> None:
    assert spans(log, upsert("tea", 0, in_stock=False), upsert("tea", 4)) == [("tea", 0.0, 4.0)]


def test_what_the_shop_gave_up_is_no_longer_missed(log: EventLog) -> None:
    assert spans(log, level("tea", 0, 1), deleted("tea", 3)) == [("tea", 1.0, 3.0)]


def test_what_was_told_late_counts_from_what_was_told_before(log: EventLog) -> None:
    assert spans(log, level("tea", 0, 4), level("tea", 5, 2), level("cup", 0, 1)) == [("cup", 1.0, None)]


def test_a_log_without_stock_has_none(log: EventLog) -> None:
    assert spans(log, upsert("tea", 0)) == []
    assert list(read_shelves(log).empty.columns) == ["product_id", "start", "end"]


def priced(product_id: str, day: float, price: int | None, list_price: int | None = None) -> CloudEvent:
    amounts = [None if amount is None else Money(amount, "EUR") for amount in (price, list_price)]
    product = Product(product_id=product_id, title=product_id, price=amounts[0], list_price=amounts[1])
    return CloudEvent.upsert(product, "/test", T0 + day * DAY)


def rival(product_id: str, day: float, price: int, *, in_stock: bool | None = None) -> CloudEvent:
    told = CompetitorPrice(product_id=product_id, competitor="other", price=Money(price, "EUR"), in_stock=in_stock)
    return CloudEvent(
        id=f"{product_id}/{day}",
        source="/test",
        type=RecordType.COMPETITOR_PRICE,
        subject=product_id,
        time=T0 + day * DAY,
        data=msgspec.Raw(msgspec.json.encode(told)),
    )


def test_a_price_holds_until_another_is_told(log: EventLog) -> None:
    log.append([priced("tea", 0, 500), priced("tea", 1, 500), priced("tea", 2, 400, 500), upsert("cup", 0)])
    asked = read_shelves(log).asked
    assert asked[["product_id", "currency"]].drop_duplicates().to_numpy().tolist() == [["tea", "EUR"]]
    assert ((asked["time"] - pd.Timestamp(T0)) / DAY).tolist() == [0.0, 2.0]
    assert asked["price"].tolist() == [500, 400]
    assert asked["list_price"].isna().tolist() == [True, False]


def test_what_others_ask_is_missing_while_they_have_none(log: EventLog) -> None:
    log.append([rival("tea", 0, 450), rival("tea", 3, 440, in_stock=False), rival("tea", 5, 430, in_stock=True)])
    rivals = read_shelves(log).rivals
    assert rivals["competitor"].unique().tolist() == ["other"]
    assert rivals["price"].fillna(0).tolist() == [450, 0, 430]


def test_a_log_without_prices_has_none(log: EventLog) -> None:
    log.append([upsert("tea", 0)])
    found = read_shelves(log)
    assert found.asked.empty
    assert found.rivals.empty
    assert str(found.rivals["time"].dtype).endswith("UTC]")
