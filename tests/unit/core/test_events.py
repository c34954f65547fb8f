from datetime import UTC, datetime

import msgspec
import pytest

from merx_core.catalogue import Product
from merx_core.events import RECORD_DATA, CloudEvent, Event, EventType, Line, RecordType
from merx_core.ids import profile_of
from merx_core.money import Money

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def purchase() -> Event:
    line = Line("p1", quantity=2, price=Money(199, "EUR"))
    return Event(message_id="m1", type=EventType.PURCHASE, time=NOON, customer_id="42", order_id="o1", lines=(line,))


class TestEvent:
    def test_an_event_without_a_shopper_is_refused(self) -> None:
        with pytest.raises(ValueError, match="customer_id or anonymous_id"):
            Event(message_id="m", type=EventType.VIEW, time=NOON)

    def test_a_time_without_offset_is_refused(self) -> None:
        naive = NOON.replace(tzinfo=None)
        with pytest.raises(ValueError, match="UTC offset"):
            Event(message_id="m", type=EventType.VIEW, time=naive, customer_id="1")

    def test_a_quantity_of_zero_is_refused_on_the_wire(self) -> None:
        body = msgspec.json.encode({**msgspec.to_builtins(purchase()), "lines": [{"product_id": "p", "quantity": 0}]})
        with pytest.raises(msgspec.ValidationError, match="quantity"):
            msgspec.json.decode(body, type=Event)


class TestCloudEvent:
    def test_an_event_survives_its_envelope(self) -> None:
        record = msgspec.json.decode(msgspec.json.encode(CloudEvent.wrap(purchase(), "/pos")), type=CloudEvent)
        assert (record.id, record.source, record.subject, record.time) == ("m1", "/pos", "42", NOON)
        assert msgspec.json.decode(record.data, type=Event) == purchase()

    def test_the_envelope_has_what_cloudevents_requires(self) -> None:
        envelope = msgspec.json.decode(msgspec.json.encode(CloudEvent.wrap(purchase(), "/pos")))
        assert envelope["specversion"] == "1.0"
        assert {"id", "source", "type"} <= envelope.keys()

    def test_an_upsert_of_the_same_moment_has_the_same_id(self) -> None:
        product = Product(product_id="p1", title="Bread")
        assert CloudEvent.upsert(product, "/feed", NOON).id == CloudEvent.upsert(product, "/feed", NOON).id

    def test_every_record_type_with_data_names_its_struct(self) -> None:
        assert RECORD_DATA.keys() == set(RecordType) - {RecordType.PRODUCT_DELETED}


class TestProfileOf:
    def test_the_customer_goes_before_the_device(self) -> None:
        assert profile_of("7", "d1") == "c:7"
        assert profile_of(None, "d1") == "a:d1"
        assert profile_of(None, None) is None
