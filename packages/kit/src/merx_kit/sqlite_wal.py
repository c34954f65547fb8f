"""Putting a SQLite file into write-ahead logging, so that readers do not wait for a writer."""

import sqlite3

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

BUSY_TIMEOUT_MS = 30_000


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


# SQLite waits for its locks as `busy_timeout` says, except for the one that changes the journal: of several processes
# that open a new file at once, some are told that the database is locked, at once.
@retry(
    retry=retry_if_exception(_is_busy),
    stop=stop_after_delay(BUSY_TIMEOUT_MS / 1000),
    wait=wait_random(0.005, 0.05),
    reraise=True,
)
def use_wal(connection: sqlite3.Connection) -> None:
    """Sets WAL mode, which the file keeps; raises sqlite3.OperationalError where it stays locked for 30 s."""
    connection.execute("PRAGMA journal_mode = WAL")
