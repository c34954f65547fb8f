import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from merx_kit.http import Health
from merx_recommendation.domain import Listing
from merx_recommendation.service import LiveOptions
from tests.unit.recommendation.fakes import FixedShelves
from tests.unit.recommendation.house import House


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


class TestRecommendations:
    async def test_a_known_shopper_gets_a_list_with_reasons(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/recommendations", json={"customer_id": "42", "size": 4})
        body = answer.json()
        assert body["strategy"] == "personal"
        assert body["model_version"] == "recommendation/1"
        assert body["request_id"] == answer.headers["x-request-id"]
        assert "degraded" not in body
        assert len(body["items"]) == 4
        assert all(item["reasons"] for item in body["items"])

    async def test_an_empty_body_asks_for_a_strangers_home_page(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/recommendations", json={})
        assert answer.json()["strategy"] == "popular"
        assert len(items(answer)) == 20

    async def test_rules_cross_the_wire(self, client: httpx.AsyncClient) -> None:
        filters = {"categories": ["EVEN"], "price_max": 1500, "exclude_categories": ["ODD"]}
        wire = {"filters": filters, "exclude": ["p0"], "pin": ["p12"], "bury": ["p10"], "size": 9, "explore": False}
        found = items(await client.post("/v1/recommendations", json=wire))
        assert found[0] == "p12"
        assert found[-1] == "p10"
        assert set(found) == {"p4", "p6", "p10", "p12"}


class TestBadInput:
    @pytest.mark.parametrize(
        "wire",
        [
            {"size": 0},
            {"size": 101},
            {"size": "many"},
            {"customer_id": 42},
            {"placement": "checkout"},
            {"exclude": [f"x{row}" for row in range(10_001)]},
            {"filters": {"price_min": -1}},
            {"customer": "42"},
            [],
        ],
        ids=lambda wire: str(wire)[:40],
    )
    async def test_what_the_contract_does_not_allow_is_named(self, client: httpx.AsyncClient, wire: object) -> None:
        answer = await client.post("/v1/recommendations", json=wire)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"]

    @pytest.mark.parametrize("text", ['{"size": NaN}', '{"size": ', "", '{"customer_id": "\\ud800"}', "\xff\xfe"])
    async def test_what_is_not_json_is_refused(self, client: httpx.AsyncClient, text: str) -> None:
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/recommendations", content=text.encode("latin-1"), headers=headers)
        assert answer.status_code in {400, 422}
        assert answer.json()["code"]

    async def test_five_megabytes_are_too_many(self, client: httpx.AsyncClient) -> None:
        wire = json.dumps({"exclude": ["x" * 100] * 50_000})
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/recommendations", content=wire, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["code"] == "payload_too_large"

    async def test_ten_thousand_exclusions_are_answered(self, client: httpx.AsyncClient) -> None:
        exclude = [f"x{row}" for row in range(9_999)] + ["p28"]
        assert "p28" not in items(await client.post("/v1/recommendations", json={"exclude": exclude, "size": 100}))

    async def test_unknown_shoppers_and_products_are_answered(self, client: httpx.AsyncClient) -> None:
        wire = {"customer_id": "nobody", "product_ids": ["nothing"], "recent": ["none"], "pin": ["null"]}
        answer = await client.post("/v1/recommendations", json=wire)
        assert answer.json()["strategy"] == "popular"
        assert len(items(answer)) == 20


class TestFallbacks:
    async def test_an_empty_catalogue_says_so(self, house: House, client: httpx.AsyncClient) -> None:
        house.recommender._shelves = FixedShelves()
        answer = await client.post("/v1/recommendations", json={"customer_id": "42"})
        assert items(answer) == []
        assert answer.json()["degraded"] == ["model_unavailable", "catalogue_empty"]

    async def test_features_away_says_so(self, house: House, client: httpx.AsyncClient) -> None:
        house.profiles.away = True
        answer = await client.post("/v1/recommendations", json={"customer_id": "42"})
        assert answer.json()["degraded"] == ["features_unavailable"]
        assert len(items(answer)) == 20

    async def test_a_failing_ranker_says_so(self, house: House, client: httpx.AsyncClient) -> None:
        assert house.model is not None
        house.model.broken = True
        answer = await client.post("/v1/recommendations", json={"customer_id": "42"})
        assert answer.json()["degraded"] == ["ranking_failed"]
        assert len(items(answer)) == 20


class TestStream:
    """What a stream sends over time is in test_live.py; here its service drains, so that it ends after its list."""

    @pytest.fixture
    async def ending(self, house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
        health = Health()
        health.drain()
        transport = httpx.ASGITransport(app=house.app(tmp_path, health=health))
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            yield client

    async def test_it_sends_the_list_at_once_and_a_hint_when_it_ends(self, ending: httpx.AsyncClient) -> None:
        asked: dict[str, str | int | bool] = {"customer_id": "42", "size": 4, "explore": False}
        answer = await ending.get("/v1/recommendations/stream", params=asked)
        assert answer.headers["content-type"] == "text/event-stream"
        name, event, data, *rest = answer.text.split("\n")
        assert name.startswith("id: ")
        assert event == "event: list"
        listed = json.loads(data.removeprefix("data: "))
        assert listed["items"] == (await ending.post("/v1/recommendations", json=asked)).json()["items"]
        assert rest == ["", "retry: 1000", "", ""]

    @pytest.mark.parametrize("way", ["header", "parameter"])
    async def test_who_comes_back_to_an_unchanged_list_gets_a_comment(
        self, ending: httpx.AsyncClient, way: str
    ) -> None:
        first = await ending.get("/v1/recommendations/stream?customer_id=42")
        seen = first.text.split("\n")[0].removeprefix("id: ")
        headers = {"last-event-id": seen} if way == "header" else {}
        params = {"customer_id": "42"} | ({} if headers else {"last_event_id": seen})
        again = await ending.get("/v1/recommendations/stream", params=params, headers=headers)
        assert again.text == ":\n\nretry: 1000\n\n"

    async def test_rules_cross_the_wire(self, ending: httpx.AsyncClient) -> None:
        asked = "categories=EVEN&exclude_categories=ODD&price_max=1500&exclude=p0&exclude=p2&in_stock=false&explore=no"
        refused = await ending.get(f"/v1/recommendations/stream?{asked}")
        assert refused.status_code == 422, "a word that is no truth value"
        answer = await ending.get(f"/v1/recommendations/stream?{asked.removesuffix('no')}false")
        listed = json.loads(answer.text.split("data: ")[1].split("\n")[0])
        assert {item["product_id"] for item in listed["items"]} == {"p4", "p6", "p8", "p10", "p12", "p14"}

    async def test_streams_beyond_the_limit_are_refused(self, house: House, ending: httpx.AsyncClient) -> None:
        house.live.options = LiveOptions(streams=0)
        answer = await ending.get("/v1/recommendations/stream")
        assert answer.status_code == 429
        assert answer.json()["code"] == "too_many_streams"
        assert answer.headers["retry-after"]


class TestSimilar:
    async def test_products_like_a_product(self, client: httpx.AsyncClient) -> None:
        assert items(await client.get("/v1/products/p6/similar?size=2")) == ["p7", "p9"]
        assert items(await client.get("/v1/products/p6/similar?size=2&in_stock=false")) == ["p7", "p8"]

    async def test_an_unknown_product_is_not_found(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/products/nobody/similar")
        assert answer.status_code == 404
        assert answer.json()["code"] == "unknown_product"

    async def test_a_size_out_of_range_is_named(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/products/p6/similar?size=0")).status_code == 422


class TestRerank:
    async def test_documents_come_back_best_first(self, client: httpx.AsyncClient) -> None:
        documents = ["p3", {"id": "p20", "text": "rye"}, "nobody", "p8"]
        wire = {"query": "c:42", "documents": documents, "return_documents": True, "max_chunks_per_doc": 4}
        body = (await client.post("/v1/rerank", json=wire)).json()
        assert [result["index"] for result in body["results"]] == [1, 3, 0, 2]
        assert body["results"][0]["document"] == {"id": "p20", "text": "rye"}
        assert body["results"][-1]["relevance_score"] == 0.0

    async def test_only_the_first_are_given(self, client: httpx.AsyncClient) -> None:
        wire = {"query": "a:device", "documents": ["p3", "p4", "p5"], "top_n": 1}
        body = (await client.post("/v1/rerank", json=wire)).json()
        assert [result["index"] for result in body["results"]] == [2]
        assert "document" not in body["results"][0]

    async def test_a_query_that_is_no_profile_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/rerank", json={"query": "shoes", "documents": ["p1"]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query"


class TestADeletedProduct:
    """Is in no answer, whatever the caller asks for; the model still knows it."""

    @pytest.fixture(autouse=True)
    def delete(self, house: House) -> None:
        house.shelves.shelf = house.shelves.shelf.changed([Listing(product_id="p6", listed=False, in_stock=False)])

    async def test_it_is_not_listed_not_even_pinned_or_asked_for(self, client: httpx.AsyncClient) -> None:
        for wire in ({"size": 100}, {"pin": ["p6"]}, {"candidates": ["p6", "p7"]}, {"filters": {"in_stock": False}}):
            assert "p6" not in items(await client.post("/v1/recommendations", json=wire))

    async def test_nothing_is_like_it_and_it_is_like_nothing(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/products/p6/similar")).status_code == 404
        assert "p6" not in items(await client.get("/v1/products/p4/similar?in_stock=false"))

    async def test_it_scores_nothing_and_is_not_explained(self, client: httpx.AsyncClient) -> None:
        ranked = (await client.post("/v1/rerank", json={"query": "c:42", "documents": ["p6", "p1"]})).json()
        assert [result["index"] for result in ranked["results"]] == [1, 0]
        assert ranked["results"][1]["relevance_score"] == 0.0
        wire = {"request": {"customer_id": "42"}, "product_ids": ["p6", "p3"]}
        assert (await client.post("/v1/recommendations:explain", json=wire)).json()["unknown"] == ["p6"]


class TestExplain:
    async def test_contributions_add_up_to_the_score(self, client: httpx.AsyncClient) -> None:
        wire = {"request": {"customer_id": "42"}, "product_ids": ["p3", "nobody"]}
        body = (await client.post("/v1/recommendations:explain", json=wire)).json()
        assert body["unknown"] == ["nobody"]
        (item,) = body["items"]
        parts = sum(part["contribution"] for part in item["contributions"])
        assert item["base"] + parts == pytest.approx(item["score"], abs=1e-5)  # float32 sums

    async def test_without_a_model_it_says_so(self, tmp_path: Path) -> None:
        async with House(model_size=None).client(tmp_path) as client:
            answer = await client.post("/v1/recommendations:explain", json={"request": {}, "product_ids": ["p1"]})
        assert answer.status_code == 503
        assert answer.json()["code"] == "model_not_ready"


class TestOpenInference:
    async def test_the_bare_ranker_scores_a_matrix(self, client: httpx.AsyncClient) -> None:
        metadata = (await client.get("/v2/models/recommendation")).json()
        assert [tensor["name"] for tensor in metadata["inputs"]] == ["features", "history", "candidates"]
        width = metadata["inputs"][0]["shape"][1]
        wire = {
            "inputs": [
                {"name": "features", "shape": [2, width], "datatype": "FP32", "data": [None] * 2 * width},
                {"name": "history", "shape": [1], "datatype": "INT64", "data": [4]},
                {"name": "candidates", "shape": [2], "datatype": "INT64", "data": [6, 14]},
            ]
        }
        answer = (await client.post("/v2/models/recommendation/infer", json=wire)).json()
        assert answer["model_version"] == "1"
        assert answer["outputs"][0]["data"] == pytest.approx([8 / 32, 16 / 32])

    async def test_candidates_without_features_are_refused(self, client: httpx.AsyncClient) -> None:
        width = (await client.get("/v2/models/recommendation")).json()["inputs"][0]["shape"][1]
        wire = {
            "inputs": [
                {"name": "features", "shape": [1, width], "datatype": "FP32", "data": [0.0] * width},
                {"name": "history", "shape": [0], "datatype": "INT64", "data": []},
                {"name": "candidates", "shape": [2], "datatype": "INT64", "data": [6, 14]},
            ]
        }
        answer = await client.post("/v2/models/recommendation/infer", json=wire)
        assert answer.status_code == 400
        assert "candidates" in answer.json()["error"]

    async def test_before_the_first_model_there_is_none(self, tmp_path: Path) -> None:
        async with House(model_size=None).client(tmp_path) as client:
            assert (await client.get("/v2/models/recommendation")).status_code == 404
            assert (await client.get("/v2/health/live")).status_code == 200


class TestPlatform:
    async def test_probes_and_metrics_answer(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/recommendations", json={"placement": "email"})
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).json()["status"] == "ready"
        metrics = (await client.get("/metrics")).text
        assert 'merx_recommendation_answers_total{placement="email",strategy="popular"}' in metrics
        assert "merx_recommendation_stage_seconds_bucket" in metrics
