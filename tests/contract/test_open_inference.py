"""The service against the protocol's own description (KServe, Apache-2.0), read from the benchmark data."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

from merx_kit.http.gateway import Gateway
from merx_kit.oip import add_inference_routes
from tests.unit.kit.shop_api import Shop, client, shop_api
from tests.unit.kit.test_oip import BIAS, FEATURES, MODELS, infer

SPECIFICATION = Path(os.environ.get("MERX_BENCH_DATA", "/nonexistent")) / "specs" / "open-inference-rest.yaml"
pytestmark = pytest.mark.skipif(
    not SPECIFICATION.is_file(), reason="set MERX_BENCH_DATA to the folder that holds specs/open-inference-rest.yaml"
)


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(SPECIFICATION.read_text())
    return loaded


def app() -> Gateway:
    api = shop_api(Shop())
    add_inference_routes(api, lambda: MODELS)
    return api.build()


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with client(app()) as http:
        yield http


def check(specification: dict[str, Any], schema: str, body: object) -> None:
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": specification["components"]})


class TestTheSpecification:
    async def test_every_path_of_it_is_answered(self, web: httpx.AsyncClient, specification: dict[str, Any]) -> None:
        for path, methods in specification["paths"].items():
            real = path.replace("${MODEL_NAME}", "sums").replace("${MODEL_VERSION}", "3")
            assert not re.search(r"[{}$]", real)
            if "get" in methods:
                assert (await web.get(real)).status_code == 200, path
            if "post" in methods:
                assert (await web.post(real, json={"inputs": [FEATURES, BIAS]})).status_code == 200, path

    async def test_the_answers_have_its_shapes(self, web: httpx.AsyncClient, specification: dict[str, Any]) -> None:
        check(specification, "metadata_server_response", (await web.get("/v2/")).json())
        check(specification, "metadata_server_response", (await web.get("/v2")).json())
        check(specification, "metadata_model_response", (await web.get("/v2/models/sums")).json())
        check(specification, "inference_response", (await infer(web, FEATURES, BIAS, id="1")).json())

    async def test_the_errors_have_its_shapes(self, web: httpx.AsyncClient, specification: dict[str, Any]) -> None:
        check(specification, "inference_error_response", (await infer(web, FEATURES)).json())
        check(specification, "metadata_model_error_response", (await web.get("/v2/models/none")).json())

    async def test_requests_of_its_shape_are_understood(
        self, web: httpx.AsyncClient, specification: dict[str, Any]
    ) -> None:
        request = {"id": "1", "parameters": {"a": 1}, "inputs": [FEATURES | {"parameters": {}}, BIAS]}
        request["outputs"] = [{"name": "sum", "parameters": {"b": True}}]
        check(specification, "inference_request", request)
        assert (await web.post("/v2/models/sums/infer", json=request)).status_code == 200
