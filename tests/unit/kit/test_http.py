"""The HTTP layer as a caller sees it, in process."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.kit.shop_api import JSON, Shop, client, shop_api


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def web(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with client(shop_api(shop).build()) as http:
        yield http


class TestAnswers:
    async def test_a_struct_becomes_json(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/orders", json={"size": 3, "lines": [{"product_id": "a"}]})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"request_id": answer.headers["x-request-id"], "size": 3}

    async def test_none_becomes_204_without_a_body(self, web: httpx.AsyncClient) -> None:
        answer = await web.delete("/v1/products/a")
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-type" not in answer.headers

    async def test_a_reply_brings_its_own_status_and_headers(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/orders:create", json={}, headers={"idempotency-key": "k1"})
        assert (answer.status_code, answer.headers["location"]) == (201, "/v1/orders/1")

    async def test_head_answers_like_get(self, web: httpx.AsyncClient) -> None:
        assert (await web.head("/livez")).status_code == 200


class TestRequestIds:
    async def test_the_callers_id_is_kept(self, web: httpx.AsyncClient) -> None:
        answer = await web.get("/livez", headers={"x-request-id": "web-42:a/b"})
        assert answer.headers["x-request-id"] == "web-42:a/b"

    @pytest.mark.parametrize("bad", ["", "a b", "x" * 129, 'a"b', "<script>"])
    async def test_an_unsafe_id_is_replaced(self, web: httpx.AsyncClient, bad: str) -> None:
        answer = await web.get("/livez", headers={"x-request-id": bad})
        assert len(answer.headers["x-request-id"]) == 32

    async def test_two_requests_have_two_ids(self, web: httpx.AsyncClient) -> None:
        first, second = [(await web.get("/livez")).headers["x-request-id"] for _ in range(2)]
        assert first != second


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ('{"size": 0}', "/size"),
            ('{"size": "3"}', "/size"),
            ('{"lines": [{"product_id": "a"}, {"product_id": "b", "quantity": 100}]}', "/lines/1/quantity"),
            ('{"lines": [{}]}', "/lines/0/product_id"),
            ('{"colour": 1}', "/colour"),
            ('{"notes": {"a": "x"}}', "/notes/*"),
            ("[]", ""),
        ],
    )
    async def test_a_wrong_field_is_named_by_its_pointer(self, web: httpx.AsyncClient, body: str, pointer: str) -> None:
        answer = await web.post("/v1/orders", content=body, headers=JSON)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["code"] == "validation_failed"
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert problem["request_id"] == answer.headers["x-request-id"]
        assert problem["instance"] == "/v1/orders"

    @pytest.mark.parametrize(
        "body", ["", "{", '{"size": NaN}', '{"size": 1} x', b"\xff\xfe", b'{"notes": {"\xff": 1}}', "nul"]
    )
    async def test_what_is_no_json_is_refused_with_400(self, web: httpx.AsyncClient, body: str | bytes) -> None:
        answer = await web.post("/v1/orders", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")

    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    async def test_another_media_type_is_refused(self, web: httpx.AsyncClient, media_type: str) -> None:
        answer = await web.post("/v1/orders", content="{}", headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")

    async def test_no_media_type_is_refused(self, web: httpx.AsyncClient) -> None:
        assert (await web.post("/v1/orders", content=b"{}")).status_code == 415

    @pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/vnd.shop+json"])
    async def test_json_by_another_name_is_taken(self, web: httpx.AsyncClient, media_type: str) -> None:
        answer = await web.post("/v1/orders", content="{}", headers={"content-type": media_type})
        assert answer.status_code == 200

    async def test_a_body_over_the_limit_is_refused(self, web: httpx.AsyncClient, shop: Shop) -> None:
        answer = await web.post("/v1/orders", content=b'{"size":' + b" " * 5_000_000 + b"3}", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
        assert shop.orders == 0

    async def test_a_chunked_body_over_the_limit_is_refused_before_its_end(self, web: httpx.AsyncClient) -> None:
        sent = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                sent += 1
                yield b" " * 1000

        answer = await web.post("/v1/orders", content=chunks(), headers=JSON)
        assert answer.status_code == 413
        assert sent < 20

    async def test_a_chunked_body_within_the_limit_is_read(self, web: httpx.AsyncClient) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for part in (b'{"si', b'ze": ', b"9}"):
                yield part

        assert (await web.post("/v1/orders", content=chunks(), headers=JSON)).json()["size"] == 9

    async def test_deep_nesting_is_a_clear_refusal(self, shop: Shop) -> None:
        from typing import Any

        api = shop_api(shop, body_limit_bytes=1_000_000)
        api.post("/v1/any", shop.order, request=dict[str, Any])
        async with client(api.build()) as web:
            answer = await web.post("/v1/any", content=b'{"a":' * 100_000, headers=JSON)
        assert (answer.status_code, answer.json()["detail"]) == (400, "The body is nested too deeply.")


class TestParameters:
    async def test_texts_become_what_the_struct_says(self, web: httpx.AsyncClient) -> None:
        answer = await web.get("/v1/products/p1/similar?size=3&tag=a&tag=b")
        assert answer.json() == {"id": "p1", "size": 3, "tags": ["a", "b"]}

    async def test_an_id_may_hold_a_slash(self, web: httpx.AsyncClient) -> None:
        assert (await web.get("/v1/products/a%2Fb%20c/similar")).json()["id"] == "a/b c"

    @pytest.mark.parametrize(
        ("path", "name"),
        [("/v1/products/p/similar?size=0", "size"), ("/v1/products/p/similar?size=x", "size"),
         (f"/v1/products/{'p' * 21}/similar", "id")],
    )  # fmt: skip
    async def test_a_wrong_parameter_is_named(self, web: httpx.AsyncClient, path: str, name: str) -> None:
        answer = await web.get(path)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [name]

    async def test_a_query_that_cannot_be_read_is_refused(self, web: httpx.AsyncClient) -> None:
        assert (await web.get("/v1/products/p/similar?size=%FF")).status_code in {400, 422}
        many = "&".join(["a=1"] * 1001)
        assert (await web.get(f"/v1/products/p/similar?{many}")).status_code == 400


class TestPaths:
    async def test_an_unknown_path_is_a_problem(self, web: httpx.AsyncClient) -> None:
        answer = await web.get("/v1/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_a_wrong_method_names_the_right_ones(self, web: httpx.AsyncClient) -> None:
        answer = await web.put("/v1/orders", json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

    async def test_a_path_declared_twice_is_a_mistake(self, shop: Shop) -> None:
        api = shop_api(shop)
        with pytest.raises(ValueError, match="declared twice"):
            api.get("/v1/slow", shop.slow)

    async def test_unknown_paths_go_to_the_engines_app_where_there_is_one(self, shop: Shop) -> None:
        async def engine(scope: object, receive: object, send: object) -> None:
            await send({"type": "http.response.start", "status": 202, "headers": []})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b"engine"})  # type: ignore[operator]

        async with client(shop_api(shop).build(engine)) as web:
            assert (await web.get("/schema.json")).text == "engine"
            assert (await web.get("/livez")).text == "ok\n"


class TestErrors:
    async def test_a_refusal_keeps_its_status_and_code(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/orders:sold-out", headers={"idempotency-key": "k"})
        assert answer.status_code == 409
        assert answer.json() == {
            "type": "/docs#sold_out",
            "title": "Sold out",
            "status": 409,
            "code": "sold_out",
            "detail": "The last one went this morning.",
            "instance": "/v1/orders:sold-out",
            "request_id": answer.headers["x-request-id"],
        }

    async def test_a_fault_tells_nothing_of_itself(self, web: httpx.AsyncClient) -> None:
        answer = await web.get("/v1/broken")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "hunter2" not in answer.text


class TestDeadlines:
    async def test_a_request_is_cut_at_the_services_deadline(self, shop: Shop) -> None:
        async with client(shop_api(shop, deadline_ms=20).build()) as web:
            answer = await web.get("/v1/slow")
        assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")

    async def test_the_caller_may_ask_for_less(self, web: httpx.AsyncClient) -> None:
        answer = await web.get("/v1/slow", headers={"x-request-timeout-ms": "20"})
        assert answer.status_code == 504

    async def test_the_caller_cannot_ask_for_more(self, shop: Shop) -> None:
        async with client(shop_api(shop, deadline_ms=50).build()) as web:
            answer = await web.get("/v1/whoami", headers={"x-request-timeout-ms": "60000"})
        assert answer.json()["remaining_s"] <= 0.05

    @pytest.mark.parametrize("bad", ["soon", "-1", "0", "1.5", "9" * 12])
    async def test_nonsense_is_refused(self, web: httpx.AsyncClient, bad: str) -> None:
        assert (await web.get("/v1/whoami", headers={"x-request-timeout-ms": bad})).status_code == 400

    async def test_a_timeout_of_the_handlers_own_is_a_fault(self, shop: Shop) -> None:
        async def own(_: None, context: object) -> None:
            raise TimeoutError

        api = shop_api(shop)
        api.get("/v1/own", own)
        async with client(api.build()) as web:
            assert (await web.get("/v1/own")).status_code == 500


class TestOverload:
    async def test_requests_beyond_the_queue_are_refused_and_the_others_answered(self, shop: Shop) -> None:
        async with client(shop_api(shop, max_in_flight=2, max_queued=1).build()) as web:
            waiting = [asyncio.create_task(web.get("/v1/slow")) for _ in range(3)]
            await shop.entered.wait()
            for _ in range(20):  # the others reach the queue within a few turns of the loop
                await asyncio.sleep(0)
            refused = await web.get("/v1/slow")
            alive = await web.get("/livez")
            shop.gate.set()
            answers = await asyncio.gather(*waiting)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["code"] == "overloaded"
        assert alive.status_code == 200
        assert [answer.status_code for answer in answers] == [200, 200, 200]

    async def test_a_full_service_refuses_before_it_reads_what_was_asked(self, shop: Shop) -> None:
        async with client(shop_api(shop, max_in_flight=1, max_queued=0).build()) as web:
            waiting = asyncio.create_task(web.get("/v1/slow"))
            await shop.entered.wait()
            refused = [await web.get("/v1/products/p1/similar?size=many"), await web.post("/v1/orders", content=b"{")]
            shop.gate.set()
            await waiting
            read = await web.get("/v1/products/p1/similar?size=many")
        assert [answer.status_code for answer in refused] == [429, 429]
        assert read.status_code == 422

    async def test_a_page_of_another_origin_may_read_a_refusal(self, shop: Shop) -> None:
        origin = "https://shop.example"
        async with client(shop_api(shop, max_in_flight=1, max_queued=0, cors_origins=(origin,)).build()) as web:
            waiting = asyncio.create_task(web.get("/v1/slow"))
            await shop.entered.wait()
            refused = await web.get("/v1/slow", headers={"origin": origin})
            shop.gate.set()
            await waiting
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (429, origin)

    async def test_a_request_that_only_waits_takes_nobodys_place(self, shop: Shop) -> None:
        app = shop_api(shop, max_in_flight=1, max_queued=0).build()
        async with client(app) as web:
            waiting = [asyncio.create_task(web.get("/v1/waits"))]
            await shop.entered.wait()
            order = await web.get("/v1/products/p1/similar")
            shop.gate.set()
            answers = await asyncio.gather(*waiting)
        assert order.status_code == 200
        assert [answer.status_code for answer in answers] == [200]
        assert app.admission.in_flight == 0
