"""Open Inference Protocol v2 (KServe V2), the JSON bodies of `/v2/models/{name}/infer`."""

from typing import Any

import msgspec


class TensorMetadata(msgspec.Struct, frozen=True):
    """Name, datatype (FP32, INT64, ...) and shape of one tensor; -1 marks a dimension that varies."""

    name: str
    datatype: str
    shape: tuple[int, ...]


class ModelMetadata(msgspec.Struct, frozen=True):
    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]


class InferTensor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tensor; `data` is flat in row-major order, or nested."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] = {}


class RequestedOutput(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    parameters: dict[str, Any] = {}


class InferRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    inputs: tuple[InferTensor, ...]
    id: str = ""
    parameters: dict[str, Any] = {}
    outputs: tuple[RequestedOutput, ...] = ()


class InferResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    model_name: str
    outputs: tuple[InferTensor, ...]
    model_version: str = ""
    id: str = ""
    parameters: dict[str, Any] = {}


class InferError(msgspec.Struct, frozen=True):
    """The protocol's own error body; problem details do not apply on its paths."""

    error: str
