"""Products and what changes about them, through the door."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from merx_core.catalogue import Product
from merx_core.events import RecordType
from merx_core.money import Money
from tests.unit.intake.house import House

PRICE = {"amount": 1299, "currency": "EUR"}
MUG = {"title": "Mug", "price": PRICE}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


def products(house: House) -> list[Product]:
    upserts = (one for one in house.log.records.values() if one.type == RecordType.PRODUCT_UPSERTED)
    return [msgspec.json.decode(one.data, type=Product) for one in upserts]


def kinds(house: House) -> list[tuple[str, str | None]]:
    return [(record.type, record.subject) for record in house.log.records.values()]


class TestPut:
    async def test_product_is_as_given_from_now_on(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await web.put("/v1/products/p1", json=MUG)
        assert answer.status_code == 200
        assert answer.json()["status"] == "accepted"
        assert products(house) == [Product(product_id="p1", title="Mug", price=Money(1299, "EUR"))]
        assert kinds(house) == [(RecordType.PRODUCT_UPSERTED, "p1")]

    async def test_price_that_goes_back_is_a_change_again(self, house: House, web: httpx.AsyncClient) -> None:
        for hour, amount in ((1, 1299), (2, 999), (3, 1299)):
            house.now = house.now.replace(hour=hour)
            await web.put("/v1/products/p1", json={**MUG, "price": {**PRICE, "amount": amount}})
        assert [one.price and one.price.amount for one in products(house)] == [1299, 999, 1299]

    async def test_late_repeat_under_a_key_changes_nothing(self, house: House, web: httpx.AsyncClient) -> None:
        key = {"idempotency-key": "k1"}
        await web.put("/v1/products/p1", json=MUG, headers=key)
        house.now = house.now.replace(hour=13)
        answer = await web.put("/v1/products/p1", json=MUG, headers=key)
        assert answer.json()["status"] == "duplicate"
        answer = await web.put("/v1/products/p1", json={**MUG, "title": "Cup"}, headers=key)
        assert answer.status_code == 409

    async def test_product_without_a_price_is_taken_with_a_warning(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await web.put("/v1/products/p1", json={"title": "Mug"})
        assert answer.status_code == 200
        assert [warning["code"] for warning in answer.json()["warnings"]] == ["no_price"]
        assert products(house)[0].price is None

    async def test_misspelt_field_is_told(self, web: httpx.AsyncClient) -> None:
        answer = await web.put("/v1/products/p1", json={**MUG, "pirce": PRICE})
        assert [warning["pointer"] for warning in answer.json()["warnings"]] == ["/pirce"]

    async def test_nothing_left_is_not_to_be_sold(self, house: House, web: httpx.AsyncClient) -> None:
        await web.put("/v1/products/p1", json={**MUG, "stock": 0})
        await web.put("/v1/products/p2", json={**MUG, "stock": 0, "in_stock": True})
        assert [one.in_stock for one in products(house)] == [False, True]

    async def test_id_with_a_slash_is_an_id(self, house: House, web: httpx.AsyncClient) -> None:
        await web.put("/v1/products/a%2Fb", json=MUG)
        assert products(house)[0].product_id == "a/b"

    async def test_feed_and_json_ld_are_products_too(self, house: House, web: httpx.AsyncClient) -> None:
        feed = {"id": "p1", "title": "Mug", "price": "12.99 EUR"}
        linked = {"@type": "Product", "sku": "p2", "name": "Mug", "offers": {"price": 5, "priceCurrency": "EUR"}}
        assert (await web.put("/v1/products/p1", json=feed)).status_code == 200
        assert (await web.put("/v1/products/p2", json=linked)).status_code == 200
        assert [one.price for one in products(house)] == [Money(1299, "EUR"), Money(500, "EUR")]

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            ({**MUG, "product_id": "p2"}, "id_mismatch", "/product_id"),
            ({"price": PRICE}, "wrong_shape", "/title"),
            ({**MUG, "price": {"amount": 12.5, "currency": "EUR"}}, "wrong_shape", "/price/amount"),
            ({**MUG, "price": {"amount": 1, "currency": "ABC"}}, "unknown_currency", "/price/currency"),
            ({**MUG, "price": {"amount": -1, "currency": "EUR"}}, "negative_price", "/price/amount"),
            ({**MUG, "cost": {"amount": -1, "currency": "EUR"}}, "negative_price", "/cost/amount"),
            ({**MUG, "stock": -1}, "negative_stock", "/stock"),
            ({"id": "p1", "title": "Mug", "price": "5 ABC"}, "unknown_currency", "/price"),
            ({"id": "p1", "title": "Mug", "quantity": "-4"}, "negative_stock", "/quantity"),
            ({"@type": "Product", "sku": "p1"}, "no_title", "/name"),
            ([MUG], "wrong_shape", ""),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, house: House, web: httpx.AsyncClient, body: Any, code: str, pointer: str
    ) -> None:
        answer = await web.put("/v1/products/p1", json=body)
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(f"{code}: ")
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert not house.log.records


class TestDelete:
    async def test_deletion_is_a_record(self, house: House, web: httpx.AsyncClient) -> None:
        answer = await web.delete("/v1/products/p1")
        assert (answer.status_code, answer.content) == (204, b"")
        assert kinds(house) == [(RecordType.PRODUCT_DELETED, "p1")]

    async def test_deletion_is_not_acknowledged_before_it_is_kept(self, house: House, web: httpx.AsyncClient) -> None:
        house.log.away = True
        assert (await web.delete("/v1/products/p1")).status_code == 503


class TestBatches:
    async def test_products_in_three_shapes(self, house: House, web: httpx.AsyncClient) -> None:
        rows = [
            {**MUG, "product_id": "p1"},
            {"id": "p2", "title": "Mug", "price": "5 EUR"},
            {"@graph": [{"@type": "Product", "sku": f"p{n}", "name": "Mug"} for n in (3, 4)]},
            {"title": "nameless"},
        ]
        answer = await web.post("/v1/products:batch", json={"products": rows})
        assert [one["status"] for one in answer.json()["verdicts"]] == ["accepted"] * 4 + ["rejected"]
        assert [one.product_id for one in products(house)] == ["p1", "p2", "p3", "p4"]

    async def test_same_product_twice_ends_as_the_last(self, house: House, web: httpx.AsyncClient) -> None:
        rows = [{**MUG, "product_id": "p1", "title": title} for title in ("A", "B", "A")]
        answer = await web.post("/v1/products:batch", json=rows)
        assert answer.json()["accepted"] == 3
        assert [one.title for one in products(house)] == ["A", "B", "A"]

    @pytest.mark.parametrize(
        ("path", "name", "good", "bad", "code", "pointer"),
        [
            ("stock", "levels", {"stock": 3}, {"stock": -1}, "negative_stock", "/levels/1/stock"),
            ("stock", "levels", {"stock": 0}, {"stock": 1.5}, "bad_stock", "/levels/1/stock"),
            ("stock", "levels", {"in_stock": False}, {}, "no_stock", "/levels/1/stock"),
            *(
                ("costs", "costs", {"cost": {**PRICE, "amount": 0}}, {"cost": bad}, code, f"/costs/1/cost{field}")
                for bad, code, field in (
                    ({**PRICE, "amount": -1}, "negative_price", "/amount"),
                    ({**PRICE, "amount": 5.5}, "bad_price", "/amount"),
                    ({**PRICE, "currency": "XX"}, "unknown_currency", "/currency"),
                    ({**PRICE, "currency": "ABC"}, "unknown_currency", "/currency"),
                    ({"amount": 510}, "no_currency", "/currency"),
                    (5.1, "wrong_shape", ""),
                )
            ),
            ("costs", "costs", {"cost": PRICE}, {"cost": PRICE, "product_id": ""}, "no_product", "/costs/1/product_id"),
            ("costs", "costs", {"cost": PRICE}, {"cost": PRICE, "time": "soon"}, "bad_time", "/costs/1/time"),
            (
                *("competitor-prices", "prices", {"competitor": "c", "price": PRICE}),
                *({"competitor": "c", "price": {"amount": 1}}, "no_currency", "/prices/1/price/currency"),
            ),
            (
                *("competitor-prices", "prices", {"competitor": "c", "price": PRICE}),
                *({"competitor": "c", "price": {**PRICE, "amount": 0}}, "price_not_positive", "/prices/1/price/amount"),
            ),
            (
                *("competitor-prices", "prices", {"competitor": "c", "price": PRICE}),
                *({"competitor": "c", "price": PRICE, "time": "2028-01-01T00:00:00Z"}, "future_time", "/prices/1/time"),
            ),
        ],
    )
    async def test_each_change_has_its_verdict(
        self,
        house: House,
        web: httpx.AsyncClient,
        path: str,
        name: str,
        good: dict[str, Any],
        bad: dict[str, Any],
        code: str,
        pointer: str,
    ) -> None:
        body = {name: [{"product_id": "p1", **good}, {"product_id": "p1", **bad}]}
        answer = await web.post(f"/v1/{path}:batch", json=body)
        assert answer.status_code == 200
        accepted, rejected = answer.json()["verdicts"]
        assert accepted["status"] == "accepted"
        assert (rejected["code"], rejected["pointer"]) == (code, pointer)
        assert rejected["detail"] != code
        assert [subject for _, subject in kinds(house)] == ["p1"]

    async def test_change_with_a_time_of_its_own_is_known_again(self, house: House, web: httpx.AsyncClient) -> None:
        body = [{"product_id": "p1", "stock": 3, "time": "2026-11-24T10:00:00+01:00"}]
        await web.post("/v1/stock:batch", json=body)
        house.now = house.now.replace(hour=13)
        assert (await web.post("/v1/stock:batch", json=body)).json()["duplicates"] == 1
        (record,) = house.log.records.values()
        assert record.time is not None
        assert record.time.isoformat() == "2026-11-24T09:00:00+00:00"

    async def test_a_row_that_is_no_object_is_refused_by_itself(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/costs:batch", json=[5, {}])
        verdicts = answer.json()["verdicts"]
        assert [(one["code"], one["pointer"]) for one in verdicts] == [
            ("wrong_shape", "/0"),
            ("no_product", "/1/product_id"),
        ]

    @pytest.mark.parametrize("body", [{}, {"levels": 5}, {"costs": []}, 5])
    async def test_nothing_to_take_is_said_so(self, web: httpx.AsyncClient, body: Any) -> None:
        answer = await web.post("/v1/stock:batch", json=body)
        assert answer.status_code == 422
        assert "`levels`" in answer.json()["detail"]

    async def test_more_than_500_are_refused(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/stock:batch", json=[{"product_id": "p", "stock": 1}] * 501)
        assert answer.json()["code"] == "too_many_records"
