"""Events through the door, in every shape, one by one and in batches."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from merx_core.events import EventType, Line
from merx_core.money import Money
from tests.unit.intake.house import EVENT, House

PRICE = {"amount": 1299, "currency": "EUR"}
GA4_ITEM = {"item_id": "p1", "price": 12.99, "quantity": 1}
SEGMENT = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "s1",
    "timestamp": "2026-11-24T11:00:00Z",
    "userId": "u1",
    "properties": {"product_id": "p1"},
}
LIVE = {"client_id": "d1", "events": [{"name": "view_item", "params": {"items": [GA4_ITEM]}}] * 2}
CLOUD = {"specversion": "1.0", "id": "e1", "source": "/till", "type": "merx.shop.event.v1", "data": EVENT}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


async def post(web: httpx.AsyncClient, body: object, **headers: str) -> httpx.Response:
    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await web.post("/v1/events", content=json.dumps(body), headers=named)


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [verdict["status"] for verdict in answer.json()["verdicts"]]


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"merx_intake_{name}_total", labels) or 0.0


class TestShapes:
    async def test_merx_event_is_taken_as_it_is(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await post(web, EVENT)
        assert statuses(answer) == ["accepted"]
        assert answer.json()["verdicts"][0]["id"] == "m1"
        (event,) = house.events()
        assert (event.type, event.lines) == (EventType.PURCHASE, (Line("p1", 2, Money(1299, "EUR")),))
        assert list(house.log.records) == [("/imports/events", "m1")]

    async def test_envelope_names_the_occurrence(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await web.post(
            "/v1/events", content=json.dumps(CLOUD), headers={"content-type": "application/cloudevents+json"}
        )
        assert statuses(answer) == ["accepted"]
        assert list(house.log.records) == [("/till", "e1")]

    async def test_batch_of_cloudevents_is_an_array(self, house: House, web: httpx.AsyncClient) -> None:
        body = json.dumps([CLOUD, {**CLOUD, "id": "e2"}])
        headers = {"content-type": "application/cloudevents-batch+json"}
        assert statuses(await web.post("/v1/events", content=body, headers=headers)) == ["accepted", "accepted"]

    async def test_payload_of_ga4_holds_several_events(self, house: House, web: httpx.AsyncClient) -> None:
        events = [
            {"name": "view_item", "params": {"currency": "EUR", "items": [GA4_ITEM]}},
            {"name": "page_view"},
            {"name": "view_item", "params": {"items": [{"item_id": ""}]}},
        ]
        answer = await post(web, {"client_id": "d1", "timestamp_micros": 1_795_000_000_000_000, "events": events})
        assert statuses(answer) == ["accepted", "rejected", "rejected"]
        refused = answer.json()["verdicts"][1:]
        assert [one["code"] for one in refused] == ["not_commerce", "no_product"]
        assert [one["pointer"] for one in refused] == ["/events/1", "/events/2/params/items/0/item_id"]

    async def test_row_of_a_ga4_export_is_the_event_of_the_file(self, house: House, web: httpx.AsyncClient) -> None:
        row = {"event_name": "view_item", "event_timestamp": "1795000000000000", "user_pseudo_id": "d1"}
        assert statuses(await post(web, {**row, "items": [GA4_ITEM]})) == ["accepted"]
        assert statuses(await post(web, [{"items": [GA4_ITEM], **row}])) == ["duplicate"]

    async def test_segment_comes_as_a_call_or_as_a_batch(self, house: House, web: httpx.AsyncClient) -> None:
        assert statuses(await post(web, SEGMENT)) == ["accepted"]
        context = {"sessionId": "x"}
        second = {**SEGMENT, "messageId": "s2"}
        assert statuses(await post(web, {"batch": [SEGMENT, second], "context": context})) == ["conflict", "accepted"]
        assert [event.session_id for event in house.events()] == [None, "x"]

    async def test_shapes_may_stand_side_by_side(self, house: House, web: httpx.AsyncClient) -> None:
        assert statuses(await post(web, {"events": [EVENT, SEGMENT, CLOUD]})) == ["accepted"] * 3

    async def test_order_of_keys_makes_no_other_event(self, house: House, web: httpx.AsyncClient) -> None:
        await post(web, {**EVENT, "properties": {"a": 1, "b": {"c": 1, "d": 2}}})
        turned = {**dict(reversed(EVENT.items())), "properties": {"b": {"d": 2, "c": 1}, "a": 1}}
        assert statuses(await post(web, turned)) == ["duplicate"]


class TestVerdicts:
    async def test_bad_record_does_not_cost_the_good_ones(self, house: House, web: httpx.AsyncClient) -> None:
        batch = [EVENT, {**EVENT, "message_id": ""}, 5, {**EVENT, "message_id": "m2"}]
        answer = await post(web, batch)
        assert statuses(answer) == ["accepted", "rejected", "rejected", "accepted"]
        body = answer.json()
        assert (body["accepted"], body["duplicates"], body["conflicts"], body["rejected"]) == (2, 0, 0, 2)
        assert (body["verdicts"][1]["code"], body["verdicts"][1]["pointer"]) == ("no_message_id", "/1/message_id")
        assert (body["verdicts"][2]["code"], body["verdicts"][2]["pointer"]) == ("wrong_shape", "/2")
        assert len(house.log.records) == 2

    @pytest.mark.parametrize(
        ("change", "code", "pointer"),
        [
            ({"message_id": None}, "no_message_id", "/message_id"),
            ({"customer_id": ""}, "no_shopper", "/customer_id"),
            ({"type": "teleport"}, "unknown_event", "/type"),
            ({"channel": "pigeon"}, "unknown_event", "/channel"),
            ({"time": "yesterday"}, "bad_time", "/time"),
            ({"time": None}, "bad_time", "/time"),
            ({"session_id": "s" * 257}, "too_long", "/session_id"),
            ({"order_id": "\x00"}, "bad_characters", "/order_id"),
            ({"lines": []}, "no_valid_lines", "/lines"),
            ({"lines": [{"product_id": "p", "quantity": 0}]}, "quantity_not_positive", "/lines/0/quantity"),
            ({"lines": [{"product_id": "p", "price": {**PRICE, "currency": "XXX"}}]}, "unknown_currency", None),
            ({"lines": [{"product_id": "p", "price": {**PRICE, "amount": -1}}]}, "negative_price", None),
        ],
    )
    async def test_single_event_that_is_wrong_names_its_field(
        self, house: House, web: httpx.AsyncClient, change: dict[str, Any], code: str, pointer: str | None
    ) -> None:
        answer = await post(web, {**EVENT, **change})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["code"] == "record_refused"
        assert body["detail"].startswith(f"{code}: ")
        assert body["errors"][0]["pointer"].startswith(pointer or "/lines/0/price/")
        assert not house.log.records

    async def test_line_that_is_wrong_is_left_out_and_said_so(self, house: House, web: httpx.AsyncClient) -> None:
        lines = [{"product_id": "p1"}, {"product_id": "p2", "price": {"amount": 5, "currency": "XXX"}}]
        answer = await post(web, {**EVENT, "lines": lines})
        assert statuses(answer) == ["accepted"]
        (warning,) = answer.json()["verdicts"][0]["warnings"]
        assert (warning["code"], warning["pointer"]) == ("unknown_currency", "/lines/1/price/currency")
        assert [line.product_id for event in house.events() for line in event.lines] == ["p1"]

    async def test_same_id_with_another_body_is_a_conflict(self, house: House, web: httpx.AsyncClient) -> None:
        await post(web, EVENT)
        other = {**EVENT, "order_id": "another"}
        answer = await post(web, other)
        assert answer.status_code == 409
        assert answer.json()["code"] == "id_reused"
        assert statuses(await post(web, [other, EVENT])) == ["conflict", "duplicate"]
        assert [event.order_id for event in house.events()] == [None]

    async def test_record_that_the_database_cannot_hold_is_refused_alone(
        self, house: House, web: httpx.AsyncClient
    ) -> None:
        house.log.refused = {"m1"}
        answer = await post(web, [EVENT, {**EVENT, "message_id": "m2"}])
        assert statuses(answer) == ["rejected", "accepted"]
        assert answer.json()["verdicts"][0]["code"] == "not_held"


class TestTimes:
    async def test_clock_a_year_ahead_is_refused_in_clear_words(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await post(web, {**EVENT, "time": "2027-11-24T12:00:00Z"})
        assert answer.status_code == 422
        detail = answer.json()["detail"]
        assert "365 days ahead of the server's clock (2026-11-24T12:00:00Z)" in detail
        assert "Check the clock of the sender" in detail

    async def test_clock_a_little_ahead_is_taken(self, house: House, web: httpx.AsyncClient) -> None:
        assert statuses(await post(web, {**EVENT, "time": "2026-11-25T11:00:00Z"})) == ["accepted"]

    async def test_clock_a_year_behind_is_taken_and_counted_as_late(self, house: House, web: httpx.AsyncClient) -> None:
        before = count("late_events")
        assert statuses(await post(web, {**EVENT, "time": "2025-11-24T12:00:00Z"})) == ["accepted"]
        await post(web, {**EVENT, "message_id": "m2"})
        assert count("late_events") == before + 1

    async def test_verdicts_are_counted(self, house: House, web: httpx.AsyncClient) -> None:
        names = ("accepted", "duplicate", "conflict", "rejected")
        before = {name: count("records", kind="event", status=name) for name in names}
        future = count("refused", rule="future_time")
        other = {**EVENT, "order_id": "x"}
        await post(web, [EVENT, EVENT, other, {**EVENT, "message_id": "m3", "time": "2030-01-01T00:00:00Z"}])
        after = {name: count("records", kind="event", status=name) for name in names}
        assert {name: after[name] - before[name] for name in names} == dict.fromkeys(names, 1.0)
        assert count("refused", rule="future_time") == future + 1


class TestWithoutIdOrTime:
    async def test_event_of_now_is_never_lost_to_another_like_it(self, house: House, web: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert statuses(await post(web, LIVE)) == ["accepted", "accepted"]
        assert len(house.log.records) == 4
        assert {event.time for event in house.events()} == {house.now}

    async def test_key_makes_a_repeat_a_repeat(self, house: House, web: httpx.AsyncClient) -> None:
        assert statuses(await post(web, LIVE, idempotency_key="k")) == ["accepted", "accepted"]
        house.now = house.now.replace(hour=13)
        assert statuses(await post(web, LIVE, idempotency_key="k")) == ["duplicate", "duplicate"]
        assert statuses(await post(web, LIVE, idempotency_key="l")) == ["accepted", "accepted"]

    async def test_segment_call_without_time_is_known_by_its_id(self, house: House, web: httpx.AsyncClient) -> None:
        call = {name: value for name, value in SEGMENT.items() if name != "timestamp"}
        assert statuses(await post(web, call)) == ["accepted"]
        house.now = house.now.replace(hour=13)
        assert statuses(await post(web, call)) == ["duplicate"]


class TestBodies:
    async def test_ten_megabytes_are_refused(self, web: httpx.AsyncClient) -> None:
        answer = await post(web, [{**EVENT, "query": "x" * 10_000_000}])
        assert answer.status_code == 413
        assert answer.json()["detail"] == "The body may have at most 4194304 bytes."

    async def test_more_than_500_records_are_refused(self, house: House, web: httpx.AsyncClient) -> None:
        assert (await post(web, [EVENT] * 501)).json()["code"] == "too_many_records"
        payload = {"client_id": "d", "events": [{"name": "view_item"}] * 300}
        assert (await post(web, [payload, payload])).json()["code"] == "too_many_records"
        assert not house.log.records

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1e999"])
    async def test_what_is_no_json_is_a_bad_request(self, web: httpx.AsyncClient, body: bytes) -> None:
        answer = await web.post("/v1/events", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 422}

    async def test_no_events_are_no_error(self, web: httpx.AsyncClient) -> None:
        assert statuses(await post(web, [])) == []

    async def test_log_that_is_away_acknowledges_nothing(self, house: House, web: httpx.AsyncClient) -> None:
        house.log.away = True
        answer = await post(web, [EVENT])
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "log_unavailable"
