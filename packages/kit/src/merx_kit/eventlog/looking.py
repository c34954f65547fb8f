"""One look at the log for those who follow it: what lies beyond a place, the data of wanted types alone."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.eventlog.database import Dialect
from merx_kit.eventlog.schema import event_log


class Place(NamedTuple):
    """Where a reader is: the offset of a record and when it was written, 0 where that is not known."""

    offset: int
    recorded_us: int = 0


def records_of(dialect: Dialect, types: Sequence[str]) -> sa.Select[Any]:
    """Every readable record by offset; `data` is null where the type is not wanted.

    A reader that skipped the other types in SQL would look at them again and again until one of its own came.
    """
    table = event_log.c
    data = sa.case((table.type.in_([str(name) for name in types]), table.data)).label("data")
    columns = (table.log_offset, table.type, table.subject, table.time_us, table.recorded_us, data)
    return sa.select(*columns).where(dialect.readable()).order_by(table.log_offset)


def records_beyond(dialect: Dialect, types: Sequence[str]) -> sa.Select[Any]:
    """`records_of`, those beyond a place; to be executed with `values_of`."""
    table = event_log.c
    after = sa.bindparam("after", type_=sa.BigInteger)
    # The log is partitioned by the time of writing, which never falls as offsets grow.
    since = sa.bindparam("since_us", type_=sa.BigInteger)
    beyond = records_of(dialect, types).where(table.log_offset > after, table.recorded_us >= since)
    return beyond.limit(sa.bindparam("limit"))


def values_of(place: Place, limit: int) -> dict[str, int]:
    return {"after": place.offset, "since_us": place.recorded_us, "limit": limit}


def place_of(rows: Sequence[sa.Row[Any]], otherwise: Place) -> Place:
    """Where these rows end."""
    return Place(int(rows[-1].log_offset), int(rows[-1].recorded_us)) if rows else otherwise


def last_given(connection: Connection, dialect: Dialect) -> int:
    """The highest offset that the log ever gave, committed, dropped or not; 0 where it gave none.

    Less than a reader's own offset is said only by another log: one restored from an older backup.
    """
    return int(connection.execute(sa.text(dialect.given)).scalar_one())
