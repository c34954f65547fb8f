"""Opening the log's database, and what SQLite and PostgreSQL do differently."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError

from merx_kit.eventlog.errors import EventLogUrlRefused
from merx_kit.eventlog.partitions import ensure_partitions
from merx_kit.eventlog.records import Key, Row
from merx_kit.eventlog.schema import event_log
from merx_kit.sqlite_wal import BUSY_TIMEOUT_MS, use_wal

CONNECT_TIMEOUT_S = 5
WRITING = {"merx_writing": True}
"""Execution options of a connection that will write: SQLite then takes its write lock when the transaction begins."""


SQLITE_PARAMETERS = 500
SQLITE_CACHE_KIB = 32_768
"""Keys come in no order: the pages of their index should stay in memory."""


class Insertion(NamedTuple):
    """The offsets of the new rows, ascending, and by key the digest of every row that was there before."""

    offsets: list[int]
    known: dict[bytes, bytes]


class Dialect(Protocol):
    """What the two databases do in their own way."""

    given: str
    """The query for the highest offset ever given."""

    def insert(self, connection: Connection, rows: Sequence[Row], keys: Sequence[Key]) -> Insertion:
        """Inserts the rows that are new; `rows` have different keys."""
        ...

    def readable(self) -> sa.ColumnElement[bool]:
        """True for rows that no transaction still open can slip a lower offset in front of."""
        ...

    def lock(self, connection: Connection) -> None:
        """Holds other migrations off until the transaction ends."""
        ...

    def adopt(self, connection: Connection) -> None:
        """Makes records readable that a restored backup brought from another server."""
        ...

    def extend(self, connection: Connection) -> None:
        """Makes room for the records of the coming weeks, where room is made ahead."""
        ...


class Sqlite:
    """One writer at a time, and readers see its commits in order: nothing can slip in between."""

    given = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event_log'), 0)"

    def insert(self, connection: Connection, rows: Sequence[Row], keys: Sequence[Key]) -> Insertion:
        last, recorded_us = connection.exec_driver_sql(_SQLITE_LAST).one()
        recorded_us = max(recorded_us, time.time_ns() // 1000)
        offsets = range(last + 1, last + 1 + len(rows))
        named = [(key, offset, digest, recorded_us) for (key, digest), offset in zip(keys, offsets, strict=True)]
        inserted = connection.exec_driver_sql(_SQLITE_KEYS, named).rowcount
        known = {} if inserted == len(rows) else self._known(connection, keys, last)
        fresh = [
            (offset, recorded_us, *row)
            for offset, row, key in zip(offsets, rows, keys, strict=True)
            if key.key not in known
        ]
        if fresh:
            connection.exec_driver_sql(_SQLITE_INSERT, fresh)
        return Insertion([row[0] for row in fresh], known)

    def _known(self, connection: Connection, keys: Sequence[Key], last: int) -> dict[bytes, bytes]:
        """The digests of those that were there before."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), SQLITE_PARAMETERS):
            part = [key.key for key in keys[start : start + SQLITE_PARAMETERS]]
            marks = ", ".join("?" * len(part))
            query = f"SELECT key, digest FROM event_keys WHERE log_offset <= ? AND key IN ({marks})"  # noqa: S608
            found.update((row[0], row[1]) for row in connection.exec_driver_sql(query, (last, *part)))
        return found

    def readable(self) -> sa.ColumnElement[bool]:
        return sa.true()

    def lock(self, connection: Connection) -> None:
        """The write lock is held since the transaction began."""

    def adopt(self, connection: Connection) -> None:
        """A copied file is whole."""

    def extend(self, connection: Connection) -> None:
        """A file grows by itself."""


