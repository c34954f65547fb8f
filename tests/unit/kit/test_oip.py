"""Open Inference Protocol v2: tensors in and out, and the refusals in the protocol's own words."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from merx_core.contracts.inference import ModelMetadata, TensorMetadata
from merx_kit.oip import add_inference_routes
from merx_kit.oip.tensors import DTYPES
from tests.unit.kit.shop_api import JSON, Shop, client, shop_api


class RowSums:
    """Sums each row of `features`, adds `bias`; `names` come back as they went in."""

    def metadata(self) -> ModelMetadata:
        return ModelMetadata(
            name="sums",
            versions=("3", "4"),
            platform="merx_numpy",
            inputs=(TensorMetadata("features", "FP32", (-1, 2)), TensorMetadata("bias", "INT64", (-1,))),
            outputs=(TensorMetadata("sum", "FP32", (-1,)), TensorMetadata("bias", "INT64", (-1,))),
        )

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        return {"sum": inputs["features"].sum(axis=1) + inputs["bias"].astype(np.float32), "bias": inputs["bias"]}


class Echo:
    """Gives back a flat tensor of any datatype."""

    def __init__(self, datatype: str) -> None:
        self.datatype = datatype

    def metadata(self) -> ModelMetadata:
        tensor = TensorMetadata("x", self.datatype, (-1,))
        return ModelMetadata("echo", ("1",), "merx_numpy", (tensor,), (tensor,))

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        return inputs


MODELS = {"sums": RowSums()} | {f"echo-{datatype}": Echo(datatype) for datatype in DTYPES}


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    api = shop_api(Shop())
    add_inference_routes(api, lambda: MODELS)
    async with client(api.build()) as http:
        yield http


def tensor(name: str, shape: list[int], datatype: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


FEATURES = tensor("features", [2, 2], "FP32", [1, 2.5, 3, 4])
BIAS = tensor("bias", [2], "INT64", [10, 20])


async def infer(web: httpx.AsyncClient, *inputs: dict[str, Any], model: str = "sums", **rest: Any) -> httpx.Response:
    return await web.post(f"/v2/models/{model}/infer", json={"inputs": list(inputs), **rest})


class TestInference:
    async def test_rows_in_sums_out(self, web: httpx.AsyncClient) -> None:
        answer = await infer(web, FEATURES, BIAS, id="42")
        assert answer.json() == {
            "model_name": "sums",
            "model_version": "4",
            "id": "42",
            "outputs": [tensor("sum", [2], "FP32", [13.5, 27.0]), tensor("bias", [2], "INT64", [10, 20])],
        }

    async def test_data_may_be_nested(self, web: httpx.AsyncClient) -> None:
        nested = tensor("features", [2, 2], "FP32", [[1, 2.5], [3, 4]])
        assert (await infer(web, nested, BIAS)).json()["outputs"] == (await infer(web, FEATURES, BIAS)).json()[
            "outputs"
        ]

    async def test_the_order_of_inputs_does_not_matter(self, web: httpx.AsyncClient) -> None:
        assert (await infer(web, BIAS, FEATURES)).content == (await infer(web, FEATURES, BIAS)).content

    async def test_only_the_outputs_asked_for(self, web: httpx.AsyncClient) -> None:
        answer = await infer(web, FEATURES, BIAS, outputs=[{"name": "bias"}])
        assert [output["name"] for output in answer.json()["outputs"]] == ["bias"]

    async def test_no_rows_give_no_sums(self, web: httpx.AsyncClient) -> None:
        answer = await infer(web, tensor("features", [0, 2], "FP32", []), tensor("bias", [0], "INT64", []))
        assert answer.json()["outputs"][0] == tensor("sum", [0], "FP32", [])

    async def test_a_version_in_service_is_answered(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v2/models/sums/versions/3/infer", json={"inputs": [FEATURES, BIAS]})
        assert answer.json()["model_version"] == "3"

    @pytest.mark.parametrize(
        ("datatype", "data"),
        [("BOOL", [True, False]), ("BYTES", ["a", "ü"]), ("FP64", [1e300, -0.5]), ("FP16", [0.5, 2.0])]
        + [(name, [0, 127]) for name in DTYPES if "INT" in name],
    )
    async def test_every_datatype_comes_back_as_it_went(
        self, web: httpx.AsyncClient, datatype: str, data: list[Any]
    ) -> None:
        answer = await infer(web, tensor("x", [2], datatype, data), model=f"echo-{datatype}")
        assert answer.json()["outputs"] == [tensor("x", [2], datatype, data)]


class TestRefusals:
    @pytest.mark.parametrize(
        ("inputs", "says"),
        [
            ([FEATURES], "missing inputs: `bias`"),
            ([FEATURES, FEATURES, BIAS], "`features` is given twice"),
            ([FEATURES, BIAS, tensor("y", [1], "FP32", [1])], "there is no input `y`"),
            ([FEATURES | {"datatype": "FP64"}, BIAS], "`features` must be FP32, not FP64"),
            ([FEATURES | {"shape": [4]}, BIAS], "has shape [4], expected [-1, 2]"),
            ([FEATURES | {"shape": [1, 4]}, BIAS], "has shape [1, 4], expected [-1, 2]"),
            ([FEATURES | {"shape": [-2, -2]}, BIAS], "expected [-1, 2]"),
            ([FEATURES | {"shape": [3, 2]}, BIAS], "do not have its shape [3, 2]"),
            ([FEATURES | {"data": [[1, 2, 3], [4]]}, BIAS], "do not have its shape [2, 2]"),
            ([FEATURES | {"data": [[1, 2], 3, 4]}, BIAS], "do not have its shape [2, 2]"),
            ([FEATURES | {"data": [1, 2, 3, "x"]}, BIAS], "not FP32"),
            ([FEATURES | {"data": [1, 2, 3, True]}, BIAS], "not FP32"),
            ([FEATURES | {"data": [1, 2, 3, 1e39]}, BIAS], "beyond the range of FP32"),
            ([FEATURES, BIAS | {"data": [1.5, 2]}], "not INT64"),
            ([FEATURES, BIAS | {"data": [2**63, 2]}], "not INT64"),
            ([FEATURES, BIAS | {"data": [None, 2]}], "not INT64"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, web: httpx.AsyncClient, inputs: list[dict[str, Any]], says: str
    ) -> None:
        answer = await infer(web, *inputs)
        assert answer.status_code == 400
        assert list(answer.json()) == ["error"]
        assert says in answer.json()["error"]

    async def test_an_unsigned_tensor_takes_no_negative(self, web: httpx.AsyncClient) -> None:
        assert (await infer(web, tensor("x", [1], "UINT8", [-1]), model="echo-UINT8")).status_code == 400
        assert (await infer(web, tensor("x", [1], "UINT8", [256]), model="echo-UINT8")).status_code == 400

    async def test_an_unknown_output_is_refused(self, web: httpx.AsyncClient) -> None:
        answer = await infer(web, FEATURES, BIAS, outputs=[{"name": "product"}])
        assert answer.json() == {"error": "there is no output `product`; the model gives `sum`, `bias`"}

    async def test_what_is_no_json_is_refused_in_the_protocols_words(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v2/models/sums/infer", content='{"inputs": [NaN]}', headers=JSON)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])

    async def test_missing_fields_are_a_400(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v2/models/sums/infer", json={})
        assert (answer.status_code, list(answer.json())) == (400, ["error"])

    @pytest.mark.parametrize("path", ["/v2/models/none", "/v2/models/sums/versions/9/ready", "/v2/nothing"])
    async def test_an_unknown_model_version_or_path_is_a_404(self, web: httpx.AsyncClient, path: str) -> None:
        answer = await web.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


class TestMissingValues:
    async def test_null_in_a_float_tensor_is_a_missing_value(self) -> None:
        class Missing(RowSums):
            def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
                return {"sum": np.isnan(inputs["features"]).sum(axis=1).astype(np.float32)}

        api = shop_api(Shop())
        add_inference_routes(api, lambda: {"sums": Missing()})
        async with client(api.build()) as web:
            answer = await infer(web, FEATURES | {"data": [None, 2, 3, None]}, BIAS)
        assert answer.json()["outputs"][0]["data"] == [1.0, 1.0]

    async def test_an_output_that_is_no_number_is_refused(self, web: httpx.AsyncClient) -> None:
        answer = await infer(web, FEATURES | {"data": [None, 2, 3, 4]}, BIAS)
        assert answer.status_code == 400
        assert "output `sum` is not a finite number" in answer.json()["error"]


class TestHealth:
    async def test_without_a_model_the_server_lives_and_is_not_ready(self) -> None:
        api = shop_api(Shop())
        add_inference_routes(api, dict)
        async with client(api.build()) as web:
            assert (await web.get("/v2/health/live")).json() == {"live": True}
            answer = await web.get("/v2/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"ready": False})

    async def test_with_a_model_it_is(self, web: httpx.AsyncClient) -> None:
        for path in ("/v2/health/ready", "/v2/models/sums/ready", "/v2/models/sums/versions/3/ready"):
            assert (await web.get(path)).json() == {"ready": True}
