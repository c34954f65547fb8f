from pathlib import Path
from typing import Any

from merx_core.events import Channel, EventType, Line
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.importers import import_folder
from tests.unit.kit.importers.reading import NOW, events, write_lines

MICROS = 1_790_000_000_000_000


def exported(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "event_name": "purchase",
        "event_timestamp": str(MICROS),
        "user_id": "u1",
        "user_pseudo_id": "device.1",
        "platform": "ANDROID",
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": "1700"}},
            {"key": "currency", "value": {"string_value": "EUR"}},
        ],
        "ecommerce": {"transaction_id": "T-1"},
        "items": [{"item_id": "p1", "price": 12.99, "quantity": "2"}, {"item_id": "p2", "price": 5, "discount": 0.5}],
    }
    return {**row, **changes}


class TestBigQueryExport:
    def test_purchase_becomes_canonical(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [exported()])
        report = import_folder(log, shop, NOW)
        (event,) = events(log)
        assert event.type is EventType.PURCHASE
        assert (event.customer_id, event.anonymous_id, event.session_id) == ("u1", "device.1", "1700")
        assert event.order_id == "T-1"
        assert event.channel is Channel.APP
        assert event.time.timestamp() == MICROS / 1_000_000
        assert event.lines == (
            Line("p1", 2, Money(1299, "EUR")),
            Line("p2", 1, Money(500, "EUR"), Money(50, "EUR")),
        )
        assert report.dropped == {}

    def test_search_term_is_the_query(self, log: EventLog, shop: Path) -> None:
        parameters = [{"key": "search_term", "value": {"string_value": "green tea"}}]
        row = exported(event_name="view_search_results", event_params=parameters, items=[])
        write_lines(shop / "events.jsonl", [row])
        import_folder(log, shop, NOW)
        (event,) = events(log)
        assert (event.type, event.query) == (EventType.SEARCH, "green tea")

    def test_event_that_is_no_commerce_is_dropped_by_name(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [exported(event_name="page_view"), exported()])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {"not_commerce": 1}
        assert len(events(log)) == 1

    def test_same_line_twice_is_one_event(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "a.jsonl", [exported(), exported()])
        write_lines(shop / "b.jsonl", [exported()])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {"duplicate_message_id": 2}
        assert len(events(log)) == 1

    def test_spacing_and_order_of_a_line_do_not_make_another_event(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "a.jsonl", [exported(), dict(reversed(exported().items()))])
        import_folder(log, shop, NOW)
        assert len(events(log)) == 1

    def test_item_that_is_wrong_leaves_the_others(self, log: EventLog, shop: Path) -> None:
        items = [
            {"item_id": "good", "quantity": 1},
            {"item_id": "zero", "quantity": 0},
            {"item_id": "back", "quantity": -1},
            {"item_id": "half", "quantity": 0.5},
            {"item_id": "many", "quantity": "a few"},
            {"item_id": "", "item_name": "nameless"},
            {"item_id": "cheap", "price": -1},
            {"item_id": "odd", "price": "12,99"},
            {"item_id": "moon", "price": 1, "currency": "MOO"},
            "not an object",
        ]
        write_lines(shop / "events.jsonl", [exported(items=items)])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {
            "quantity_not_positive": 2,
            "bad_quantity": 2,
            "no_product": 2,
            "negative_price": 1,
            "bad_price": 1,
            "unknown_currency": 1,
        }
        (event,) = events(log)
        assert [line.product_id for line in event.lines] == ["good"]
        assert report.balanced

    def test_event_without_any_valid_product_is_dropped(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [exported(items=[{"item_id": "p", "quantity": 0}]), exported(items=[])])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {"no_valid_lines": 2, "quantity_not_positive": 1}
        assert events(log) == []


class TestMeasurementProtocol:
    def test_each_event_of_a_payload_counts(self, log: EventLog, shop: Path) -> None:
        items = [{"item_id": "p1", "price": 3.5, "quantity": 1}]
        payload = {
            "client_id": "client.9",
            "timestamp_micros": MICROS,
            "events": [
                {"name": "view_item", "params": {"currency": "USD", "session_id": "s", "items": items}},
                {"name": "add_to_cart", "params": {"currency": "USD", "items": items}},
                {"name": "scroll", "params": {}},
            ],
        }
        write_lines(shop / "payloads.jsonl", [payload])
        report = import_folder(log, shop, NOW)
        assert [event.type for event in events(log)] == [EventType.VIEW, EventType.ADD_TO_CART]
        assert events(log)[0].anonymous_id == "client.9"
        assert events(log)[0].lines == (Line("p1", 1, Money(350, "USD")),)
        assert report.sections[0].rows_in == 3
        assert report.dropped == {"not_commerce": 1}
