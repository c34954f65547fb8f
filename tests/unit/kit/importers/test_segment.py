from pathlib import Path
from typing import Any

import pytest

from merx_core.events import Channel, EventType, Line
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.importers import FolderOptions, import_folder
from tests.unit.kit.importers.reading import NOW, events, write_lines


def track(event: str, message_id: str = "m1", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": event,
        "messageId": message_id,
        "timestamp": "2026-10-01T10:00:00.250Z",
        "userId": "u1",
        "anonymousId": "a1",
        "properties": properties,
    }


class TestNames:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("Product List Viewed", EventType.VIEW_LIST),
            ("Product Clicked", EventType.SELECT),
            ("Product Viewed", EventType.VIEW),
            ("Product Added", EventType.ADD_TO_CART),
            ("product added", EventType.ADD_TO_CART),
            ("Product Removed", EventType.REMOVE_FROM_CART),
            ("Product Added to Wishlist", EventType.ADD_TO_WISHLIST),
            ("Checkout Started", EventType.BEGIN_CHECKOUT),
            ("Order Completed", EventType.PURCHASE),
            ("Order Refunded", EventType.REFUND),
        ],
    )
    def test_spec_name_becomes_canonical(self, log: EventLog, shop: Path, name: str, kind: EventType) -> None:
        write_lines(shop / "s.jsonl", [track(name, product_id="p1", price="9.50", currency="EUR")])
        import_folder(log, shop, NOW)
        (event,) = events(log)
        assert event.type is kind
        assert event.lines == (Line("p1", 1, Money(950, "EUR")),)
        assert event.message_id == "m1"

    def test_order_has_its_products(self, log: EventLog, shop: Path) -> None:
        products = [{"product_id": "p1", "quantity": 3, "price": 1.25}, {"sku": "p2"}]
        write_lines(shop / "s.jsonl", [track("Order Completed", order_id="o1", currency="usd", products=products)])
        import_folder(log, shop, NOW)
        (event,) = events(log)
        assert event.order_id == "o1"
        assert event.lines == (Line("p1", 3, Money(125, "USD")), Line("p2"))

    def test_search_keeps_its_query(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "s.jsonl", [track("Products Searched", query="boots")])
        import_folder(log, shop, NOW)
        assert [(event.type, event.query) for event in events(log)] == [(EventType.SEARCH, "boots")]

    def test_other_calls_are_no_commerce(self, log: EventLog, shop: Path) -> None:
        page = {"type": "page", "messageId": "p", "userId": "u1", "timestamp": "2026-10-01T10:00:00Z"}
        write_lines(shop / "s.jsonl", [page, track("Coupon Entered", "m2"), track("Products Searched", "m3")])
        assert import_folder(log, shop, NOW).dropped == {"not_commerce": 2}


class TestRules:
    def test_each_wrong_event_is_named(self, log: EventLog, shop: Path) -> None:
        good = track("Product Viewed", product_id="p1")
        rows: list[dict[str, Any] | str] = [
            good,
            good,
            {**good, "messageId": "m2", "timestamp": "2026-10-01T10:00:00"},
            {**good, "messageId": "m3", "timestamp": "yesterday"},
            {**good, "messageId": "m4", "timestamp": "2031-01-01T00:00:00Z"},
            {**good, "messageId": "m5", "userId": None, "anonymousId": ""},
            {**good, "messageId": "m6" * 200},
            {**good, "messageId": "m7\x00"},
            {**good, "messageId": "m8", "userId": ["a", "list"], "anonymousId": {"an": "object"}},
            "{broken",
            "[1, 2]",
        ]
        write_lines(shop / "s.jsonl", rows)
        report = import_folder(log, shop, NOW)
        assert report.dropped == {
            "duplicate_message_id": 1,
            "bad_time": 1,
            "future_time": 1,
            "no_shopper": 2,
            "too_long": 1,
            "bad_characters": 1,
            "not_json": 1,
            "wrong_shape": 1,
        }
        assert report.sections[0].adjusted["time_without_offset_read_as_utc"].count == 1
        assert [event.message_id for event in events(log)] == ["m1", "m2"]
        assert report.balanced

    def test_valid_event_is_not_lost_to_an_invalid_one_with_its_id(self, log: EventLog, shop: Path) -> None:
        good = track("Product Viewed", product_id="p1")
        write_lines(shop / "s.jsonl", [{**good, "timestamp": "never"}, good])
        assert import_folder(log, shop, NOW).dropped == {"bad_time": 1}
        assert len(events(log)) == 1

    def test_currency_of_the_shop_stands_in(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "s.jsonl", [track("Product Viewed", product_id="p1", price=2)])
        assert import_folder(log, shop, NOW).dropped == {"unknown_currency": 1, "no_valid_lines": 1}
        import_folder(log, shop, FolderOptions(currency="JPY", now=NOW.now))
        (event,) = events(log)
        assert event.lines == (Line("p1", 1, Money(2, "JPY")),)

    def test_phone_is_the_app(self, log: EventLog, shop: Path) -> None:
        row = track("Product Viewed", product_id="p1")
        write_lines(shop / "s.jsonl", [{**row, "context": {"os": {"name": "iOS"}, "sessionId": "s1"}}])
        import_folder(log, shop, NOW)
        assert [(event.channel, event.session_id) for event in events(log)] == [(Channel.APP, "s1")]
