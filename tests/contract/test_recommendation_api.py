import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from merx_kit.http import Health
from merx_kit.http.api_keys import KeyFile, new_key
from merx_kit.http.lifespan import ASGIApp
from tests.contract.fuzzing import accepted, fuzz
from tests.unit.recommendation.house import House

COMMITTED = Path(__file__).parent / "openapi" / "recommendation.json"


STREAM = "/v1/recommendations/stream"
KNOWN = {"id": "p6", "name": "recommendation", "version": "1"}
KEY, RECORD = new_key("tests", ("recommend",))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_bytes(msgspec.json.encode(KeyFile((RECORD,))))
    return path


@pytest.fixture
def app(tmp_path: Path, keys: Path) -> ASGIApp:
    return House().app(tmp_path, api_keys_file=keys)


@pytest.fixture
def ending(tmp_path: Path, keys: Path) -> ASGIApp:
    """A service that drains, so that its streams end after their first list."""
    health = Health()
    health.drain()
    return House().app(tmp_path, api_keys_file=keys, health=health)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://merx", headers={"x-api-key": KEY})


async def document_of(app: ASGIApp) -> dict[str, Any]:
    async with client_of(app) as client:
        answer = await client.get("/openapi.json")
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def but(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document without one path."""
    return {**document, "paths": {name: item for name, item in document["paths"].items() if name != path}}


class TestOpenApi:
    async def test_the_committed_document_is_what_the_service_says(
        self, app: ASGIApp, request: pytest.FixtureRequest
    ) -> None:
        document = await document_of(app)
        if request.config.getoption("--update-openapi", default=False):
            COMMITTED.parent.mkdir(exist_ok=True)
            COMMITTED.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        assert json.loads(COMMITTED.read_text()) == document, "changed on purpose? `make openapi` writes it anew"

    async def test_every_example_is_answered(self, app: ASGIApp) -> None:
        document = await document_of(app)
        async with client_of(app) as client:
            asked = 0
            plain = {path: operations for path, operations in document["paths"].items() if "{" not in path}
            for path, operations in plain.items():
                content = operations.get("post", {}).get("requestBody", {}).get("content", {})
                for example in content.get("application/json", {}).get("examples", {}).values():
                    answer = await client.post(path, json=example["value"])
                    assert answer.status_code == 200, (path, answer.text)
                    asked += 1
        assert asked >= 4


class TestFuzz:
    async def test_generated_requests_get_an_answer_within_the_schema(self, app: ASGIApp) -> None:
        tally = fuzz(app, but(await document_of(app), STREAM), each=30, key=KEY, known=KNOWN)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    async def test_generated_streams_begin_or_are_refused(self, ending: ASGIApp) -> None:
        document = await document_of(ending)
        alone = {**document, "paths": {STREAM: document["paths"][STREAM]}}
        tally = fuzz(ending, alone, each=60, key=KEY)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    async def test_ten_thousand_requests(self, app: ASGIApp, record_property: Callable[[str, object], None]) -> None:
        document = but(await document_of(app), STREAM)
        tally = fuzz(app, document, each=2_500, key=KEY, known=KNOWN)
        record_property("requests", tally.total())
        record_property("accepted", accepted(tally))
        assert tally.total() >= 10_000
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3
