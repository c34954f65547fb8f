"""The log's older records as Parquet files in the artefact store: complete, in order, written once."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog.database import dialect_of
from merx_kit.eventlog.errors import EventLogWentBack, translated
from merx_kit.eventlog.locks import only_one
from merx_kit.eventlog.log import CHUNK, COLUMNS, EventLog
from merx_kit.eventlog.looking import last_given
from merx_kit.eventlog.records import Columns

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "event-log"
RECORDS = "records.parquet"
PART_RECORDS = 500_000
_DIGITS = 19

Progress = Callable[[int], None]
"""Called with the records archived so far."""


class Part(NamedTuple):
    """One file: every record from offset `first` to offset `last`."""

    first: int
    last: int

    @property
    def version(self) -> str:
        """Its name in the store; names sort as offsets do."""
        return f"{self.first:0{_DIGITS}d}-{self.last:0{_DIGITS}d}"

    @classmethod
    def of(cls, version: str) -> "Part":
        first, _, last = version.partition("-")
        return cls(int(first), int(last))


class Archive:
    """The archive under an artefact URL; parts that are read are kept in `cache`, verified by their digests."""

    def __init__(self, store: ArtefactStore, cache: Path) -> None:
        self._store = store
        self._cache = cache

    def parts(self) -> list[Part]:
        """Oldest first, without a gap. Raises ArtefactsUnavailable."""
        return sorted(Part.of(version) for version in self._store.versions(NAME))

    @property
    def last(self) -> int:
        """The offset up to which everything is archived; 0 where nothing is."""
        return max((part.last for part in self.parts()), default=0)

    def add(self, records: "Iterator[pa.Table]") -> Part:
        """Publishes one part; raises ValueError where there is no record."""
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory(prefix="merx-archive-") as folder:
            path = Path(folder) / RECORDS
            first = next(records, None)
            if first is None or not first.num_rows:
                raise ValueError("a part holds at least one record")
            low, high = first["log_offset"][0].as_py(), first["log_offset"][-1].as_py()
            with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
                writer.write_table(first)
                for table in records:
                    writer.write_table(table)
                    high = table["log_offset"][-1].as_py()
            part = Part(low, high)
            self._store.publish(Path(folder), NAME, part.version)
        return part

    def stream_columns(
        self, types: Sequence[str] | None = None, *, after: int = 0, chunk: int = CHUNK
    ) -> Iterator[Columns]:
        """Every archived record beyond `after`, as `EventLog.stream_columns` gives those of the log."""
        for part in self.parts():
            yield from self.stream_part(part, types, after=after, chunk=chunk)

    def stream_part(
        self, part: Part, types: Sequence[str] | None = None, *, after: int = 0, chunk: int = CHUNK
    ) -> Iterator[Columns]:
        """The records of one part beyond `after`."""
        import pyarrow.parquet as pq

        wanted = None if types is None else [("type", "in", [str(name) for name in types])]
        if part.last > after:
            folder = self._store.fetch(NAME, part.version, self._cache / part.version)
            names = ["log_offset", "type", "subject", "time_us", "data"]
            table = pq.read_table(folder / RECORDS, columns=names, filters=wanted)
            for batch in table.to_batches(max_chunksize=chunk):
                columns = Columns(*(batch.column(name).to_pylist() for name in names))
                if columns.offsets and columns.offsets[0] <= after:
                    columns = _beyond(columns, after)
                if columns.offsets:
                    yield columns

    def began_us(self, part: Part) -> int:
        """When the first record of a part was recorded."""
        import pyarrow.parquet as pq

        folder = self._store.fetch(NAME, part.version, self._cache / part.version)
        batches = pq.ParquetFile(folder / RECORDS).iter_batches(1, columns=["recorded_us"])
        return int(next(batches)["recorded_us"][0].as_py())


def stream_all(log: EventLog, archive: Archive | None, types: Sequence[str], *, after: int = 0) -> Iterator[Columns]:
    """Every record of `types` beyond `after`: those in the archive from there, the others from the log."""
    # Parts may be added meanwhile, and what is in them dropped from the log: it is asked for what no part has.
    while archive is not None and (part := next((part for part in archive.parts() if part.last > after), None)):
        yield from archive.stream_part(part, types, after=after)
        after = part.last
    yield from log.stream_columns(types, after=after)


def offset_since(log: EventLog, archive: Archive | None, recorded_us: int) -> int:
    """An offset beyond which lies everything that was recorded from a moment on, in archive and log, and little more:
    at most a part of the archive."""
    found = log.offset_before(recorded_us)
    if found or archive is None:
        return found
    older = (part for part in reversed(archive.parts()) if archive.began_us(part) < recorded_us)
    first = next(older, None)
    return 0 if first is None else first.first - 1


def archive_records(
    log: EventLog,
    archive: Archive,
    *,
    older_than_us: int,
    part_records: int = PART_RECORDS,
    progress: Progress = lambda _: None,
) -> list[Part]:
    """Adds what the archive lacks: full parts, and a smaller one where its first record is older than `older_than_us`.

    One process at a time; another that asks meanwhile adds nothing. Interrupted, it leaves whole parts alone. Raises
    EventLogWentBack where the archive has offsets that the log never gave, and so others' records under those it will
    give.
    """
    added: list[Part] = []
    with only_one(log, "archive") as owned:
        if owned is None:
            return added
        _check_not_ahead(log, archive)
        done = 0
        while _due(log, after := archive.last, older_than_us, part_records):
            added.append(archive.add(_tables(log, after, part_records)))
            done += added[-1].last - added[-1].first + 1
            progress(done)
    return added


def _check_not_ahead(log: EventLog, archive: Archive) -> None:
    with translated(log.url), log.engine.connect() as connection:
        given = last_given(connection, dialect_of(log.url))
    if given < archive.last:
        raise EventLogWentBack(
            f"The archive reaches to offset {archive.last}, and the log has given {given}: it was restored from an"
            " older backup. Let it go on beyond the archive (runbook: event log, restore)."
        )


def _due(log: EventLog, after: int, older_than_us: int, part_records: int) -> bool:
    first = log.read_rows(after, 1)
    if not first:
        return False
    recorded_us: int = first[0][COLUMNS.index("recorded_us")]
    return recorded_us < older_than_us or log.holds(after, part_records)


def _tables(log: EventLog, after: int, limit: int) -> "Iterator[pa.Table]":
    import pyarrow as pa

    whole, text = pa.int64(), pa.string()
    kinds = (whole, whole, text, text, text, text, whole, text, pa.binary())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    while limit > 0 and (rows := log.read_rows(after, min(CHUNK, limit))):
        columns = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
        yield pa.table(columns, schema=schema)
        after, limit = rows[-1][0], limit - len(rows)


def _beyond(columns: Columns, after: int) -> Columns:
    """Offsets grow: what lies beyond one is the end of the run."""
    start = next((place for place, offset in enumerate(columns.offsets) if offset > after), len(columns.offsets))
    offsets, types, subjects, times_us, data = columns
    return Columns(offsets[start:], types[start:], subjects[start:], times_us[start:], data[start:])
