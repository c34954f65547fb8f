from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from merx_core.features import RANKING_COLUMNS
from merx_kit.http import Health
from merx_kit.http.lifespan import ASGIApp
from tests.contract.described import check_committed, client_of, document_of, examples_of, key_in
from tests.contract.fuzzing import accepted, fuzz
from tests.unit.recommendation.house import House

STREAM = "/v1/recommendations/stream"
KNOWN = {"id": "p6", "name": "recommendation", "version": "1"}
RANKED = [
    {"name": "features", "shape": [1, len(RANKING_COLUMNS)], "datatype": "FP32", "data": [None] * len(RANKING_COLUMNS)},
    {"name": "history", "shape": [1], "datatype": "INT64", "data": [4]},
    {"name": "candidates", "shape": [1], "datatype": "INT64", "data": [6]},
]
FIELDS = {"inputs": RANKED, "outputs": [], "parameters": {}}


@pytest.fixture
def held(tmp_path: Path) -> tuple[str, Path]:
    """A key, and the file that knows it."""
    return key_in(tmp_path, "recommend")


@pytest.fixture
def key(held: tuple[str, Path]) -> str:
    return held[0]


@pytest.fixture
def app(tmp_path: Path, held: tuple[str, Path]) -> ASGIApp:
    return House().app(tmp_path, api_keys_file=held[1])


@pytest.fixture
def ending(tmp_path: Path, held: tuple[str, Path]) -> ASGIApp:
    """A service that drains, so that its streams end after their first list."""
    health = Health()
    health.drain()
    return House().app(tmp_path, api_keys_file=held[1], health=health)


def but(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document without one path."""
    return {**document, "paths": {name: item for name, item in document["paths"].items() if name != path}}


class TestOpenApi:
    async def test_the_committed_document_is_what_the_service_says(
        self, app: ASGIApp, request: pytest.FixtureRequest
    ) -> None:
        check_committed(await document_of(app), "recommendation", request)

    async def test_every_example_is_answered(self, app: ASGIApp, key: str) -> None:
        examples = [one for one in examples_of(await document_of(app)) if "{" not in one[1]]
        async with client_of(app, key) as client:
            for method, path, _, body in examples:
                answer = await client.request(method, path, json=body)
                assert answer.status_code == 200, (path, answer.text)
        assert len(examples) >= 4


class TestFuzz:
    async def test_generated_requests_get_an_answer_within_the_schema(self, app: ASGIApp, key: str) -> None:
        tally = fuzz(app, but(await document_of(app), STREAM), each=30, key=key, known=KNOWN, fields=FIELDS)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    async def test_generated_streams_begin_or_are_refused(self, ending: ASGIApp, key: str) -> None:
        document = await document_of(ending)
        alone = {**document, "paths": {STREAM: document["paths"][STREAM]}}
        tally = fuzz(ending, alone, each=60, key=key)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    async def test_ten_thousand_requests(
        self, app: ASGIApp, key: str, record_property: Callable[[str, object], None]
    ) -> None:
        document = but(await document_of(app), STREAM)
        tally = fuzz(app, document, each=2_500, key=key, known=KNOWN, fields=FIELDS)
        record_property("requests", tally.total())
        record_property("accepted", accepted(tally))
        assert tally.total() >= 10_000
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3
