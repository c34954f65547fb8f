"""Which format a file is in, told by its content; names and endings say too little."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from merx_kit.importers import canonical, ga4, merchant, schema_org, segment
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
    CANONICAL = "Merx events (JSON lines, bare or as CloudEvents)"


CATALOGUES = frozenset(
    {FileFormat.MERCHANT_TABLE, FileFormat.MERCHANT_XML, FileFormat.MERCHANT_JSON, FileFormat.JSON_LD}
)


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
    first = text.split("\n", 1)[0]
    return FileFormat.MERCHANT_TABLE if merchant.is_header(first) else None


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
    return next((found for fits, found in tests if fits(row)), None)


def whole_document(path: Path) -> Any:
    """The JSON document of a file; None where it is none. Raises UnreadableFile for one that is too large to hold."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        most = LARGEST_DOCUMENT // 2**20
        raise UnreadableFile(f"{path} is one JSON document of more than {most} MiB: write one record a line instead")
    try:
        return msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
