"""Parquet files of the view `profile_live`, each of one day and of a run of offsets, which its name tells."""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from merx_core.features import names
from merx_kit.eventlog.records import moment_of

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"^(\d{4}-\d\d-\d\d)\.(\d+)-(\d+)\.parquet$")
_EMPTY = "0000.empty.parquet"
"""A file without rows, so that a reader of the whole folder finds one from the first day on."""


class Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A shopper's live features as of the record at `offset`; `counts` are events, views, carts and purchases."""

    profile_id: str
    recorded_us: int
    offset: int
    products: list[str]
    session_id: str
    counts: tuple[int, int, int, int]


@dataclass(frozen=True, order=True)
class HistoryFile:
    """Rows of `day` that became ready while the consumer went from offset `first` to `last`."""

    day: str
    first: int
    last: int

    @property
    def name(self) -> str:
        return f"{self.day}.{self.first:020d}-{self.last:020d}.parquet"


class HistoryFiles:
    """The files in `folder`. A file appears whole or not at all; methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, day: str, first: int, last: int, *, rows: Sequence[Row]) -> None:
        """Writes the file of this run of offsets, in place of one of the same name."""
        self._put(HistoryFile(day, first, last).name, _table(rows))

    def cut(self, offset: int, *, held: Collection[Row] = ()) -> None:
        """Leaves what records up to `offset` have made, without the rows that are `held` back: what a crash left half
        done, or a replay makes anew, goes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for stray in self._folder.glob(".*.new"):
            stray.unlink()
        if not (self._folder / _EMPTY).exists():
            self._put(_EMPTY, _table([]))
        self._drop_compacted()
        for file in self._files():
            if file.last > offset:
                if file.first <= offset:
                    known = _without(self._read([file]), {row.offset for row in held})
                    kept = known.filter(known["log_offset"].to_numpy() <= offset)
                    self._put(HistoryFile(file.day, file.first, offset).name, kept)
                (self._folder / file.name).unlink()

    def compact(self, *, before: str) -> None:
        """Makes one file of all the files of each day that is over."""
        days: dict[str, list[HistoryFile]] = {}
        for file in self._files():
            if file.day < before:
                days.setdefault(file.day, []).append(file)
        for day, files in days.items():
            if len(files) > 1:
                whole = HistoryFile(day, min(file.first for file in files), max(file.last for file in files))
                self._put(whole.name, self._read(files).sort_by([("event_timestamp", "ascending")]))
                self._drop(file for file in files if file != whole)

    def _drop_compacted(self) -> None:
        """Files whose rows are in another file too: a crash came between the two halves of a compaction."""
        files = self._files()
        self._drop(
            file
            for file in files
            if any(
                other != file and other.day == file.day and other.first <= file.first and file.last <= other.last
                for other in files
            )
        )

    def _drop(self, files: Iterator[HistoryFile]) -> None:
        for file in files:
            (self._folder / file.name).unlink()

    def _files(self) -> list[HistoryFile]:
        found = (_NAME.match(path.name) for path in self._folder.iterdir())
        return sorted(HistoryFile(match[1], int(match[2]), int(match[3])) for match in found if match)

    def _read(self, files: Sequence[HistoryFile]) -> "pa.Table":
        import pyarrow as pa
        import pyarrow.parquet as pq

        return pa.concat_tables([pq.ParquetFile(self._folder / file.name).read() for file in files])

    def _put(self, name: str, table: "pa.Table") -> None:
        import pyarrow.parquet as pq

        unfinished = self._folder / f".{name}.new"
        with unfinished.open("wb") as stream:
            pq.write_table(table, stream, compression="zstd", coerce_timestamps="us")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def day_of(moment_us: int) -> str:
    """The day (UTC) of a moment in microseconds since 1970."""
    return moment_of(moment_us).date().isoformat()


def _without(table: "pa.Table", offsets: Collection[int]) -> "pa.Table":
    import pyarrow as pa

    return table.filter(pa.array([offset not in offsets for offset in table["log_offset"].to_pylist()], pa.bool_()))


def _table(rows: Sequence[Row]) -> "pa.Table":
    import pyarrow as pa

    counts = list(zip(*(row.counts for row in rows), strict=True)) or [()] * 4
    columns = {
        names.PROFILE_KEY: pa.array([row.profile_id for row in rows], pa.string()),
        names.LIVE_COLUMNS[0]: pa.array([row.products for row in rows], pa.list_(pa.string())),
        names.LIVE_COLUMNS[1]: pa.array([row.session_id for row in rows], pa.string()),
        **{name: pa.array(values, pa.int32()) for name, values in zip(names.LIVE_COLUMNS[2:], counts, strict=True)},
        "log_offset": pa.array([row.offset for row in rows], pa.int64()),
        "event_timestamp": pa.array([row.recorded_us for row in rows], pa.timestamp("us", tz="UTC")),
    }
    return pa.table(columns)
