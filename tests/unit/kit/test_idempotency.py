"""One contract for every store, and what a caller sees of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine

from merx_kit.http.idempotency import KEEP_SECONDS, Claim, IdempotencyStore, InMemoryIdempotency, Kept
from merx_kit.http.idempotency_sql import SqlIdempotency
from tests.unit.kit.shop_api import Shop, client, shop_api


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IdempotencyStore]:
    if request.param == "memory":
        yield InMemoryIdempotency()
        return
    engine = create_engine(f"sqlite:///{tmp_path}/keys.db")
    sql = SqlIdempotency(engine)
    sql.create_table()
    yield sql
    engine.dispose()


def claim(key: str = "k", *, owner: str = "shop", made: float = 1000.0, body: str = "b") -> Claim:
    return Claim(owner=owner, key=key, fingerprint=body, made=made, open_until=made + 30.0)


ANSWER = {"status": 201, "media_type": "application/json", "headers": {"location": "/1"}, "body": b'{"a":1}'}


class TestStore:
    async def test_the_first_claim_is_granted_and_the_second_sees_it(self, store: IdempotencyStore) -> None:
        assert await store.claim(claim()) is None
        held = await store.claim(claim(made=1001.0))
        assert held is not None
        assert (held.answered, held.claim) == (False, claim())

    async def test_an_answer_is_given_again(self, store: IdempotencyStore) -> None:
        await store.claim(claim())
        await store.keep(claim(), Kept(claim(), **ANSWER))  # type: ignore[arg-type]
        assert await store.claim(claim(made=1100.0)) == Kept(claim(), **ANSWER)  # type: ignore[arg-type]

    async def test_keys_belong_to_their_owner(self, store: IdempotencyStore) -> None:
        await store.claim(claim())
        assert await store.claim(claim(owner="other")) is None

    async def test_a_released_claim_is_free(self, store: IdempotencyStore) -> None:
        await store.claim(claim())
        await store.release(claim())
        assert await store.claim(claim(made=1001.0)) is None

    async def test_a_claim_without_an_answer_ends_with_its_lease(self, store: IdempotencyStore) -> None:
        await store.claim(claim())
        assert await store.claim(claim(made=1029.0)) is not None
        assert await store.claim(claim(made=1030.0)) is None

    async def test_an_answer_is_forgotten_after_its_time(self, store: IdempotencyStore) -> None:
        await store.claim(claim())
        await store.keep(claim(), Kept(claim(), **ANSWER))  # type: ignore[arg-type]
        assert await store.claim(claim(made=1000.0 + KEEP_SECONDS)) is None

    async def test_of_many_at_once_one_wins(self, store: IdempotencyStore) -> None:
        results = await asyncio.gather(*(store.claim(claim(made=1000.0 + number / 1000)) for number in range(8)))
        assert sum(result is None for result in results) == 1


class TestPurge:
    async def test_stale_rows_go_and_the_others_stay(self, tmp_path: Path) -> None:
        engine = create_engine(f"sqlite:///{tmp_path}/keys.db")
        sql = SqlIdempotency(engine)
        sql.create_table()
        await sql.claim(claim("old"))
        await sql.claim(claim("new", made=5000.0))
        assert sql.purge(2000.0) == 1
        engine.dispose()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def web(shop: Shop, store: IdempotencyStore) -> AsyncIterator[httpx.AsyncClient]:
    async with client(shop_api(shop, store=store).build()) as http:
        yield http


class TestCalls:
    async def test_a_repeat_gets_the_first_answer(self, web: httpx.AsyncClient, shop: Shop) -> None:
        headers = {"idempotency-key": "order-1"}
        first = await web.post("/v1/orders:create", json={"size": 2}, headers=headers)
        again = await web.post("/v1/orders:create", json={"size": 2}, headers=headers)
        assert shop.orders == 1
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers

    async def test_a_key_is_needed(self, web: httpx.AsyncClient, shop: Shop) -> None:
        answer = await web.post("/v1/orders:create", json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
        assert shop.orders == 0

    @pytest.mark.parametrize("key", ["", '""', '" "', "x" * 256, '"' + "x" * 255, "\u00e9"])
    async def test_a_key_must_be_usable(self, web: httpx.AsyncClient, key: str) -> None:
        headers = {"idempotency-key": key.encode("latin-1")}
        answer = await web.post("/v1/orders:create", json={}, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 400

    async def test_another_body_under_the_same_key_is_refused(self, web: httpx.AsyncClient, shop: Shop) -> None:
        headers = {"idempotency-key": "order-1"}
        await web.post("/v1/orders:create", json={"size": 2}, headers=headers)
        answer = await web.post("/v1/orders:create", json={"size": 3}, headers=headers)
        assert (answer.status_code, answer.json()["code"], shop.orders) == (422, "idempotency_key_reused", 1)

    async def test_a_repeat_in_flight_is_refused(self, shop: Shop, store: IdempotencyStore) -> None:
        api = shop_api(shop, store=store)
        api.post("/v1/slow", shop.slow, idempotent=True)
        async with client(api.build()) as web:
            first = asyncio.create_task(web.post("/v1/slow", headers={"idempotency-key": "k"}))
            await shop.entered.wait()
            answer = await web.post("/v1/slow", headers={"idempotency-key": "k"})
            shop.gate.set()
            assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
            await first

    async def test_a_refusal_is_kept_and_a_fault_is_not(self, web: httpx.AsyncClient, shop: Shop) -> None:
        headers = {"idempotency-key": "k"}
        refusals = [await web.post("/v1/orders:sold-out", headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in refusals] == [409, 409]
        assert shop.orders == 1
        headers = {"idempotency-key": "k2"}
        faults = [await web.post("/v1/orders:broken", headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in faults] == [500, 500]
        assert shop.orders == 3

    async def test_a_wrong_body_does_not_use_the_key_up(self, web: httpx.AsyncClient) -> None:
        headers = {"idempotency-key": "k"}
        assert (await web.post("/v1/orders:create", json={"size": 0}, headers=headers)).status_code == 422
        assert (await web.post("/v1/orders:create", json={"size": 1}, headers=headers)).status_code == 201
