"""The calls as a client sees them: shapes, bad input, and nothing that stops the process."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from merx_core.contracts.pricing import Mode
from merx_core.money import Money
from merx_kit.http import Health
from merx_pricing.domain import Rollout
from tests.unit.pricing.shop import House, days_ago, facts


@pytest.fixture
def house() -> House:
    made = House(rollout=Rollout(mode=Mode.LIVE))
    made.price_all()
    return made


@pytest.fixture
async def client(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(tmp_path) as client:
        yield client


def lines(*products: str) -> dict[str, Any]:
    return {"lines": [{"product_id": product} for product in products]}


class TestQuotes:
    async def test_a_quote_says_everything_about_itself(self, client: httpx.AsyncClient, house: House) -> None:
        answer = await client.post("/v1/prices:quote", json={**lines("p00"), "explain": True})
        body = answer.json()
        assert (body["mode"], body["model_version"]) == ("live", "pricing/1")
        assert body["rules_version"] == house.shop.guard.version
        assert body["request_id"] == answer.headers["x-request-id"]
        (quote,) = body["quotes"]
        assert quote["price"] == quote["decided"]
        assert quote["current"] == {"amount": 299, "currency": "EUR"}
        assert quote["low"] == {"price": 270, "reason": "change_floor"}
        assert quote["high"] == {"price": 313, "reason": "change_ceiling"}
        told = quote["explanation"]
        assert told["base"] + sum(told["contributions"].values()) == pytest.approx(quote["proposal"])
        assert quote["valid_until"] > "2026-11-26T12:00"
        assert quote["decision_id"] == house.audit.given[0].decision.id

    async def test_lines_that_fail_point_at_themselves(self, client: httpx.AsyncClient) -> None:
        body = (await client.post("/v1/prices:quote", json=lines("p00", "nobody"))).json()
        assert len(body["quotes"]) == 1
        assert body["errors"] == [
            {
                "product_id": "nobody",
                "code": "unknown_product",
                "detail": "no product 'nobody'",
                "pointer": "/lines/1",
            }
        ]

    async def test_silent_feeds_and_a_missing_model_are_named(self, tmp_path: Path) -> None:
        house = House(learned=False)
        house.knowledge.table.rivals_us = days_ago(10)
        async with house.client(tmp_path) as client:
            body = (await client.post("/v1/prices:quote", json=lines("p00"))).json()
        assert body["degraded"] == ["model_unavailable", "competitor_prices_stale"]
        assert body["quotes"][0]["price"]["amount"] == 299

    async def test_a_price_that_cannot_be_written_down_is_refused(
        self, client: httpx.AsyncClient, house: House
    ) -> None:
        house.audit.away = True
        answer = await client.post("/v1/prices:quote", json=lines("p00"))
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")


class TestBadInput:
    @pytest.mark.parametrize(
        "wire",
        [
            {},
            {"lines": []},
            {"lines": [{"product_id": "p00"}] * 101},
            {"lines": [{"product_id": ""}]},
            {"lines": [{"product_id": 7}]},
            {"lines": [{"product_id": "p00", "offer_bp": -1}], "customer_id": "42"},
            {"lines": [{"product_id": "p00", "offer_bp": 10_001}], "customer_id": "42"},
            {"lines": [{"product_id": "p00", "offer_bp": 100}]},
            {"lines": [{"product_id": "p00", "offer_bp": 100, "announce": True}], "customer_id": "42"},
            {"lines": [{"product_id": "p00", "price": 1}]},
            {"lines": [{"product_id": "p00"}] * 11, "explain": True},
            [],
        ],
        ids=lambda wire: str(wire)[:48],
    )
    async def test_what_the_contract_does_not_allow_is_refused(self, client: httpx.AsyncClient, wire: object) -> None:
        answer = await client.post("/v1/prices:quote", json=wire)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]

    @pytest.mark.parametrize(
        ("path", "wire"),
        [
            ("/v1/prices:simulate", {"product_id": "p00", "prices": [0]}),
            ("/v1/prices:simulate", {"product_id": "p00", "prices": [10**13]}),
            ("/v1/prices:simulate", {"product_id": "p00", "prices": [1.5]}),
            ("/v1/prices:simulate", {"product_id": "p00", "prices": [300] * 101}),
            ("/v1/replenishment:plan", {"lines": [{"product_id": "p00", "lead": []}]}),
            ("/v1/replenishment:plan", {"lines": [{"product_id": "p00", "lead": [{"weeks": -1}]}]}),
            ("/v1/replenishment:plan", {"lines": [{"product_id": "p00", "lead": [{"weeks": 1}], "on_hand": -3}]}),
            ("/v1/replenishment:plan", {"lines": [{"product_id": "p00", "lead": [{"weeks": 1}], "holding": -1}]}),
            ("/v1/replenishment:plan", {"lines": [{"product_id": "p00", "lead": [{"weeks": 1}], "service": 1}]}),
        ],
        ids=lambda value: str(value)[:60],
    )
    async def test_other_calls_name_the_field(
        self, client: httpx.AsyncClient, path: str, wire: dict[str, object]
    ) -> None:
        answer = await client.post(path, json=wire)
        assert answer.status_code == 422
        assert answer.json()["errors"]

    @pytest.mark.parametrize("text", ['{"lines": NaN}', '{"lines": ', "", "\xff\xfe"])
    async def test_what_is_not_json_is_refused(self, client: httpx.AsyncClient, text: str) -> None:
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/prices:quote", content=text.encode("latin-1"), headers=headers)
        assert answer.status_code in {400, 422}

    async def test_the_process_lives_on(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/prices:quote", content=b"\x00" * 1_000)
        assert (await client.post("/v1/prices:quote", json=lines("p00"))).status_code == 200


class TestOtherCalls:
    async def test_a_curve_with_intervals(self, client: httpx.AsyncClient) -> None:
        body = (await client.post("/v1/prices:simulate", json={"product_id": "p00", "prices": [250, 300]})).json()
        assert [point["price"] for point in body["curve"]] == [250, 300]
        assert [point["allowed"] for point in body["curve"]] == [False, True]
        for point in body["curve"]:
            assert point["units"]["low"] <= point["units"]["mean"] <= point["units"]["high"]

    async def test_an_elasticity_and_a_forecast(self, client: httpx.AsyncClient) -> None:
        elasticity = (await client.get("/v1/products/p00/elasticity")).json()
        assert elasticity["low"] < elasticity["elasticity"] < elasticity["high"]
        forecast = (await client.get("/v1/products/p00/forecast?channel=web")).json()
        assert len(forecast["steps"]) == 6
        assert len(forecast["levels"]) == len(forecast["steps"][0]["quantiles"]) == 9
        assert (forecast["channel"], forecast["member"]) == ("web", "boosted")

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/v1/products/nobody/elasticity", "unknown_product"),
            ("/v1/products/nobody/forecast", "unknown_product"),
            ("/v1/products/p00/forecast?period=day", "no_forecast"),
            ("/v1/products/p00/forecast?channel=app", "no_forecast"),
        ],
    )
    async def test_what_is_not_there_is_named(self, client: httpx.AsyncClient, path: str, code: str) -> None:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)

    async def test_an_order_with_its_reasons(self, client: httpx.AsyncClient) -> None:
        wire = {
            "lines": [
                {"product_id": "p00", "lead": [{"weeks": 1}], "on_hand": 0},
                {"product_id": "x", "lead": [{"weeks": 1}]},
            ]
        }
        body = (await client.post("/v1/replenishment:plan", json=wire)).json()
        assert body["orders"][0]["quantity"] > 0
        assert body["orders"][0]["reasons"] == ["below_reorder_point"]
        assert body["errors"][0]["pointer"] == "/lines/1"

    async def test_without_a_model_they_say_so(self, tmp_path: Path) -> None:
        order = {"lines": [{"product_id": "p00", "lead": [{"weeks": 1}]}]}
        async with House(learned=False).client(tmp_path) as client:
            for answer in (
                await client.post("/v1/prices:simulate", json={"product_id": "p00"}),
                await client.get("/v1/products/p00/elasticity"),
                await client.post("/v1/replenishment:plan", json=order),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")


class TestInference:
    async def test_units_at_prices(self, client: httpx.AsyncClient) -> None:
        wire = {
            "inputs": [
                {"name": "product_id", "shape": [2], "datatype": "BYTES", "data": ["p00", "p00"]},
                {"name": "price", "shape": [2], "datatype": "FP64", "data": [250.0, 350.0]},
            ]
        }
        body = (await client.post("/v2/models/pricing/infer", json=wire)).json()
        cheap, dear = body["outputs"][0]["data"]
        assert cheap > dear > 0

    @pytest.mark.parametrize(("products", "prices"), [(["nobody"], [1.0]), (["p00"], [0.5]), (["p00", "p01"], [1.0])])
    async def test_bad_inputs_are_refused(
        self, client: httpx.AsyncClient, products: list[str], prices: list[float]
    ) -> None:
        wire = {
            "inputs": [
                {"name": "product_id", "shape": [len(products)], "datatype": "BYTES", "data": products},
                {"name": "price", "shape": [len(prices)], "datatype": "FP64", "data": prices},
            ]
        }
        answer = await client.post("/v2/models/pricing/infer", json=wire)
        assert answer.status_code == 400
        assert answer.json()["error"]


async def test_keys_hold_their_scopes(house: House, tmp_path: Path) -> None:
    from tests.contract.described import client_of, key_in

    key, path = key_in(tmp_path, "pricing:read")
    async with client_of(house.app(tmp_path, api_keys_file=path, health=Health()), key) as client:
        assert (await client.get("/v1/products/p00/elasticity")).status_code == 200
        assert (await client.post("/v1/prices:quote", json=lines("p00"))).status_code == 403
        assert (await client.get("/v1/prices/audit")).status_code == 403


async def test_mixed_currencies_are_named(tmp_path: Path) -> None:
    house = House(facts(cost=Money(180, "USD")), rollout=Rollout(mode=Mode.LIVE))
    house.price_all()
    async with house.client(tmp_path) as client:
        (quote,) = (await client.post("/v1/prices:quote", json=lines("p00"))).json()["quotes"]
    assert "currency_mixed" in quote["reasons"]
