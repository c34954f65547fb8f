"""A shop's own files: every file of a folder, products before what is said of them, into the log with one report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from merx_core.events import CloudEvent
from merx_kit.eventlog import EventLog
from merx_kit.importers import canonical, feeds, ga4, merchant, schema_org, segment
from merx_kit.importers.detection import CATALOGUES, CHANGE_TABLES, CHANGES, FileFormat, detect, whole_document
from merx_kit.importers.errors import NothingToImport
from merx_kit.importers.events import EventCleaning, event_batches
from merx_kit.importers.loading import Progress, load, no_progress
from merx_kit.importers.products import CatalogueCleaning, RawProduct, product_batches
from merx_kit.importers.raw import RawEvent, Refusal
from merx_kit.importers.report import CleaningReport

LONGEST_LINE = 8 * 2**20
_IGNORED = frozenset({".md", ".py", ".txt~", ".sha256"})
EventRow = RawEvent | CloudEvent | Refusal
ProductRow = RawProduct | Refusal
_EVENT_READERS: dict[FileFormat, tuple[str, Callable[[dict[str, Any], bytes], "list[Any]"]]] = {
    FileFormat.GA4: (ga4.SOURCE, ga4.read_row),
    FileFormat.SEGMENT: (segment.SOURCE, segment.read_row),
    FileFormat.CANONICAL: (canonical.SOURCE, canonical.read_row),
}


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """`currency` stands in where a price names none; what is from after `now` (plus a day) is dropped."""

    currency: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def import_folder(
    log: EventLog, folder: Path, options: FolderOptions | None = None, *, progress: Progress = no_progress
) -> CleaningReport:
    """Imports every file of `folder`; the same files again append nothing.

    Hidden files, Markdown and Python are passed over. Raises UnknownFormat, before anything is appended, for a file
    that is none of the known formats, and NothingToImport where there is no file.
    """
    chosen = options or FolderOptions()
    files = [(path, detect(path)) for path in data_files(folder)]
    files.sort(key=lambda found: (_rank(found[1]), found[0].name))
    report = CleaningReport(source=str(folder))
    if chosen.currency:
        report.settings["currency"] = chosen.currency
    return load(log, _read_all(files, report, chosen), report, progress=progress)


def read_file(path: Path, report: CleaningReport, options: FolderOptions) -> Iterator[list[CloudEvent]]:
    """The records of one file in batches, counted in `report`; raises UnknownFormat, or UnreadableFile on the way."""
    if options.currency:
        report.settings["currency"] = options.currency
    yield from _read_all([(path, detect(path))], report, options)


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that are meant to be imported."""
    if not folder.is_dir():
        raise NothingToImport(f"{folder} is not a folder")
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    files = [path for path in paths if path.suffix.lower() not in _IGNORED and path.stat().st_size > 0]
    if not files:
        raise NothingToImport(f"{folder} holds no catalogue feed and no event file")
    return files


def _rank(found: FileFormat) -> int:
    """A change of a product is nothing before the product is there."""
    return 0 if found in CATALOGUES else 1 if found in CHANGES else 2


def _read_all(
    files: list[tuple[Path, FileFormat]], report: CleaningReport, options: FolderOptions
) -> Iterator[list[CloudEvent]]:
    seen: dict[str, set[tuple[str, str]]] = {}
    for path, found in files:
        report.settings[path.name] = found.value
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if (change := CHANGES.get(found)) is not None:
            section = report.section(f"{path.name}: {change.kind}")
            rows = feeds.read_table(path) if found in CHANGE_TABLES else _feed_lines(path)
            yield from feeds.change_batches(
                rows, feeds.FeedCleaning(change, section, moment, options.now, options.currency)
            )
        elif found in CATALOGUES:
            cleaning = CatalogueCleaning(report.section(f"{path.name}: products"), moment, options.currency)
            yield from product_batches(_product_rows(path, found, options.now), cleaning)
        else:
            source, _ = _EVENT_READERS[found]
            events, lines = report.section(f"{path.name}: events"), report.section(f"{path.name}: event lines")
            known = seen.setdefault(source, set())
            yield from event_batches(
                _event_rows(path, found), EventCleaning(events, lines, source, options.now, options.currency, known)
            )


def _product_rows(path: Path, found: FileFormat, now: datetime) -> Iterator[ProductRow]:
    if found is FileFormat.MERCHANT_TABLE:
        return merchant.read_table(path, now)
    if found is FileFormat.MERCHANT_XML:
        return merchant.read_xml(path, now)
    if found is FileFormat.JSON_LD:
        document = whole_document(path)
        return schema_org.read_document(document) if document is not None else _json_ld_lines(path)
    return (row if isinstance(row, Refusal) else merchant.read_json(row[0], now) for row in _json_rows(path))


def _json_ld_lines(path: Path) -> Iterator[ProductRow]:
    for row in _json_rows(path):
        if isinstance(row, Refusal):
            yield row
            continue
        products = list(schema_org.read_document(row[0]))
        yield from products or [Refusal("wrong_shape", row[1].decode("utf-8", "replace"))]


def _feed_lines(path: Path) -> Iterator[feeds.FeedRow | Refusal]:
    return (row if isinstance(row, Refusal) else feeds.read_json(*row) for row in _json_rows(path))


def _event_rows(path: Path, found: FileFormat) -> Iterator[EventRow]:
    _, read_row = _EVENT_READERS[found]
    for row in _json_rows(path):
        if isinstance(row, Refusal):
            yield row
        elif rows := read_row(*row):
            yield from rows
        else:
            yield Refusal("wrong_shape", row[1].decode("utf-8", "replace"))


def _json_rows(path: Path) -> Iterator[tuple[dict[str, Any], bytes] | Refusal]:
    """Objects of JSON lines with the line that each stood in; blank lines are nothing."""
    decoder = msgspec.json.Decoder()
    with path.open("rb") as file:
        for number, raw in enumerate(_lines(file)):
            if isinstance(raw, Refusal):
                yield raw
                continue
            line = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 0 else raw.strip()
            if not line:
                continue
            try:
                row = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield Refusal("not_json", line.decode("utf-8", "replace"))
                continue
            yield (row, line) if isinstance(row, dict) else Refusal("wrong_shape", line.decode("utf-8", "replace"))


def _lines(file: BinaryIO) -> Iterator[bytes | Refusal]:
    """Lines of a sane length; a longer one is passed over piece by piece, so that no file is ever held whole."""
    while line := file.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        start = line[:200].decode("utf-8", "replace")
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield Refusal("line_too_long", start)
