from datetime import UTC, datetime, timedelta

import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import Channel, CloudEvent, Event, EventType, Line, RecordType
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.tables import read_catalogue, read_interactions

T0 = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def purchase(message_id: str, time: datetime, *lines: Line, customer: str = "c1") -> CloudEvent:
    event = Event(
        message_id=message_id,
        type=EventType.PURCHASE,
        time=time,
        customer_id=customer,
        session_id="s1",
        channel=Channel.APP,
        order_id="o1",
        lines=lines,
    )
    return CloudEvent.wrap(event, "/test")


def upsert(product: Product, version: int) -> CloudEvent:
    return CloudEvent.upsert(product, "/test", T0 + version * HOUR)


def delete(product_id: str) -> CloudEvent:
    return CloudEvent(id=f"delete/{product_id}", source="/test", type=RecordType.PRODUCT_DELETED, subject=product_id)


class TestInteractions:
    def test_one_row_per_line_with_everything_in_it(self, log: EventLog) -> None:
        first = Line("p1", 2, Money(1299, "EUR"), Money(100, "EUR"))
        log.append([purchase("m1", T0, first, Line("p2"))])
        table = read_interactions(log)
        assert table.to_dict("records") == [
            {
                "offset": 1,
                "time": pd.Timestamp(T0),
                "profile_id": "c:c1",
                "session_id": "s1",
                "product_id": product,
                "event_type": "purchase",
                "quantity": quantity,
                "unit_price": price,
                "discount": discount,
                "currency": currency,
                "channel": "app",
                "order_id": "o1",
            }
            for product, quantity, price, discount, currency in (("p1", 2, 1299, 100, "EUR"), ("p2", 1, 0, 0, ""))
        ]

    def test_sorted_by_time_then_offset(self, log: EventLog) -> None:
        log.append(
            [purchase("m1", T0 + HOUR, Line("late")), purchase("m2", T0, Line("a")), purchase("m3", T0, Line("b"))]
        )
        assert read_interactions(log)["product_id"].tolist() == ["a", "b", "late"]

    def test_empty_log_has_the_same_columns_and_types(self, log: EventLog) -> None:
        empty = read_interactions(log)
        log.append([purchase("m1", T0, Line("p1"))])
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == read_interactions(log).dtypes.to_dict()
        assert str(empty["time"].dtype) == "datetime64[us, UTC]"

    def test_only_what_came_after_an_offset(self, log: EventLog) -> None:
        offset = log.append([purchase("m1", T0, Line("p1"))]).offsets[0]
        log.append([purchase("m2", T0, Line("p2"))])
        assert read_interactions(log, after=offset)["product_id"].tolist() == ["p2"]

    def test_events_without_lines_and_other_records_have_no_row(self, log: EventLog) -> None:
        search = Event(message_id="m1", type=EventType.SEARCH, time=T0, anonymous_id="d1", query="tea")
        log.append([CloudEvent.wrap(search, "/test"), upsert(Product(product_id="p1", title="Mug"), 0)])
        assert len(read_interactions(log)) == 0

    def test_nobody_known_is_the_device(self, log: EventLog) -> None:
        view = Event(message_id="m1", type=EventType.VIEW, time=T0, anonymous_id="d1", lines=(Line("p1"),))
        log.append([CloudEvent.wrap(view, "/test")])
        assert read_interactions(log)["profile_id"].tolist() == ["a:d1"]


class TestCatalogue:
    def test_later_upserts_replace_and_deletions_remove(self, log: EventLog) -> None:
        log.append(
            [
                upsert(Product(product_id="p1", title="Old"), 0),
                upsert(Product(product_id="p2", title="Gone"), 0),
                upsert(Product(product_id="p3", title="Back"), 0),
                delete("p2"),
                delete("p3"),
                upsert(Product(product_id="p1", title="New"), 1),
                upsert(Product(product_id="p3", title="Back again"), 1),
            ]
        )
        table = read_catalogue(log)
        assert dict(zip(table["product_id"], table["title"], strict=True)) == {"p1": "New", "p3": "Back again"}

    def test_row_has_everything(self, log: EventLog) -> None:
        product = Product(
            product_id="p1",
            title="Mug",
            description="Blue",
            brand="Kumo",
            category=("Home", "Kitchen", "Mugs"),
            price=Money(999, "EUR"),
            list_price=Money(1299, "EUR"),
            stock=3,
            pictures=("https://s/1.jpg", "https://s/2.jpg"),
        )
        log.append([upsert(product, 0), upsert(Product(product_id="p2", title="Cup"), 0)])
        first, second = read_catalogue(log).to_dict("records")
        assert first == {
            "product_id": "p1",
            "title": "Mug",
            "description": "Blue",
            "brand": "Kumo",
            "category": "Home > Kitchen > Mugs",
            "department": "Home",
            "leaf": "Mugs",
            "price": 999,
            "list_price": 1299,
            "cost": None,
            "currency": "EUR",
            "in_stock": True,
            "stock": 3,
            "picture": "https://s/1.jpg",
        }
        assert second["price"] is None
        assert (second["category"], second["department"], second["picture"], second["currency"]) == ("", "", "", "")

    def test_empty_log_has_the_same_columns_and_types(self, log: EventLog) -> None:
        empty = read_catalogue(log)
        log.append([upsert(Product(product_id="p1", title="Mug"), 0)])
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == read_catalogue(log).dtypes.to_dict()
