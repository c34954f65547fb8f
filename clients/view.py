"""What a shop's own code needs of a service's OpenAPI document: the document that clients are generated from.

Calls under /v1 alone (probes belong to the platform, /v2 to clients of the Open Inference Protocol), one media type of
a body, one answer, and one refusal in place of a dozen that look the same.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

STREAM = "text/event-stream"
BYTES = {"type": "string", "format": "binary"}
_METHODS = {"get", "put", "post", "delete", "patch"}


def for_callers(document: Json) -> Json:
    """The view of `document`, which stays as it is."""
    whole = copy.deepcopy(document)
    paths = {
        path: {method: _operation(operation) for method, operation in methods.items() if method in _METHODS}
        for path, methods in whole["paths"].items()
        if path.startswith("/v1/")
    }
    return _with_what_it_names({**whole, "paths": paths})


def for_python(document: Json) -> Json:
    """The same, where refusals are exceptions and no answers, and bytes need a schema to be known as such."""
    view = for_callers(document)
    for methods in view["paths"].values():
        for operation in methods.values():
            del operation["responses"]["default"]
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in part.get("content", {}).values():
                    media.setdefault("schema", BYTES)
    return _with_what_it_names(view)


def _operation(operation: Json) -> Json:
    """Its id without the version: `post_v1_prices_quote` is `post_prices_quote`; streams have a tag of their own."""
    answers = operation["responses"]
    content = {status: answer for status, answer in answers.items() if status < "400"}
    refusal = next(answer for status, answer in answers.items() if status >= "400")
    streams = any(STREAM in answer.get("content", {}) for answer in content.values())
    made = {
        **operation,
        "operationId": re.sub(r"^([a-z]+)_v1_", r"\1_", operation["operationId"]),
        "tags": ["streams" if streams else "calls"],
        "responses": {
            **{status: _answer(answer) for status, answer in content.items()},
            "default": {"description": "Refused", "content": refusal["content"]},
        },
    }
    if "requestBody" in operation:
        # Bodies of several media types have one schema, and all of them take plain JSON.
        media_type, media = next(iter(operation["requestBody"]["content"].items()))
        # What bytes are is a language's own matter: a generator for TypeScript would take them for a string.
        known = {} if media.get("schema", {}).get("format") == BYTES["format"] else media
        made["requestBody"] = {**operation["requestBody"], "content": {media_type: known}}
    return made


def _answer(answer: Json) -> Json:
    """Headers are the transport's; the schema of a stream is that of one event's data."""
    content = answer.get("content", {})
    if STREAM in content:
        content = {STREAM: {"schema": content[STREAM]["schema"]["properties"]["data"]["contentSchema"]}}
    return {"description": answer["description"], **({"content": content} if content else {})}


def _with_what_it_names(view: Json) -> Json:
    """Of the schemas, those that the calls name and those that these name."""
    schemas = view["components"]["schemas"]
    found: set[str] = set()
    waiting = list(_named(view["paths"]))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(schemas[name])
    kept = {name: schema for name, schema in schemas.items() if name in found}
    return {**view, "components": {**view["components"], "schemas": kept}}


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.rsplit("/", 1)[1]
        for part in value.values():
            yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)
