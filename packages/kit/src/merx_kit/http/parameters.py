"""Path and query parameters as msgspec structs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect

from merx_core.contracts.problem import FieldError
from merx_kit.errors import BadRequest, ValidationFailed
from merx_kit.http.problems import field_error

MAX_QUERY_FIELDS = 1_000

_SEQUENCES = (inspect.ListType, inspect.VarTupleType, inspect.SetType, inspect.FrozenSetType, inspect.TupleType)


class Parameters:
    """Texts into the fields of `struct`; a field of a sequence type may be given several times."""

    def __init__(self, struct: type[Any]) -> None:
        info = inspect.type_info(struct)
        if not isinstance(info, inspect.StructType):
            raise TypeError(f"{struct!r} is no msgspec struct")
        self.struct = struct
        self._sequences = {field.encode_name for field in info.fields if _is_sequence(field.type)}

    def from_query(self, query_string: bytes) -> Any:
        return self.convert(self._collect(query_string))

    def convert(self, values: Mapping[str, object]) -> Any:
        """The struct; a `ValidationFailed` names the parameter, not a JSON pointer."""
        try:
            return msgspec.convert(values, self.struct, strict=False)
        except msgspec.ValidationError as error:
            field = field_error(str(error))
            name = field.pointer.removeprefix("/").split("/")[0]
            message = f"parameter `{name}`: {field.detail}" if name else field.detail
            raise ValidationFailed(message, errors=(FieldError(name, field.detail),)) from None

    def _collect(self, query_string: bytes) -> dict[str, object]:
        values: dict[str, object] = {}
        for name, value in _pairs(query_string):
            if name not in self._sequences:
                values[name] = value
            elif isinstance(held := values.setdefault(name, []), list):
                held.append(value)
        return values


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except ValueError as error:
        raise BadRequest(f"The query string cannot be read: {error}.") from None


def _is_sequence(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return any(isinstance(choice, _SEQUENCES) for choice in kind.types)
    return isinstance(kind, _SEQUENCES)
