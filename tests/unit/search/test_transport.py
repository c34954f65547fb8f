import base64
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest

from merx_core.contracts.search import MAX_PICTURE_BYTES
from merx_kit.http import Health
from merx_kit.http.api_keys import KeyFile, new_key
from tests.unit.search import shop
from tests.unit.search.house import House

RED_BALL = base64.b64encode(shop.picture_of("ball-red")).decode()
PATH_OF_ODD = "/v1/products/a%2Fb%20%C3%BC"


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def client(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(tmp_path) as client:
        yield client


def items(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["product_id"] for item in answer.json()["items"]]


class TestSearch:
    async def test_words_find_products_under_the_requests_id(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/search", json={"query": "blue box", "facets": ["brand"], "size": 1})
        body = answer.json()
        assert items(answer) == ["box-blue"]
        assert body["request_id"] == answer.headers["x-request-id"]
        assert (body["model_version"], body["method"]) == ("search/7", "rrf")
        assert {"value": "Contoso", "count": 2} in body["facets"]["brand"]
        assert "degraded" not in body

    async def test_an_empty_body_lists_what_is_in_stock_by_popularity(self, client: httpx.AsyncClient) -> None:
        found = items(await client.post("/v1/search", json={}))
        assert found[:2] == ["coffee", "juice-apple"]
        assert "ball-green" not in found

    async def test_filters_and_orders_cross_the_wire(self, client: httpx.AsyncClient) -> None:
        filters = {"categories": ["TOYS"], "price_min": 600, "in_stock": False}
        found = items(await client.post("/v1/search", json={"filters": filters, "sort": "price_descending"}))
        assert found == ["ball-green", "ball-blue"]

    async def test_a_picture_finds_and_its_attributes_filter(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/search", json={"image": RED_BALL, "filter_by_picture": ["colour"]})
        assert set(items(answer)) == {"ball-red", "box-red"}
        assert answer.json()["recognised"]["colour"][0]["value"] == "red"

    async def test_pages_lead_through_everything_once(self, client: httpx.AsyncClient) -> None:
        found: list[str] = []
        cursor = ""
        while not found or cursor:
            page = await client.post("/v1/search", json={"filters": {"in_stock": False}, "size": 4, "cursor": cursor})
            found += items(page)
            cursor = page.json().get("next_cursor", "")
        assert sorted(found) == sorted(product.product_id for product in shop.products())

    async def test_a_shopper_of_whom_nothing_can_be_read_is_answered(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        house.profiles.away = True
        answer = await client.post("/v1/search", json={"query": "ball", "customer_id": "42"})
        assert set(items(answer)) == {"ball-red", "ball-blue"}
        assert answer.json()["degraded"] == ["features_unavailable"]

    async def test_a_failing_encoder_leaves_words_and_refuses_pictures(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        house.encoders.failing = {"texts", "pictures"}
        answer = await client.post("/v1/search", json={"query": "ball"})
        assert set(items(answer)) == {"ball-red", "ball-blue"}
        assert answer.json()["degraded"] == ["encoder_unavailable"]
        refused = await client.post("/v1/search", json={"image": RED_BALL})
        assert (refused.status_code, refused.json()["code"]) == (503, "encoder_unavailable")


class TestExplain:
    async def test_contributions_add_up_to_the_score(self, client: httpx.AsyncClient) -> None:
        wire = {"request": {"query": "red ball", "customer_id": "42"}, "product_ids": ["ball-red", "nobody"]}
        body = (await client.post("/v1/search:explain", json=wire)).json()
        found, missed = body["items"]
        assert (missed["product_id"], missed["found"]) == ("nobody", False)
        parts = sum(part["contribution"] for part in found["features"])
        assert found.get("base", 0.0) + parts == pytest.approx(found["score"], abs=1e-6)  # sums of float32
        assert body["searched"] == "red ball"

    @pytest.mark.parametrize(
        ("request_", "pointer"),
        [
            ({"facets": ["price"]}, "/request/facets/0"),
            ({"filters": {"attributes": {"size": ["L"]}}}, "/request/filters/attributes/size"),
            ({"filters": {"price_min": 2, "price_max": 1}}, "/request/filters/price_max"),
            ({"cursor": "x"}, "/request/cursor"),
            ({"size": 0}, "/request/size"),
        ],
    )
    async def test_what_is_wrong_inside_is_pointed_at(
        self, client: httpx.AsyncClient, request_: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/search:explain", json={"request": request_, "product_ids": ["ball-red"]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer

    @pytest.mark.parametrize("product_ids", [[], ["p"] * 21, [""]])
    async def test_one_to_twenty_products_are_explained(
        self, client: httpx.AsyncClient, product_ids: list[str]
    ) -> None:
        answer = await client.post("/v1/search:explain", json={"request": {}, "product_ids": product_ids})
        assert answer.status_code == 422


class TestPictures:
    async def test_a_photograph_tells_what_it_shows(self, client: httpx.AsyncClient) -> None:
        body = (await client.post("/v1/images:attributes", json={"image": RED_BALL, "top": 1})).json()
        assert body["attributes"]["category"] == [{"value": "BALLS", "confidence": 1.0}]
        assert body["colours"][0]["name"] == "red"
        assert body["model_version"] == "search/7"

    async def test_a_small_picture_of_a_product_is_open_to_its_page(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/products/ball-red/picture")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.content.startswith(b"\xff\xd8\xff")

    async def test_every_path_in_an_answer_leads_to_its_picture(self, client: httpx.AsyncClient) -> None:
        wire = {"filters": {"in_stock": False}, "size": 100}
        found = (await client.post("/v1/search", json=wire)).json()["items"]
        paths = [item["picture"] for item in found if "picture" in item]
        assert len(paths) == len(shop.PICTURED)
        assert {(await client.get(f"/{path}")).status_code for path in paths} == {200}

    @pytest.mark.parametrize("product_id", ["coffee", "nobody", "..%2F..%2Fetc%2Fpasswd"])
    async def test_where_there_is_none_it_is_not_found(self, client: httpx.AsyncClient, product_id: str) -> None:
        answer = await client.get(f"/v1/products/{product_id}/picture")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_picture")

    async def test_an_index_without_pictures_says_so(self, tmp_path: Path) -> None:
        async with House(shop.index(pictures=False)).client(tmp_path) as client:
            for path in ("/v1/search", "/v1/images:attributes"):
                answer = await client.post(path, json={"image": RED_BALL})
                assert (answer.status_code, answer.json()["code"]) == (503, "pictures_unavailable")
            assert (await client.post("/v1/search", json={})).json()["degraded"] == ["pictures_unavailable"]
            assert (await client.get("/v1/products/ball-red/picture")).status_code == 404
            assert (await client.get("/v1/attribute-suggestions")).json()["items"] == []


class TestLookalikes:
    async def test_products_like_a_product(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/products/ball-red/lookalikes?size=1")
        assert items(answer) == ["ball-blue"]
        assert answer.json()["product_id"] == "ball-red"
        assert "ball-green" in items(await client.get("/v1/products/ball-red/lookalikes?in_stock=false"))
        assert items(await client.get(f"{PATH_OF_ODD}/lookalikes?size=1"))[0] in {"box-blue", "box-red"}

    @pytest.mark.parametrize(("product_id", "code"), [("nobody", "unknown_product"), ("coffee", "no_picture")])
    async def test_what_looks_like_nothing_is_not_found(
        self, client: httpx.AsyncClient, product_id: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/products/{product_id}/lookalikes")
        assert (answer.status_code, answer.json()["code"]) == (404, code)

    async def test_a_size_out_of_range_is_named(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/products/ball-red/lookalikes?size=0")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "size")


class TestSuggestions:
    async def test_values_that_the_catalogue_lacks_page_by_page(self, client: httpx.AsyncClient) -> None:
        first = (await client.get("/v1/attribute-suggestions?limit=2")).json()
        assert [item["product_id"] for item in first["items"]] == ["ball-red", "box-red"]
        assert first["items"][0]["picture"] == "ball-red.png"
        second = (await client.get(f"/v1/attribute-suggestions?limit=2&cursor={first['next_cursor']}")).json()
        assert [item["product_id"] for item in second["items"]] == ["kettle"]
        assert "next_cursor" not in second

    @pytest.mark.parametrize(
        ("asked", "name", "code"),
        [
            ("limit=0", "limit", "validation_failed"),
            ("least=2", "least", "validation_failed"),
            ("cursor=x", "cursor", "bad_cursor"),
        ],
    )
    async def test_a_parameter_that_is_wrong_is_named(
        self, client: httpx.AsyncClient, asked: str, name: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/attribute-suggestions?{asked}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["pointer"] == name


class TestEmbeddings:
    """OpenAI's shapes, errors included."""

    MODEL = "hashed-words"

    async def test_one_text_or_several_as_numbers_or_base64(self, client: httpx.AsyncClient) -> None:
        one = (await client.post("/v1/embeddings", json={"input": "red ball", "model": self.MODEL})).json()
        assert (one["object"], one["data"][0]["object"], one["model"]) == ("list", "embedding", self.MODEL)
        assert one["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
        wire = {"input": ["coffee", "red ball"], "model": self.MODEL, "encoding_format": "base64", "user": "u"}
        two = (await client.post("/v1/embeddings", json=wire)).json()
        packed = np.frombuffer(base64.b64decode(two["data"][1]["embedding"]), "<f4")
        assert packed.tolist() == pytest.approx(one["data"][0]["embedding"], abs=1e-7)

    @pytest.mark.parametrize(
        ("wire", "status", "code", "parameter"),
        [
            ({"input": "x", "model": "gpt-4"}, 404, "model_not_found", None),
            ({"input": "x", "model": MODEL, "dimensions": 8}, 400, "dimensions_refused", None),
            ({"input": "", "model": MODEL}, 400, "validation_failed", "input"),
            ({"input": ["x"] * 257, "model": MODEL}, 400, "validation_failed", "input"),
            ({"input": "x" * 8_001, "model": MODEL}, 400, "validation_failed", "input"),
            ({"input": [1, 2], "model": MODEL}, 400, "validation_failed", "input/0"),
            ({"model": MODEL}, 400, "validation_failed", "input"),
        ],
        ids=lambda value: str(value)[:30],
    )
    async def test_a_refusal_has_openais_shape(
        self, client: httpx.AsyncClient, wire: dict[str, Any], status: int, code: str, parameter: str | None
    ) -> None:
        answer = await client.post("/v1/embeddings", json=wire)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (status, code, parameter)
        assert error["type"] == "invalid_request_error"
        assert error["message"]

    async def test_so_has_a_failure(self, house: House, client: httpx.AsyncClient) -> None:
        house.encoders.failing = {"texts"}
        answer = await client.post("/v1/embeddings", json={"input": "x", "model": self.MODEL})
        assert answer.status_code == 503
        assert answer.json()["error"]["type"] == "server_error"
        assert answer.json()["error"]["code"] == "encoder_unavailable"

    async def test_tokens_are_counted_beside_the_event_loop(self, house: House, client: httpx.AsyncClient) -> None:
        seen: list[threading.Thread] = []

        def count(texts: Sequence[str]) -> int:
            seen.append(threading.current_thread())
            return len(texts)

        house.encoders.count_tokens = count  # type: ignore[method-assign]
        answer = await client.post("/v1/embeddings", json={"input": ["x", "y"], "model": self.MODEL})
        assert answer.json()["usage"]["total_tokens"] == 2
        assert threading.main_thread() not in seen

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    async def test_so_has_another_method(self, client: httpx.AsyncClient, method: str) -> None:
        answer = await client.request(method, "/v1/embeddings")
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")

    async def test_the_models_are_listed(self, client: httpx.AsyncClient) -> None:
        body = (await client.get("/v1/models")).json()
        assert [(model["id"], model["object"]) for model in body["data"]] == [(self.MODEL, "model")]


class TestOpenInference:
    @staticmethod
    def views(side: int, count: int = 1) -> dict[str, Any]:
        shape = [count, side, side, 3]
        data = [200] * (count * side * side * 3)
        return {"inputs": [{"name": "views", "shape": shape, "datatype": "UINT8", "data": data}]}

    async def test_the_bare_network_turns_views_into_unit_vectors(self, client: httpx.AsyncClient) -> None:
        metadata = (await client.get("/v2/models/pictures")).json()
        assert metadata["versions"] == ["7"]
        side = metadata["inputs"][0]["shape"][1]
        answer = (await client.post("/v2/models/pictures/infer", json=self.views(side, 2))).json()
        (output,) = answer["outputs"]
        vectors = np.array(output["data"]).reshape(output["shape"])
        assert len(vectors) == 2
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)  # float32

    @pytest.mark.parametrize(("side", "count"), [(31, 1), (32, 0)])
    async def test_views_of_another_size_or_none_are_refused(
        self, client: httpx.AsyncClient, side: int, count: int
    ) -> None:
        answer = await client.post("/v2/models/pictures/infer", json=self.views(side, count))
        assert answer.status_code == 400
        assert "views" in answer.json()["error"]

    @pytest.mark.parametrize("index", [None, shop.index(pictures=False)], ids=["no index", "no pictures"])
    async def test_without_a_network_there_is_no_model(self, tmp_path: Path, index: Any) -> None:
        async with House(index, ready=index is not None).client(tmp_path) as client:
            assert (await client.get("/v2/models/pictures")).status_code == 404
            assert (await client.get("/v2/health/live")).status_code == 200
            assert (await client.get("/v2/health/ready")).status_code == 503


class TestBeforeTheFirstIndex:
    @pytest.mark.parametrize(
        ("method", "path", "wire"),
        [
            ("POST", "/v1/search", {}),
            ("POST", "/v1/search", {"facets": ["unheard of"]}),
            ("POST", "/v1/search:explain", {"request": {}, "product_ids": ["p"]}),
            ("POST", "/v1/images:attributes", {"image": RED_BALL}),
            ("GET", "/v1/products/ball-red/lookalikes", None),
            ("GET", "/v1/products/ball-red/picture", None),
            ("GET", "/v1/attribute-suggestions", None),
        ],
    )
    async def test_every_call_says_so(self, tmp_path: Path, method: str, path: str, wire: object) -> None:
        async with House(ready=False).client(tmp_path) as client:
            answer = await client.request(method, path, json=wire)
        assert (answer.status_code, answer.json()["code"]) == (503, "index_not_ready")

    async def test_texts_are_encoded_all_the_same(self, tmp_path: Path) -> None:
        async with House(ready=False).client(tmp_path) as client:
            answer = await client.post("/v1/embeddings", json={"input": "x", "model": "hashed-words"})
        assert answer.status_code == 200


class TestScope:
    CALLS: tuple[tuple[str, str, object], ...] = (
        ("POST", "/v1/search", {}),
        ("POST", "/v1/search:explain", {"request": {}, "product_ids": ["p"]}),
        ("POST", "/v1/images:attributes", {"image": RED_BALL}),
        ("GET", "/v1/products/ball-red/lookalikes", None),
        ("GET", "/v1/attribute-suggestions", None),
        ("POST", "/v1/embeddings", {"input": "x", "model": "hashed-words"}),
        ("GET", "/v1/models", None),
        ("POST", "/v2/models/pictures/infer", TestOpenInference.views(32)),
    )

    @pytest.fixture
    def app_and_keys(self, house: House, tmp_path: Path) -> tuple[Any, Callable[[str], str]]:
        made = {scope: new_key(scope, (scope,)) for scope in ("search", "recommend")}
        keys = tmp_path / "keys.json"
        keys.write_bytes(msgspec.json.encode(KeyFile(tuple(record for _, record in made.values()))))
        return house.app(tmp_path, api_keys_file=keys), lambda scope: made[scope][0] if scope in made else scope

    @pytest.mark.parametrize(("method", "path", "wire"), CALLS, ids=[path for _, path, _ in CALLS])
    async def test_a_call_needs_it(
        self, app_and_keys: tuple[Any, Callable[[str], str]], method: str, path: str, wire: object
    ) -> None:
        app, key_of = app_and_keys
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://merx") as client:
            statuses = [
                (await client.request(method, path, json=wire, headers={"x-api-key": key_of(scope)})).status_code
                for scope in ("", "unknown", "recommend", "search")
            ]
        assert statuses == [401, 401, 403, 200]

    @pytest.mark.parametrize("path", ["/v1/products/ball-red/picture", "/console", "/livez", "/v2/models/pictures"])
    async def test_what_a_page_shows_is_open(self, app_and_keys: tuple[Any, Callable[[str], str]], path: str) -> None:
        transport = httpx.ASGITransport(app=app_and_keys[0])
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            assert (await client.get(path)).status_code == 200


class TestLimits:
    async def test_a_picture_may_be_large_where_one_is_taken(self, client: httpx.AsyncClient) -> None:
        image = base64.b64encode(b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES - 3)).decode()
        answer = await client.post("/v1/search", json={"image": image})
        assert (answer.status_code, answer.json()["code"]) == (422, "picture_refused")
        assert answer.json()["errors"][0]["pointer"] == "/image"

    async def test_a_picture_over_its_limit_is_pointed_at(self, client: httpx.AsyncClient) -> None:
        image = base64.b64encode(bytes(MAX_PICTURE_BYTES + 1)).decode()
        for path in ("/v1/search", "/v1/images:attributes"):
            answer = await client.post(path, json={"image": image})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
            assert answer.json()["errors"][0]["pointer"] == "/image"

    async def test_a_body_over_its_limit_is_refused_before_it_is_read(self, client: httpx.AsyncClient) -> None:
        image = "A" * (MAX_PICTURE_BYTES * 4 // 3 + 70_000)
        answer = await client.post("/v1/search", json={"image": image})
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")

    async def test_texts_have_a_smaller_one(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/embeddings", json={"input": ["x" * 8_000] * 256, "model": "hashed-words"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "payload_too_large")


class TestPlatform:
    async def test_probes_and_metrics_answer(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/search", json={"query": "ball"})
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).json()["status"] == "ready"
        metrics = (await client.get("/metrics")).text
        assert 'merx_search_answers_total{asked="words",ordered_by="rrf"}' in metrics
        assert "merx_search_stage_seconds_bucket" in metrics

    async def test_a_draining_service_says_so(self, house: House, tmp_path: Path) -> None:
        health = Health()
        health.drain()
        transport = httpx.ASGITransport(app=house.app(tmp_path, health=health))
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.post("/v1/search", json={})).status_code == 200

    async def test_the_console_is_a_page_and_no_part_of_the_documents(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/console")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<title>" in page.text
        assert "/console" not in (await client.get("/openapi.json")).json()["paths"]
