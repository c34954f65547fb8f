"""Work that one process does at a time, whichever of many: the lock ends with the process that holds it.

On PostgreSQL it belongs to a session of the server; on SQLite it is a lock of the operating system on a file beside the
database.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.eventlog.database import Postgres, dialect_of
from merx_kit.eventlog.errors import EventLogUnavailable, translated
from merx_kit.eventlog.log import EventLog

_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('merx consumer'), hashtext(:name))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('merx consumer'), hashtext(:name))")


@contextmanager
def only_one(log: EventLog, name: str) -> Iterator[Connection | None]:
    """A connection of this process's own while it holds the lock `name`; None where another process has it.

    On PostgreSQL the connection is the one that holds the lock: what comes through it is proof that it is still held.
    """
    with translated(log.url):
        fresh = log.engine.connect()
    try:
        if isinstance(dialect_of(log.url), Postgres):
            with _session_lock(fresh, name) as connection:
                yield connection
        else:
            with _file_lock(f"{log.url.database}.{name}.lock") as locked:
                yield fresh if locked else None
    finally:
        fresh.close()


@contextmanager
def _session_lock(fresh: Connection, name: str) -> Iterator[Connection | None]:
    # One message there and one back for a look; and no transaction that is left open between two.
    connection = fresh.execution_options(isolation_level="AUTOCOMMIT")
    with translated(fresh.engine.url):
        locked = bool(connection.execute(_LOCK, {"name": name}).scalar_one())
    try:
        yield connection if locked else None
    finally:
        if locked and not connection.invalidated:
            _unlock(connection, name)


def _unlock(connection: Connection, name: str) -> None:
    try:
        connection.execute(_UNLOCK, {"name": name})
    except sa.exc.DBAPIError:
        connection.invalidate()  # the server lets go of the lock with the session


@contextmanager
def _file_lock(path: str) -> Iterator[bool]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise EventLogUnavailable(f"The lock {path} cannot be made: {error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)