class Postgres:
    """Transactions commit in any order; offsets are handed out in the order of transaction ids (see the migration).

    So a row below the oldest transaction that is still open has nothing unborn in front of it.
    """

    given = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_log_offsets"

    def insert(self, connection: Connection, rows: Sequence[Row], keys: Sequence[Key]) -> Insertion:
        columns = dict(zip(Row._fields, map(list, zip(*rows, strict=True)), strict=True))
        columns |= dict(zip(Key._fields, map(list, zip(*keys, strict=True)), strict=True))
        offsets = connection.execute(_POSTGRES_INSERT, {**columns, "size": len(rows)}).scalars().all()
        known: dict[bytes, bytes] = {}
        if len(offsets) < len(rows):
            # A statement of its own: it sees what the other writers committed that the insert had to wait for.
            found = connection.execute(_POSTGRES_KNOWN, {"keys": columns["key"], "fresh": list(offsets)})
            known = {bytes(key): bytes(digest) for key, digest in found}
        return Insertion(sorted(offsets), known)

    def readable(self) -> sa.ColumnElement[bool]:
        return sa.literal_column("transaction_id < pg_snapshot_xmin(pg_current_snapshot())", sa.Boolean())

    def lock(self, connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('merx event log migration'))")

    def adopt(self, connection: Connection) -> None:
        # A new server counts transactions from the start: ids ahead of its own would stay unreadable for long. The last
        # row has the highest, so an ordinary start looks at one row.
        foreign = "transaction_id >= pg_snapshot_xmax(pg_current_snapshot())"
        last = f"SELECT {foreign} FROM event_log ORDER BY log_offset DESC LIMIT 1"  # noqa: S608 - no outside text
        if connection.exec_driver_sql(last).scalar():
            connection.exec_driver_sql(f"UPDATE event_log SET transaction_id = '0' WHERE {foreign}")  # noqa: S608

    def extend(self, connection: Connection) -> None:
        ensure_partitions(connection)


_SQLITE_LAST = """
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event_log'), 0),
       coalesce((SELECT recorded_us FROM event_log ORDER BY log_offset DESC LIMIT 1), 0)
"""
_SQLITE_KEYS = (
    "INSERT INTO event_keys (key, log_offset, digest, recorded_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_SQLITE_INSERT = f"""
INSERT INTO event_log (log_offset, recorded_us, {", ".join(Row._fields)})
VALUES (?, ?, {", ".join("?" * len(Row._fields))})
"""  # noqa: S608 - the names are this package's own

# Sorted by key, so that two batches with the same new records wait for each other instead of locking each other out.
_POSTGRES_INSERT = sa.text("""
WITH reserved AS MATERIALIZED (SELECT first_offset, recorded_us FROM merx_reserve_offsets(:size)),
given AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:source AS text[]), CAST(:id AS text[]), CAST(:type AS text[]), CAST(:subject AS text[]),
        CAST(:time_us AS bigint[]), CAST(:content_type AS text[]), CAST(:data AS bytea[]),
        CAST(:key AS bytea[]), CAST(:digest AS bytea[])
    ) WITH ORDINALITY AS row (source, id, type, subject, time_us, content_type, data, key, digest, place)
),
fresh AS (
    INSERT INTO event_keys (key, log_offset, digest, recorded_us)
    SELECT key, first_offset + place - 1, digest, recorded_us FROM given, reserved ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING key, log_offset, recorded_us
),
stored AS (
    INSERT INTO event_log (log_offset, recorded_us, source, id, type, subject, time_us, content_type, data)
    SELECT log_offset, recorded_us, source, id, type, subject, time_us, content_type, data
    FROM fresh JOIN given USING (key)
)
SELECT log_offset FROM fresh
""")
_POSTGRES_KNOWN = sa.text("""
SELECT key, digest FROM event_keys
WHERE key = ANY(CAST(:keys AS bytea[])) AND log_offset <> ALL(CAST(:fresh AS bigint[]))
""")


def parse_url(url: str) -> sa.URL:
    """The URL with the driver that Merx brings; raises EventLogUrlRefused for what is no SQLite or PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise EventLogUrlRefused("The database URL cannot be read; write sqlite:///path or postgresql://...") from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise EventLogUrlRefused(
        f"The event log lives in a SQLite file or in PostgreSQL, not in {parsed.render_as_string(hide_password=True)}"
    )


def dialect_of(url: sa.URL) -> Dialect:
    return Postgres() if url.get_backend_name() == "postgresql" else Sqlite()


def open_engine(url: sa.URL) -> Engine:
    """An engine that connects when it is first used."""
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_S})
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_folder(url: sa.URL) -> None:
    """The folder of a SQLite file, where it is missing."""
    if url.get_backend_name() == "sqlite" and url.database is not None:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def select_rows(dialect: Dialect, after: int, limit: int, types: Sequence[str] | None) -> sa.Select[Any]:
    """The columns that the caller adds, of readable rows beyond `after`, by offset."""
    query = sa.select().where(event_log.c.log_offset > after, dialect.readable())
    if types is not None:
        query = query.where(event_log.c.type.in_([str(name) for name in types]))
    return query.order_by(event_log.c.log_offset).limit(limit)


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Python's sqlite3 would begin transactions late, by its own rules: this leaves them to `_begin_sqlite`.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("merx_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
