"""What can go wrong with the log's database, each in one clear sentence, without the URL's password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from merx_kit.errors import MerxError


class EventLogError(MerxError):
    status = 500
    code = "event_log_failed"
    title = "The event log failed"


class EventLogUnavailable(EventLogError):
    """The database cannot be reached, or is locked for longer than a writer waits; trying again later may help."""

    status = 503
    code = "event_log_unavailable"
    title = "The event log cannot be reached"


class EventLogFull(EventLogError):
    status = 507
    code = "event_log_full"
    title = "The event log's disk is full"


class EventLogDamaged(EventLogError):
    status = 503
    code = "event_log_damaged"
    title = "The event log's file is damaged"


class EventLogRefused(EventLogError):
    """A record that this database can never hold, such as an id with a NUL character in PostgreSQL."""

    status = 422
    code = "event_log_refused"
    title = "The event log cannot hold this record"


class EventLogNotMigrated(EventLogError):
    status = 503
    code = "event_log_not_migrated"
    title = "The event log's database has no tables yet"


class EventLogTooNew(EventLogError):
    status = 503
    code = "event_log_too_new"
    title = "The event log's database was written by a newer version"


class EventLogWentBack(EventLogError):
    """A reader has read further than the log goes: it was restored from an older backup."""

    status = 503
    code = "event_log_went_back"
    title = "The event log ends before what was already read of it"


class EventLogUrlRefused(EventLogError):
    code = "event_log_url_refused"
    title = "Not the URL of a database that the event log can use"


# https://www.postgresql.org/docs/current/errcodes-appendix.html: the code itself, or its class of two characters.
_POSTGRES_KINDS: dict[str, type[EventLogError]] = {
    "53100": EventLogFull,
    "42P01": EventLogNotMigrated,
    "42883": EventLogNotMigrated,
    "XX001": EventLogDamaged,
    "XX002": EventLogDamaged,
    "08": EventLogUnavailable,
    "22": EventLogRefused,
    "23": EventLogRefused,
    "28": EventLogUnavailable,
    "3D": EventLogUnavailable,
    "40": EventLogUnavailable,
    "53": EventLogUnavailable,
    "55": EventLogUnavailable,
    "57": EventLogUnavailable,
}
# https://www.sqlite.org/rescode.html
_SQLITE_KINDS: dict[str, type[EventLogError]] = {
    "SQLITE_FULL": EventLogFull,
    "SQLITE_CORRUPT": EventLogDamaged,
    "SQLITE_NOTADB": EventLogDamaged,
    "SQLITE_CONSTRAINT": EventLogRefused,
    "SQLITE_TOOBIG": EventLogRefused,
    "SQLITE_BUSY": EventLogUnavailable,
    "SQLITE_LOCKED": EventLogUnavailable,
    "SQLITE_CANTOPEN": EventLogUnavailable,
    "SQLITE_READONLY": EventLogUnavailable,
    "SQLITE_PERM": EventLogUnavailable,
    "SQLITE_IOERR": EventLogUnavailable,
}


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turns a database's own errors into the classes above."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        cause = getattr(error, "orig", None) or error
        kind = _kind(cause)
        reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        place = url.render_as_string(hide_password=True)
        raise kind(f"{kind.title} ({place}): {reason}") from error


def _kind(cause: BaseException) -> type[EventLogError]:
    if isinstance(cause, sqlite3.Error):
        return _sqlite_kind(cause)
    import psycopg  # only where PostgreSQL is in use: it takes its time

    if isinstance(cause, psycopg.Error):
        if cause.sqlstate is None:
            # The server never said a word: the driver refused a value, or could not connect.
            return EventLogRefused if isinstance(cause, psycopg.DataError) else EventLogUnavailable
        state = cause.sqlstate
        return _POSTGRES_KINDS.get(state) or _POSTGRES_KINDS.get(state[:2]) or EventLogError
    return EventLogUnavailable if isinstance(cause, PoolTimeout) else EventLogError


def _sqlite_kind(cause: sqlite3.Error) -> type[EventLogError]:
    name = getattr(cause, "sqlite_errorname", "") or ""
    if str(cause).startswith("no such table"):
        return EventLogNotMigrated
    # Extended codes such as SQLITE_IOERR_WRITE begin with the code that they refine.
    basic = "_".join(name.split("_")[:2])
    return _SQLITE_KINDS.get(basic, EventLogError)
