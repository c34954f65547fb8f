"""A chart's README: prose, and tables of its values made from their comments."""

import json
from collections.abc import Iterable

from deploy.helm.generate.comments import Value

PLACE = "<!-- values -->"


def readme(prose: str, values: Iterable[Value]) -> str:
    """`prose` with the tables at its marker. Raises ValueError where it has none."""
    before, marker, after = prose.partition(PLACE)
    if not marker:
        raise ValueError(f"the prose wants a line {PLACE!r}")
    return before + "\n".join(_tables(tuple(values))) + after


def _tables(values: tuple[Value, ...]) -> list[str]:
    """One table of the values that stand alone, then one for each group."""
    alone = [value for value in values if not value.children]
    lines = [*_table(alone), ""] if alone else []
    for value in values:
        if value.children:
            lines += [f"### `{value.name}`", "", value.text, "", *_table(value.leaves()), ""]
    return lines[:-1]


def _table(values: Iterable[Value]) -> list[str]:
    rows = [f"| `{value.name}` | {_kind(value)} | {_default(value)} | {_cell(value.text)} |" for value in values]
    return ["| value | type | default | |", "|---|---|---|---|", *rows]


def _kind(value: Value) -> str:
    if "enum" in value.constraints:
        return " or ".join(f"`{word}`" for word in value.constraints["enum"].split("|"))
    return value.type


def _default(value: Value) -> str:
    if value.type == "workload":
        image = value.default.get("image", {})
        port = value.default.get("service", {}).get("port")
        return f"`{image.get('repository', '')}`, {f'port {port}' if port else 'no port'}"
    return f"`{_cell(json.dumps(value.default, ensure_ascii=False))}`" if value.default not in ("", [], {}) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
