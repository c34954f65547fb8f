"""Append to the log, and read it by offset."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import sqlalchemy as sa

from merx_core.events import CloudEvent
from merx_kit.eventlog.database import WRITING, dialect_of, open_engine, parse_url, select_rows
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.records import AppendResult, Columns, Row, StoredRecord, outcomes_of, to_key, to_row, to_stored
from merx_kit.eventlog.schema import event_log

CHUNK = 20_000
COLUMNS = ("log_offset", "recorded_us", "source", "id", "type", "subject", "time_us", "content_type", "data")
"""The whole of a record, as the table and the archive hold it."""


class EventLog:
    """The log in the database at `url`; connects when first used, and wants `migrate(url)` to have run.

    Safe to share between threads. Every method raises an `EventLogError` where the database refuses.
    """

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self._dialect = dialect_of(self.url)
        self.engine = open_engine(self.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, records: Sequence[CloudEvent]) -> AppendResult:
        """Commits the records that are new, in one transaction; a known (source, id) is counted and left as it is."""
        if not records:
            return AppendResult((), ())
        rows = list(map(to_row, records))
        keys = list(map(to_key, rows))
        first: dict[bytes, int] = {}
        for place, key in enumerate(keys):
            first.setdefault(key.key, place)
        once = first.values() if len(first) < len(rows) else range(len(rows))
        with translated(self.url), self.engine.connect() as fresh:
            connection = fresh.execution_options(**WRITING)
            try:
                with connection.begin():
                    done = self._dialect.insert(connection, [rows[at] for at in once], [keys[at] for at in once])
            except BaseException:
                # Interrupted inside the database's own locks: a fresh connection is the sure way to hold none.
                connection.invalidate()
                raise
        return AppendResult(tuple(done.offsets), outcomes_of(keys, first, done.known))

    def read(self, after: int, limit: int, types: Sequence[str] | None = None) -> list[StoredRecord]:
        """At most `limit` records beyond offset `after` (0: from the start), in the order of their offsets."""
        columns = [event_log.c[name] for name in ("log_offset", "recorded_us", *Row._fields)]
        query = select_rows(self._dialect, after, limit, types).add_columns(*columns)
        rows: Sequence[Sequence[Any]] = self._fetch(query)
        return [to_stored(row[0], row[1], Row._make(row[2:])) for row in rows]

    def read_columns(self, after: int, limit: int, types: Sequence[str] | None = None) -> Columns:
        """The same records as `read`, by column and undecoded: the quick way for those who read everything."""
        table = event_log.c
        query = select_rows(self._dialect, after, limit, types)
        rows = self._fetch(query.add_columns(table.log_offset, table.type, table.subject, table.time_us, table.data))
        if not rows:
            return Columns([], [], [], [], [])
        offsets, kinds, subjects, times, data = map(list, zip(*rows, strict=True))
        return Columns(offsets, kinds, subjects, times, data)

    def read_rows(self, after: int, limit: int) -> Sequence[Sequence[Any]]:
        """The same records as `read`, each as the values of the whole table row; for the archive."""
        return self._fetch(
            select_rows(self._dialect, after, limit, None).add_columns(*(event_log.c[name] for name in COLUMNS))
        )

    def holds(self, after: int, count: int) -> bool:
        """Whether at least `count` readable records lie beyond `after`."""
        query = select_rows(self._dialect, after, 1, None).add_columns(event_log.c.log_offset).offset(count - 1)
        return bool(self._fetch(query))

    def stream_columns(
        self, types: Sequence[str] | None = None, *, after: int = 0, chunk: int = CHUNK
    ) -> Iterator[Columns]:
        """Everything beyond `after`; each chunk is a short query of its own, so that no reader holds one open."""
        while (columns := self.read_columns(after, chunk, types)).offsets:
            yield columns
            after = columns.offsets[-1]

    def head(self) -> int:
        """The last readable offset; 0 where the log is empty."""
        query = sa.select(event_log.c.log_offset).where(self._dialect.readable())
        rows = self._fetch(query.order_by(event_log.c.log_offset.desc()).limit(1))
        return int(rows[0][0]) if rows else 0

    def offset_before(self, recorded_us: int) -> int:
        """The last readable offset recorded before a moment; 0 where there is none. The time of recording never falls
        as offsets grow, and has no index of its own."""
        low, high = 0, self.head()
        while low < high:
            middle = (low + high) // 2
            beyond = self.read_rows(middle, 1)
            if beyond and beyond[0][COLUMNS.index("recorded_us")] < recorded_us:
                low = int(beyond[0][0])
            else:
                high = middle
        return low

    def count(self, types: Sequence[str], *, after: int = 0) -> int:
        """How many readable records of these types lie beyond `after`."""
        wanted = event_log.c.type.in_([str(name) for name in types])
        query = sa.select(sa.func.count()).where(event_log.c.log_offset > after, wanted, self._dialect.readable())
        return int(self._fetch(query)[0][0])

    def close(self) -> None:
        self.engine.dispose()

    def _fetch(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        with translated(self.url), self.engine.connect() as connection:
            return connection.execute(query).all()
