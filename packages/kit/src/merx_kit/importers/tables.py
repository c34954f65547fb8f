"""Rows of a TSV or CSV file under the names of its header."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from merx_kit.importers.errors import UnreadableFile
from merx_kit.importers.raw import Refusal
from merx_kit.importers.values import column_name

Fields = Mapping[str, list[str]]
"""The values of a row by column, each a list because a column may stand twice."""


def columns_of(line: str) -> set[str]:
    """The columns of a first line, if it is the header of a table."""
    return {column_name(cell) for cell in re.split(r"[\t,;]", line.strip().lstrip("\ufeff"))}


def read_rows(path: Path) -> Iterator[Fields | Refusal]:
    """The rows below the header; tabs, commas or semicolons stand between the values.

    A byte that is no UTF-8 drops its row, not the file. Raises UnreadableFile.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header = file.readline()
        delimiter = max("\t,;", key=header.count)
        names = [column_name(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
        try:
            for row in csv.reader(file, delimiter=delimiter):
                if row:
                    yield _fields(names, row)
        except csv.Error as error:
            raise UnreadableFile(f"{path}: {error}") from error


def _fields(names: Sequence[str], row: Sequence[str]) -> Fields | Refusal:
    text = "\t".join(row)
    if len(row) > len(names):
        return Refusal("wrong_columns", text.encode("utf-8", "replace").decode())
    if any("\udc80" <= character <= "\udcff" for character in text):
        return Refusal("not_utf8", text.encode("utf-8", "replace").decode())
    fields: dict[str, list[str]] = {}
    for name, value in zip(names, row, strict=False):
        fields.setdefault(name, []).append(value.strip())
    return fields
