import base64
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from merx_kit.http.lifespan import ASGIApp
from tests.contract.described import check_committed, client_of, document_of, examples_of, key_in
from tests.contract.fuzzing import accepted, fuzz
from tests.contract.test_open_inference import SPECIFICATION, check
from tests.unit.search.house import House
from tests.unit.search.shop import picture_of

MODEL = "all-minilm-l6-v2"
"""The packaged one, which the examples name."""
FIELDS = {
    "image": base64.b64encode(picture_of("ball-red")).decode(),
    "model": MODEL,
    "dimensions": 64,
    "cursor": "",
    "facets": ["brand"],
    "attributes": {"colour": ["red"]},
    "price_max": 2**53,
    "inputs": [{"name": "views", "shape": [1, 32, 32, 3], "datatype": "UINT8", "data": [200] * 32 * 32 * 3}],
    "outputs": [],
    "parameters": {},
}
KNOWN = {"id": "ball-red", "name": "pictures", "version": "7"}


@pytest.fixture
def held(tmp_path: Path) -> tuple[str, Path]:
    """A key, and the file that knows it."""
    return key_in(tmp_path, "search")


@pytest.fixture
def key(held: tuple[str, Path]) -> str:
    return held[0]


@pytest.fixture
def app(tmp_path: Path, held: tuple[str, Path]) -> ASGIApp:
    house = House()
    house.encoders.text_model = MODEL
    return house.app(tmp_path, api_keys_file=held[1])


class TestOpenApi:
    async def test_the_committed_document_is_what_the_service_says(
        self, app: ASGIApp, request: pytest.FixtureRequest
    ) -> None:
        check_committed(await document_of(app), "search", request)

    async def test_it_is_a_document_of_its_version(self, app: ASGIApp) -> None:
        OpenAPIV31SpecValidator(await document_of(app)).validate()

    async def test_every_example_is_answered(self, app: ASGIApp, key: str) -> None:
        examples = [one for one in examples_of(await document_of(app)) if "{" not in one[1]]
        async with client_of(app, key) as client:
            for method, path, _, body in examples:
                answer = await client.request(method, path, json=body)
                assert answer.status_code == 200, (path, answer.text)
        assert len(examples) >= 5


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="set MERX_BENCH_DATA to the folder that holds specs/")
class TestOpenInference:
    """The pictures' network under the protocol's own description."""

    async def test_every_path_of_it_is_answered_in_its_shape(self, app: ASGIApp, key: str) -> None:
        specification = yaml.safe_load(SPECIFICATION.read_text())
        view = {"name": "views", "shape": [1, 32, 32, 3], "datatype": "UINT8", "data": [200] * 3072}
        async with client_of(app, key) as client:
            for path, methods in specification["paths"].items():
                real = path.replace("${MODEL_NAME}", "pictures").replace("${MODEL_VERSION}", "7")
                if "get" in methods:
                    assert (await client.get(real)).status_code == 200, path
                if "post" in methods:
                    answer = await client.post(real, json={"id": "1", "inputs": [view]})
                    assert answer.status_code == 200, path
                    check(specification, "inference_response", answer.json())
            model = await client.get("/v2/models/pictures")
            check(specification, "metadata_model_response", model.json())
            refused = await client.post("/v2/models/pictures/infer", json={"inputs": [view | {"shape": [1, 1, 1, 3]}]})
            assert refused.status_code == 400
            check(specification, "inference_error_response", refused.json())


class TestFuzz:
    async def test_generated_requests_get_an_answer_within_the_schema(self, app: ASGIApp, key: str) -> None:
        tally = fuzz(app, await document_of(app), each=20, key=key, known=KNOWN, fields=FIELDS, rules=True)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    async def test_ten_thousand_requests(
        self, app: ASGIApp, key: str, record_property: Callable[[str, object], None]
    ) -> None:
        document = await document_of(app)
        tally = fuzz(app, document, each=700, key=key, known=KNOWN, fields=FIELDS, rules=True)
        record_property("requests", tally.total())
        record_property("accepted", accepted(tally))
        assert tally.total() >= 10_000
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3
