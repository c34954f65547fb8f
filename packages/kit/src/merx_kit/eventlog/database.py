"""Opening the log's database, and what SQLite and PostgreSQL do differently."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from merx_kit.eventlog.errors import EventLogUrlRefused
from merx_kit.eventlog.records import Row
from merx_kit.eventlog.schema import event_log

BUSY_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT_S = 5
WRITING = {"merx_writing": True}
"""Execution options of a connection that will write: SQLite then takes its write lock when the transaction begins."""


class Dialect(Protocol):
    """What the two databases do in their own way."""

    def insert(self, connection: Connection, rows: Sequence[Row]) -> list[int]:
        """Inserts the rows that are new and returns their offsets, ascending."""
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


class Sqlite:
    """One writer at a time, and readers see its commits in order: nothing can slip in between."""

    def insert(self, connection: Connection, rows: Sequence[Row]) -> list[int]:
        last = connection.exec_driver_sql("SELECT coalesce(max(log_offset), 0) FROM event_log").scalar_one()
        connection.exec_driver_sql(_SQLITE_INSERT, [tuple(row) for row in rows])
        fresh = connection.exec_driver_sql("SELECT log_offset FROM event_log WHERE log_offset > ? ORDER BY 1", (last,))
        return list(fresh.scalars())

    def readable(self) -> sa.ColumnElement[bool]:
        return sa.true()

    def lock(self, connection: Connection) -> None:
        """The write lock is held since the transaction began."""

    def adopt(self, connection: Connection) -> None:
        """A copied file is whole."""


class Postgres:
    """Transactions commit in any order; offsets are handed out in the order of transaction ids (see the migration).

    So a row below the oldest transaction that is still open has nothing unborn in front of it.
    """

    def insert(self, connection: Connection, rows: Sequence[Row]) -> list[int]:
        columns = dict(zip(Row._fields, map(list, zip(*rows, strict=True)), strict=True))
        offsets = connection.execute(_POSTGRES_INSERT, {**columns, "size": len(rows)}).scalars()
        return sorted(offsets)

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


_SQLITE_INSERT = f"""
INSERT INTO event_log ({", ".join(Row._fields)}) VALUES ({", ".join("?" * len(Row._fields))})
ON CONFLICT (source, id) DO NOTHING
"""  # noqa: S608 - the names are this package's own

# Sorted by key, so that two batches with the same new records wait for each other instead of locking each other out.
_POSTGRES_INSERT = sa.text("""
WITH reserved AS MATERIALIZED (SELECT merx_reserve_offsets(:size) AS first_offset)
INSERT INTO event_log (log_offset, source, id, type, subject, time_us, recorded_us, content_type, data)
SELECT first_offset + place - 1, source, id, type, subject, time_us, recorded_us, content_type, data
FROM reserved, unnest(
    CAST(:source AS text[]), CAST(:id AS text[]), CAST(:type AS text[]), CAST(:subject AS text[]),
    CAST(:time_us AS bigint[]), CAST(:recorded_us AS bigint[]), CAST(:content_type AS text[]), CAST(:data AS bytea[])
) WITH ORDINALITY AS given (source, id, type, subject, time_us, recorded_us, content_type, data, place)
ORDER BY source, id, place
ON CONFLICT (source, id) DO NOTHING
RETURNING log_offset
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


def _prepare_sqlite(connection: DBAPIConnection, _: object) -> None:
    # Python's sqlite3 would begin transactions late, by its own rules: this leaves them to `_begin_sqlite`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("merx_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
