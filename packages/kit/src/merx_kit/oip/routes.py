"""The protocol's paths on an `Api`, with its own error bodies."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from numpy.typing import NDArray

from merx_core.contracts.inference import (
    InferError,
    InferRequest,
    InferResponse,
    InferTensor,
    ModelMetadata,
    TensorMetadata,
)
from merx_kit.errors import MerxError, NotFound, ValidationFailed
from merx_kit.http import Api, Reply, RequestContext
from merx_kit.http.problems import ErrorStyle
from merx_kit.http.reply import JSON, Answer
from merx_kit.oip.tensors import read_inputs, write_outputs

BASE = "/v2"
VERSION_BASE = "/v2/models/{name}/versions/{version}"
MODEL_BASE = "/v2/models/{name}"


class InferenceModel(Protocol):
    """A model in service: `metadata` names its versions, inputs and outputs; `infer` is called in a thread."""

    def metadata(self) -> ModelMetadata: ...

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]: ...


Models = Callable[[], Mapping[str, InferenceModel]]
"""The models in service now, by name; asked at every request, since models are swapped."""


class ServerMetadata(msgspec.Struct, frozen=True):
    name: str
    version: str
    extensions: tuple[str, ...] = ()


class Live(msgspec.Struct, frozen=True):
    live: bool


class Ready(msgspec.Struct, frozen=True):
    ready: bool


def render(error: MerxError, _: RequestContext) -> Answer:
    """{"error": ...}; the protocol knows 400 for everything that is wrong with a request's content."""
    status = 400 if error.status == ValidationFailed.status else error.status
    text = error.detail or error.title
    return Answer(status, msgspec.json.encode(InferError(text)), JSON, error.headers)


OIP_ERRORS = ErrorStyle(render, InferError, JSON)


def add_inference_routes(api: Api, models: Models, *, scope: str = "infer") -> None:
    """The routes of the protocol; metadata and health are open, inference needs `scope`."""
    calls = _Calls(api, models)
    api.error_style(f"{BASE}/", OIP_ERRORS)
    for path in (BASE, f"{BASE}/"):
        _open(api, path, calls.server, response=ServerMetadata, documented=path == BASE)
    _open(api, f"{BASE}/health/live", calls.live, response=Live)
    _open(api, f"{BASE}/health/ready", calls.ready, response=Ready)
    for base in (MODEL_BASE, VERSION_BASE):
        _open(api, base, calls.model, response=ModelMetadata, errors=[NotFound])
        _open(api, f"{base}/ready", calls.model_ready, response=Ready, errors=[NotFound])
        api.post(
            f"{base}/infer",
            calls.infer,
            request=InferRequest,
            response=InferResponse,
            scope=scope,
            errors=[NotFound],
            error_style=OIP_ERRORS,
            examples={"one row of two features": EXAMPLE},
            summary="Inference",
            tags=[TAG],
        )


TAG = "open inference protocol"
EXAMPLE = InferRequest(inputs=(InferTensor("features", (1, 2), "FP32", [0.5, 1.0]),), id="42")


def _open(api: Api, path: str, handler: Any, **options: Any) -> None:
    api.get(path, handler, admission=False, error_style=OIP_ERRORS, tags=[TAG], **options)


class _Calls:
    def __init__(self, api: Api, models: Models) -> None:
        self._api = api
        self._models = models

    async def server(self, _: None, context: RequestContext) -> ServerMetadata:  # noqa: ARG002
        return ServerMetadata(self._api.title, self._api.version)

    async def live(self, _: None, context: RequestContext) -> Live:  # noqa: ARG002
        return Live(live=True)

    async def ready(self, _: None, context: RequestContext) -> Reply:  # noqa: ARG002
        ready = bool(self._models()) and not self._api.health.failing()
        return Reply(Ready(ready), status=200 if ready else 503)

    async def model(self, _: None, context: RequestContext) -> ModelMetadata:
        return self._find(context).metadata()

    async def model_ready(self, _: None, context: RequestContext) -> Ready:
        self._find(context)
        return Ready(ready=True)

    async def infer(self, request: InferRequest, context: RequestContext) -> InferResponse:
        model = self._find(context)
        metadata = model.metadata()
        outputs = await asyncio.to_thread(_inferred, model, metadata.inputs, request)
        version = context.path_params.get("version") or (metadata.versions[-1] if metadata.versions else "")
        return InferResponse(metadata.name, outputs, version, request.id)

    def _find(self, context: RequestContext) -> InferenceModel:
        name, version = context.path_params["name"], context.path_params.get("version")
        model = self._models().get(name)
        if model is None:
            raise NotFound(f"there is no model `{name}` in service")
        if version is not None and version not in model.metadata().versions:
            raise NotFound(f"model `{name}` is not in service in version `{version}`")
        return model


def _inferred(
    model: InferenceModel, expected: tuple[TensorMetadata, ...], request: InferRequest
) -> tuple[InferTensor, ...]:
    return write_outputs(model.infer(read_inputs(request, expected)), request.outputs)
