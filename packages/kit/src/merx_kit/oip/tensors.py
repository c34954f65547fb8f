"""JSON tensors of the protocol into numpy arrays and back; every refusal says which tensor, and why."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from merx_core.contracts.inference import InferRequest, InferTensor, RequestedOutput, TensorMetadata
from merx_kit.errors import BadRequest

DTYPES: Mapping[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "UINT64": np.dtype(np.uint64),
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "FP16": np.dtype(np.float16),
    "FP32": np.dtype(np.float32),
    "FP64": np.dtype(np.float64),
    "BYTES": np.dtype(np.object_),
}
DATATYPES: Mapping[np.dtype[Any], str] = {dtype: name for name, dtype in DTYPES.items()}

_ELEMENTS: Mapping[str, Any] = {
    "b": list[bool],
    "u": list[int],
    "i": list[int],
    "f": list[float | None],
    "O": list[str],
}
"""What JSON may hold for each kind of dtype; null in a float tensor is a missing value (JSON cannot write NaN)."""


def read_inputs(request: InferRequest, expected: Sequence[TensorMetadata]) -> dict[str, NDArray[Any]]:
    """The arrays by name: exactly the inputs that the model declares."""
    declared = {tensor.name: tensor for tensor in expected}
    arrays: dict[str, NDArray[Any]] = {}
    for tensor in request.inputs:
        if tensor.name in arrays:
            raise BadRequest(f"input `{tensor.name}` is given twice")
        if tensor.name not in declared:
            raise BadRequest(f"there is no input `{tensor.name}`; the model takes {_listed(declared)}")
        arrays[tensor.name] = read_tensor(tensor, declared[tensor.name])
    missing = [name for name in declared if name not in arrays]
    if missing:
        raise BadRequest(f"missing inputs: {_listed(missing)}")
    return arrays


def read_tensor(tensor: InferTensor, expected: TensorMetadata) -> NDArray[Any]:
    if tensor.datatype != expected.datatype:
        raise BadRequest(f"input `{tensor.name}` must be {expected.datatype}, not {tensor.datatype}")
    if not _fits(tensor.shape, expected.shape):
        raise BadRequest(f"input `{tensor.name}` has shape {list(tensor.shape)}, expected {list(expected.shape)}")
    dtype = DTYPES.get(tensor.datatype)
    if dtype is None:
        raise BadRequest(f"datatype {tensor.datatype} cannot be sent as JSON")
    flat = _flat(tensor)
    try:
        elements = msgspec.convert(flat, _ELEMENTS[dtype.kind])
        with np.errstate(over="ignore"):  # an overflow is refused below, by name
            array = np.array(elements, dtype=dtype)
    except (msgspec.ValidationError, OverflowError) as error:
        raise BadRequest(f"input `{tensor.name}` holds a value that is not {tensor.datatype}: {error}") from None
    if dtype.kind == "f" and np.isinf(array).any():
        raise BadRequest(f"input `{tensor.name}` holds a number beyond the range of {tensor.datatype}")
    return array.reshape(tensor.shape)


def write_outputs(arrays: Mapping[str, NDArray[Any]], requested: Sequence[RequestedOutput]) -> tuple[InferTensor, ...]:
    """The outputs asked for, or all; JSON has no NaN or infinity, so that a model that gives one is refused."""
    unknown = [output.name for output in requested if output.name not in arrays]
    if unknown:
        raise BadRequest(f"there is no output {_listed(unknown)}; the model gives {_listed(arrays)}")
    names = [output.name for output in requested] or list(arrays)
    return tuple(_written(name, arrays[name]) for name in names)


def _written(name: str, array: NDArray[Any]) -> InferTensor:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BadRequest(f"output `{name}` is not a finite number for these inputs")
    return InferTensor(name=name, shape=array.shape, datatype=DATATYPES[array.dtype], data=array.ravel().tolist())


def _fits(shape: Sequence[int], expected: Sequence[int]) -> bool:
    if len(shape) != len(expected) or any(size < 0 for size in shape):
        return False
    return all(wanted in (-1, size) for size, wanted in zip(shape, expected, strict=True))


def _flat(tensor: InferTensor) -> list[Any]:
    """Row-major elements; `data` is flat, or nested exactly as `shape` says."""
    data: list[Any] = tensor.data
    if data and isinstance(data[0], list):
        if len(data) != tensor.shape[0]:
            raise _misshapen(tensor)
        for size in tensor.shape[1:]:
            if any(not isinstance(row, list) or len(row) != size for row in data):
                raise _misshapen(tensor)
            data = list(chain.from_iterable(data))
    if len(data) != math.prod(tensor.shape):
        raise _misshapen(tensor)
    return data


def _misshapen(tensor: InferTensor) -> BadRequest:
    return BadRequest(f"the data of input `{tensor.name}` do not have its shape {list(tensor.shape)}")


def _listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
