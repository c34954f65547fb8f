"""OpenAPI 3.1 from the endpoints and msgspec's schemas."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from merx_kit import errors
from merx_kit.errors import MerxError
from merx_kit.http.endpoint import Endpoint
from merx_kit.http.streaming import EVENT_STREAM

REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"{(\w+)}")

Json = dict[str, Any]


def document(title: str, version: str, description: str, endpoints: Iterable[Endpoint]) -> Json:
    shown = [endpoint for endpoint in endpoints if endpoint.options.get("documented", True)]
    schemas = _Schemas(shown)
    paths: dict[str, Json] = {}
    for endpoint in shown:
        paths.setdefault(endpoint.route, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a JWT where set up."},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def refusals(endpoint: Endpoint) -> dict[int, list[type[MerxError]]]:
    """By status, what this endpoint may refuse with: the common ones that apply, and its own."""
    classes: list[type[MerxError]] = [errors.BadRequest, errors.DeadlineExceeded, MerxError]
    options = endpoint.options
    if endpoint.scope:
        classes += [errors.Unauthorized, errors.Forbidden, errors.RateLimited]
    classes += _of_the_body(endpoint)
    if endpoint.admitted:
        classes.append(errors.Overloaded)
    if endpoint.idempotent:
        classes += [errors.IdempotencyKeyMissing, errors.IdempotencyInFlight, errors.IdempotencyKeyReused]
    by_status: dict[int, list[type[MerxError]]] = {}
    for error in (*classes, *options.get("errors", ())):
        known = by_status.setdefault(error.status, [])
        if error not in known:
            known.append(error)
    return dict(sorted(by_status.items()))


def _of_the_body(endpoint: Endpoint) -> Iterator[type[MerxError]]:
    if endpoint.takes_body or endpoint.takes_upload:
        yield errors.PayloadTooLarge
    if endpoint.takes_body:
        yield errors.UnsupportedMediaType
    if endpoint.validates:
        yield errors.ValidationFailed


class _Schemas:
    """The schemas of everything that the endpoints name, resolved together so that shared structs appear once."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        found: dict[Any, None] = {}
        for endpoint in endpoints:
            options = endpoint.options
            named = (options.get(name) for name in ("request", "response", "path_params", "query"))
            kinds = (*named, *options.get("shapes", ()), *options.get("records", ()), endpoint.error_style.body)
            found.update(dict.fromkeys(kind for kind in kinds if kind is not None))
        schemas, self.components = msgspec.json.schema_components(list(found), ref_template=REF)
        _say_what_is_a_time(self.components, list(found))
        self._of = dict(zip(found, schemas, strict=True))

    def of(self, kind: Any) -> Json:
        schema: Json = self._of[kind]
        return schema

    def fields(self, kind: Any) -> tuple[Json, set[str]]:
        """The properties of a struct and the names of the required ones."""
        schema = self.components[self._of[kind]["$ref"].rsplit("/", 1)[1]]
        return schema["properties"], set(schema.get("required", ()))


def _say_what_is_a_time(components: Json, types: list[Any]) -> None:
    """Of a field that takes a time msgspec says `string` alone, unless the field refuses a time without an offset."""
    waiting = list(inspect.multi_type_info(types))
    seen: set[type] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, inspect.StructType) and one.cls not in seen:
            seen.add(one.cls)
            properties = components[one.cls.__name__]["properties"]
            for field in one.fields:
                waiting.append(field.type)
                if schema := _time_in(field.type, properties[field.encode_name]):
                    schema["format"] = "date-time"
        waiting += _parts(one)


def _parts(one: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.UnionType):
        yield from one.types
    elif isinstance(one, inspect.CollectionType):
        yield one.item_type
    elif isinstance(one, inspect.DictType):
        yield one.value_type
    elif isinstance(one, inspect.Metadata):
        yield one.type


