from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from merx_core.contracts.intake import ImportJob, ImportState
from merx_kit.http.api_keys import KeyFile, new_key
from merx_kit.http.lifespan import ASGIApp
from tests.contract.described import check_committed, client_of, document_of, examples_of, key_in
from tests.contract.fuzzing import accepted, fuzz
from tests.unit.intake.house import EVENT, NOW, House

SCOPES = ("events:write", "catalogue:write", "imports:write", "imports:read")
KNOWN = {"id": "import-1"}


@pytest.fixture
def held(tmp_path: Path) -> tuple[str, Path]:
    """A key, and the file that knows it."""
    return key_in(tmp_path, *SCOPES)


@pytest.fixture
def key(held: tuple[str, Path]) -> str:
    return held[0]


@pytest.fixture
def app(tmp_path: Path, held: tuple[str, Path]) -> ASGIApp:
    house = House(tmp_path, api_keys_file=held[1])
    job = ImportJob(id="import-1", state=ImportState.DONE, file_name="a.tsv", bytes=1, created=NOW, report={})
    house.jobs.add(job)
    return house.app()


class TestOpenApi:
    async def test_the_committed_document_is_what_the_service_says(
        self, app: ASGIApp, request: pytest.FixtureRequest
    ) -> None:
        check_committed(await document_of(app), "intake", request)

    async def test_every_example_is_taken(self, app: ASGIApp, key: str) -> None:
        examples = list(examples_of(await document_of(app)))
        async with client_of(app, key) as client:
            for method, path, media_type, body in examples:
                content = msgspec.json.encode(body)
                headers = {"content-type": media_type}
                answer = await client.request(method, path.replace("{id}", "1042"), content=content, headers=headers)
                assert answer.status_code == 200, (path, answer.text)
                assert answer.json().get("rejected", 0) == 0, (path, answer.text)
        assert len(examples) >= 12


class TestScopes:
    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("POST", "/v1/events", "events:write"),
            ("PUT", "/v1/products/p1", "catalogue:write"),
            ("DELETE", "/v1/products/p1", "catalogue:write"),
            ("POST", "/v1/stock:batch", "catalogue:write"),
            ("POST", "/v1/imports", "imports:write"),
            ("GET", "/v1/imports", "imports:read"),
        ],
    )
    async def test_a_call_needs_its_own_scope(self, tmp_path: Path, method: str, path: str, scope: str) -> None:
        with_scope, right = new_key("right", (scope,))
        without, wrong = new_key("wrong", tuple(one for one in SCOPES if one != scope))
        keys = tmp_path / "keys.json"
        keys.write_bytes(msgspec.json.encode(KeyFile((right, wrong))))
        app = House(tmp_path, api_keys_file=keys).app()
        statuses = []
        for held in ("", "unknown", without, with_scope):
            async with client_of(app, held) as client:
                body = {"idempotency-key": "k", "content-type": "application/json"}
                answer = await client.request(method, path, content=msgspec.json.encode([EVENT]), headers=body)
                statuses.append(answer.status_code)
        assert statuses[:3] == [401, 401, 403]
        assert statuses[3] in {200, 202, 204, 422}


class TestFuzz:
    async def test_generated_requests_get_an_answer_within_the_schema(self, app: ASGIApp, key: str) -> None:
        tally = fuzz(app, await document_of(app), each=40, key=key, known=KNOWN, rules=True)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    async def test_ten_thousand_requests(
        self, app: ASGIApp, key: str, record_property: Callable[[str, object], None]
    ) -> None:
        document = await document_of(app)
        tally = fuzz(app, document, each=1_000, key=key, known=KNOWN, rules=True)
        record_property("requests", tally.total())
        record_property("accepted", accepted(tally))
        assert tally.total() >= 10_000
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3
