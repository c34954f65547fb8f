"""The log's partitions on PostgreSQL: a week each, by the time of recording, made ahead, dropped whole."""

import time
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

WEEK_US = 7 * 86_400 * 1_000_000
MONDAY_US = 4 * 86_400 * 1_000_000
"""1 January 1970 was a Thursday."""
WEEKS_AHEAD = 8
LOCK_TIMEOUT = "5s"
"""Readers queue behind whoever waits to attach or detach a week, and so that waits no longer."""
DEFAULT = "event_log_default"
"""Takes what no other does, so that an append never fails for want of a partition; `ensure_partitions` empties it."""

_BOUNDS = sa.text("""
SELECT child.relname, pg_get_expr(child.relpartbound, child.oid)
FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'event_log'::regclass
""")

_STRAYED = sa.text(f"""
SELECT min(recorded_us) FROM {DEFAULT} GROUP BY floor((recorded_us - {MONDAY_US})::numeric / {WEEK_US})
""")  # noqa: S608 - our own names


class Partition(NamedTuple):
    """One week: records with `since_us` <= recorded_us < `until_us`."""

    name: str
    since_us: int
    until_us: int

    @classmethod
    def holding(cls, moment_us: int) -> "Partition":
        """The one for `moment_us`."""
        since = (moment_us - MONDAY_US) // WEEK_US * WEEK_US + MONDAY_US
        return cls(f"event_log_p{datetime.fromtimestamp(since // 1_000_000, UTC):%Y%m%d}", since, since + WEEK_US)


def partitions(connection: Connection) -> list[Partition]:
    """Those that are there, the default one left out, oldest first."""
    found = []
    for name, bounds in connection.execute(_BOUNDS):
        if name != DEFAULT:
            since, until = (
                int(part.strip("'"))
                for part in bounds.replace("(", " ").replace(")", " ").split()
                if part.strip("'").lstrip("-").isdigit()
            )
            found.append(Partition(name, since, until))
    return sorted(found, key=lambda partition: partition.since_us)


def ensure_partitions(connection: Connection, *, since_us: int | None = None, now_us: int | None = None) -> list[str]:
    """Makes the weeks from `since_us` (now, where it is not told) to WEEKS_AHEAD beyond `now_us`; returns the new ones.

    Records that wait in the default partition move into the week that is made for them.
    """
    now = time.time_ns() // 1000 if now_us is None else now_us
    there = {partition.name for partition in partitions(connection)}
    ahead = range(now if since_us is None else since_us, now + (WEEKS_AHEAD + 1) * WEEK_US, WEEK_US)
    wanted = {Partition.holding(moment) for moment in (*connection.scalars(_STRAYED), *ahead)}
    made = sorted(week for week in wanted if week.name not in there)
    if made:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    for week in made:
        _make(connection, week)
    return [week.name for week in made]


def _make(connection: Connection, week: Partition) -> None:
    # Made apart and attached: while the default partition holds records of the week, it could not be made in place.
    between = f"recorded_us >= {week.since_us} AND recorded_us < {week.until_us}"
    connection.exec_driver_sql(f"CREATE TABLE {week.name} (LIKE event_log INCLUDING ALL)")
    connection.exec_driver_sql(
        f"WITH moved AS (DELETE FROM {DEFAULT} WHERE {between} RETURNING *) INSERT INTO {week.name} SELECT * FROM moved"  # noqa: S608
    )
    connection.exec_driver_sql(
        f"ALTER TABLE event_log ATTACH PARTITION {week.name} FOR VALUES FROM ({week.since_us}) TO ({week.until_us})"
    )