def _time_in(one: inspect.Type, schema: Json) -> Json | None:
    """The part of a field's schema that stands for a time."""
    if isinstance(one, inspect.UnionType) and "anyOf" in schema:
        parts = (part for part in schema["anyOf"] if part.get("type") == "string")
        return next(parts, None) if any(isinstance(each, inspect.DateTimeType) for each in one.types) else None
    return schema if isinstance(one, inspect.DateTimeType) else None


def _operation(endpoint: Endpoint, schemas: _Schemas) -> Json:
    options = endpoint.options
    operation: Json = {
        "operationId": operation_id(endpoint),
        "summary": options.get("summary", ""),
        "tags": list(options.get("tags", ())),
        "parameters": _parameters(endpoint, schemas),
        "responses": _responses(endpoint, schemas),
    }
    if options.get("description"):
        operation["description"] = options["description"]
    if endpoint.takes_body:
        body = {"anyOf": [schemas.of(shape) for shape in options["shapes"]]} if "shapes" in options else None
        content = _media(body or schemas.of(options["request"]), options.get("examples"))
        types = ("application/json", *options.get("media_types", ()))
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(types, content)}
    if endpoint.takes_upload:
        file = {"type": "string", "format": "binary", "minLength": 1}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": file}}}
    if endpoint.scope:
        # OpenAPI 3.1 lets every kind of scheme name the roles it needs.
        operation["security"] = [{"bearer": [endpoint.scope]}, {"apiKey": [endpoint.scope]}]
    return operation


def operation_id(endpoint: Endpoint) -> str:
    words = re.sub(r"\W+", "_", endpoint.route).strip("_")
    return f"{endpoint.method.lower()}_{words}"


def _parameters(endpoint: Endpoint, schemas: _Schemas) -> list[Json]:
    options = endpoint.options
    path = schemas.fields(options["path_params"])[0] if "path_params" in options else {}
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": path.get(name, {"type": "string", "minLength": 1})}
        for name in _PARAMETER.findall(endpoint.route)
    ]
    if "query" in options:
        properties, required = schemas.fields(options["query"])
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in properties.items()
        ]
    if endpoint.idempotent:
        key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!#-~][ -~]*$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return parameters


def _responses(endpoint: Endpoint, schemas: _Schemas) -> Json:
    options = endpoint.options
    request_id = {"X-Request-Id": {"schema": {"type": "string"}}}
    success: Json = {"description": "The answer", "headers": request_id}
    if "response" in options:
        content = _media(schemas.of(options["response"]), options.get("response_examples"))
        streams = options.get("stream")
        success["content"] = {EVENT_STREAM: _event(content)} if streams else {"application/json": content}
    if "produces" in options:
        success["content"] = {options["produces"]: {}}
    responses: Json = {str(endpoint.status): success}
    if "response" in options and endpoint.route == "/readyz":
        responses["503"] = {**success, "description": "Not ready"}
    style = endpoint.error_style
    for status, classes in refusals(endpoint).items():
        headers: Json = dict(request_id)
        if status == errors.Overloaded.status:
            headers["Retry-After"] = {"schema": {"type": "integer", "minimum": 1}}
        responses.setdefault(
            str(status),
            {
                "description": "; ".join(f"{error.title} (`{error.code}`)" for error in classes),
                "headers": headers,
                "content": {style.media_type: {"schema": schemas.of(style.body)}},
            },
        )
    return responses


def _event(data: Json) -> Json:
    """One server-sent event whose data is JSON, in the words of OpenAPI 3.2."""
    text = {"type": "string", "contentMediaType": "application/json", "contentSchema": data["schema"]}
    named = {"id": {"type": "string"}, "event": {"type": "string"}, "data": text}
    return {"schema": {"type": "object", "properties": named, "required": ["data"]}}


def _media(schema: Json, examples: Mapping[str, object] | None) -> Json:
    media: Json = {"schema": schema}
    if examples:
        media["examples"] = {name: {"value": msgspec.to_builtins(value)} for name, value in examples.items()}
    return media
