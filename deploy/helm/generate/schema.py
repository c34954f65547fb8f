"""Documented values as JSON Schema: what a chart accepts, and nothing else."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.helm.generate.comments import CommentRefused, Value

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SHAPES: Mapping[str, Schema] = yaml.safe_load((Path(__file__).parent / "shapes.yaml").read_text())
"""What lists and maps of the chart's own hold, by the name that comments use."""
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def chart_schema(values: Iterable[Value], *, workload: Iterable[Value] = (), aliased: bool = False) -> Schema:
    """The schema of a values file. `workload` are the values of the chart that `(workload)` keys alias; `aliased` lets
    in what a parent chart hands down."""
    properties = {value.path[-1]: _schema(value) for value in values}
    if aliased:
        properties["enabled"] = {"type": "boolean"}
    schema: Schema = {"$schema": DRAFT, "type": "object", "additionalProperties": False, "properties": properties}
    if inner := [value for value in workload if value.path != ("global",)]:
        alias = {value.path[-1]: _schema(value) for value in inner}
        alias |= {"enabled": {"type": "boolean"}, "global": {"type": "object"}}
        schema["$defs"] = {"workload": {"type": "object", "additionalProperties": False, "properties": alias}}
    return schema


def _schema(value: Value) -> Schema:
    described: Schema = {"description": value.text}
    if value.type == "workload":
        return {**described, "$ref": "#/$defs/workload"}
    if value.type == "object":
        below = {child.path[-1]: _schema(child) for child in value.children}
        return {**described, "type": "object", "additionalProperties": False, "properties": below}
    return {**described, **_type(value), **_constraints(value)}


def _type(value: Value) -> Schema:
    kind = value.type
    if kind in {"string", "boolean", "integer", "number"}:
        return {"type": kind}
    if kind in SHAPES:
        return dict(SHAPES[kind])
    if kind in {"map", "list"}:
        return {"type": "object"} if kind == "map" else {"type": "array", "items": {"type": "object"}}
    outer, _, inner = kind.partition(" of ")
    item = dict(SHAPES[inner]) if inner in SHAPES else {"type": inner}
    if outer == "list":
        return {"type": "array", "items": item}
    if outer == "map":
        return {"type": "object", "additionalProperties": item}
    raise CommentRefused(f"{value.name}: no type is called {kind!r}")


def _constraints(value: Value) -> Schema:
    known: Schema = {}
    for name, text in value.constraints.items():
        if name == "enum":
            known["enum"] = text.split("|")
        elif name == "none":
            known["not"] = {"enum": text.split("|")}
        elif name == "pattern":
            known["pattern"] = text
        elif name in NUMBERS:
            known[name] = float(text) if "." in text else int(text)
        else:
            raise CommentRefused(f"{value.name}: no constraint is called {name!r}")
    return known
