"""Reads a values file: each key with the comment above it, which says its type, what it must keep to, and what for.

A comment is `# -- (type, constraint=value, ...) description`; a key without one belongs to the map above it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COMMENT = re.compile(r"^\s*# -- \((?P<type>[a-zA-Z ]+)(?P<constraints>(?:, [a-zA-Z]+=[^,]+)*)\) (?P<text>.+)$")
PATTERN = re.compile(r"^\s*# -- \((?P<type>string), pattern=(?P<pattern>.+\$)\) (?P<text>.+)$")


class CommentRefused(ValueError):
    """A comment that is not in the form above, with its line."""


@dataclass(frozen=True)
class Value:
    """One documented key; `path` has its parents' names too, `default` is what stands in the file."""

    path: tuple[str, ...]
    type: str
    constraints: Mapping[str, str]
    text: str
    default: Any
    children: tuple["Value", ...]

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def leaves(self) -> Iterator["Value"]:
        """The values below this one that are set as a whole; itself where nothing below it is documented."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def read(path: Path) -> tuple[Value, ...]:
    """The documented values of a file, in its order. Raises CommentRefused."""
    text = path.read_text()
    lines = text.splitlines()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise CommentRefused(f"{path}: not a map")
    return _children(root, (), lines, yaml.safe_load(text))


def _children(node: yaml.MappingNode, above: tuple[str, ...], lines: list[str], values: Any) -> tuple[Value, ...]:
    found = []
    for key, child in node.value:
        comment = lines[key.start_mark.line - 1] if key.start_mark.line else ""
        if not comment.strip().startswith("# --"):
            continue
        path = (*above, str(key.value))
        kind, constraints, text = _comment(comment, ".".join(path))
        value = values[key.value]
        below: tuple[Value, ...] = ()
        if kind == "object":
            below = _children(child, path, lines, value)
            if len(below) != len(child.value):
                raise CommentRefused(f"{'.'.join(path)} is an object: each key in it wants a comment")
        found.append(Value(path, kind, constraints, text, value, below))
    return tuple(found)


def _comment(line: str, name: str) -> tuple[str, dict[str, str], str]:
    if match := PATTERN.match(line):
        return match["type"], {"pattern": match["pattern"]}, match["text"]
    match = COMMENT.match(line)
    if match is None:
        raise CommentRefused(
            f"{name}: the comment above it is not `# -- (type, constraint=value) text`: {line.strip()}"
        )
    pairs = [pair.split("=", 1) for pair in match["constraints"].split(", ") if pair]
    return match["type"], dict(pairs), match["text"]
