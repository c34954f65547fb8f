"""Which format a file is in, told by its content; names and endings say too little."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from merx_kit.importers import canonical, feeds, ga4, merchant, schema_org, segment, tables
from merx_kit.importers.changes import COMPETITOR_PRICE, COST, STOCK, Change
from merx_kit.importers.errors import UnknownFormat, UnreadableFile

_LOOK = 65_536
LARGEST_DOCUMENT = 128 * 2**20
_SAMPLE = 20


class FileFormat(StrEnum):
    MERCHANT_TABLE = "Google Merchant feed (TSV or CSV)"
    MERCHANT_XML = "Google Merchant feed (XML)"
    MERCHANT_JSON = "Google Merchant feed (JSON lines)"
    JSON_LD = "schema.org Product (JSON-LD)"
    GA4 = "GA4 events (JSON lines)"
    SEGMENT = "Segment events (JSON lines)"
    STOCK_TABLE = "stock levels (CSV or TSV)"
    STOCK_JSON = "stock levels (JSON lines)"
    COST_TABLE = "costs (CSV or TSV)"
    COST_JSON = "costs (JSON lines)"
    COMPETITOR_TABLE = "competitors' prices (CSV or TSV)"
    COMPETITOR_JSON = "competitors' prices (JSON lines)"
    CANONICAL = "Merx events (JSON lines, bare or as CloudEvents)"


CATALOGUES = frozenset(
    {FileFormat.MERCHANT_TABLE, FileFormat.MERCHANT_XML, FileFormat.MERCHANT_JSON, FileFormat.JSON_LD}
)

CHANGE_TABLES = {
    FileFormat.STOCK_TABLE: STOCK,
    FileFormat.COST_TABLE: COST,
    FileFormat.COMPETITOR_TABLE: COMPETITOR_PRICE,
}
CHANGE_LINES = {
    FileFormat.STOCK_JSON: STOCK,
    FileFormat.COST_JSON: COST,
    FileFormat.COMPETITOR_JSON: COMPETITOR_PRICE,
}
CHANGES = CHANGE_TABLES | CHANGE_LINES


def detect(path: Path) -> FileFormat:
    """The format of `path`; raises UnknownFormat with what it begins with and what is known."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    text = head.decode("utf-8-sig", "replace").lstrip()
    found = _xml(text) or _json(path, head, text) or _table(text)
    if found is None:
        known = "; ".join(FileFormat)
        start = text[:60]
        raise UnknownFormat(f"{path} is in no format that Merx knows. It begins with {start!r}. Known are: {known}.")
    return found


def _xml(text: str) -> FileFormat | None:
    if not text.startswith("<"):
        return None
    return FileFormat.MERCHANT_XML if "<rss" in text or "<feed" in text else None


def _table(text: str) -> FileFormat | None:
    columns = tables.columns_of(text.split("\n", 1)[0])
    if merchant.is_header(columns):
        return FileFormat.MERCHANT_TABLE
    return _format_of(feeds.change_of(columns), CHANGE_TABLES)


def _format_of(change: Change | None, formats: Mapping[FileFormat, Change]) -> FileFormat | None:
    return next((found for found, told in formats.items() if told is change), None)


def _json(path: Path, head: bytes, text: str) -> FileFormat | None:
    if not text.startswith(("{", "[")):
        return None
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_SAMPLE]:
        row = _row(line)
        if row is not None and (found := _line_format(row)):
            return found
    return FileFormat.JSON_LD if schema_org.is_json_ld(whole_document(path)) else None


def _row(line: bytes) -> Mapping[str, Any] | None:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _line_format(row: Mapping[str, Any]) -> FileFormat | None:
    if "@type" in row or "@graph" in row:
        return FileFormat.JSON_LD
    tests = (
        (canonical.is_canonical, FileFormat.CANONICAL),
        (ga4.is_ga4, FileFormat.GA4),
        (segment.is_segment, FileFormat.SEGMENT),
        (merchant.is_json_product, FileFormat.MERCHANT_JSON),
    )
    found = next((found for fits, found in tests if fits(row)), None)
    return found or _format_of(feeds.change_of_row(row), CHANGE_LINES)


def whole_document(path: Path) -> Any:
    """The JSON document of a file; None where it is none. Raises UnreadableFile for one that is too large to hold."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        most = LARGEST_DOCUMENT // 2**20
        raise UnreadableFile(f"{path} is one JSON document of more than {most} MiB: write one record a line instead")
    try:
        return msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
