"""A consumer's offset, state and records set aside, in the database of the log."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from merx_kit.consumers.ports import Fenced, Poison
from merx_kit.consumers.schema import consumer_offsets, consumer_poison, consumer_state
from merx_kit.eventlog.database import WRITING
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.records import moment_of

MANY = 1_000
_LONGEST_REASON = 500
# Statement by statement it would take longer than all else that a batch costs.
_KEEP_MANY = sa.text("""
INSERT INTO consumer_state (name, key, log_offset, state)
SELECT :name, key, :log_offset, state FROM unnest(CAST(:keys AS text[]), CAST(:states AS bytea[])) AS given (key, state)
ON CONFLICT (name, key) DO UPDATE SET log_offset = excluded.log_offset, state = excluded.state
""")
_KEEP = """
INSERT INTO consumer_state (name, key, log_offset, state) VALUES (?, ?, ?, ?)
ON CONFLICT (name, key) DO UPDATE SET log_offset = excluded.log_offset, state = excluded.state
"""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a consumer's stored effect ends; `updated_us` differs after every move, and so fences off other runners."""

    offset: int
    updated_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One consumer, as an operator wants to see it; `behind` counts offsets, `poison` records set aside."""

    name: str
    offset: int
    updated: datetime
    behind: int
    poison: int


class Ledger:
    """The rows of the consumer `name`. Every method raises an EventLogError where the database refuses."""

    def __init__(self, log: EventLog, name: str) -> None:
        self._log = log
        self._name = name

    def open(self) -> tuple[Bookmark, dict[str, bytes]]:
        """The bookmark, made at offset 0 where there is none, and the state that was stored with it."""
        insert = _insert(self._log)(consumer_offsets).values(name=self._name, log_offset=0, updated_us=1)
        with _writing(self._log) as connection:
            connection.execute(insert.on_conflict_do_nothing())
            mark = self._bookmark(connection)
            table = consumer_state.c
            rows = connection.execute(sa.select(table.key, table.state).where(table.name == self._name))
            return mark, {key: bytes(state) for key, state in rows}

    def bookmark(self) -> Bookmark:
        with translated(self._log.url), self._log.engine.connect() as connection:
            return self._bookmark(connection)

    def save(
        self,
        mark: Bookmark,
        offset: int,
        *,
        effect: Callable[[Connection, int], Mapping[str, bytes | None]],
        poison: Sequence[Poison] = (),
    ) -> Bookmark:
        """Moves the bookmark with the state that `effect` returns and whatever it writes itself. Raises Fenced."""
        moved = Bookmark(offset, max(time.time_ns() // 1000, mark.updated_us + 1))
        with _writing(self._log) as connection:
            self._move(connection, mark, moved)
            changed = effect(connection, offset)
            self._keep(connection, changed, offset)
            self._set_aside(connection, poison, moved.updated_us)
        return moved

    def settle(
        self,
        mark: Bookmark,
        *,
        tried: Sequence[int],
        effect: Callable[[Connection, int], Mapping[str, bytes | None]],
        poison: Sequence[Poison],
    ) -> Bookmark:
        """Stores what trying the records `tried` again has given; those in `poison` stay set aside. Raises Fenced."""
        moved = Bookmark(mark.offset, max(time.time_ns() // 1000, mark.updated_us + 1))
        with _writing(self._log) as connection:
            self._move(connection, mark, moved)
            self._keep(connection, effect(connection, mark.offset), mark.offset)
            table = consumer_poison.c
            mine = (table.name == self._name) & table.log_offset.in_(list(tried))
            connection.execute(sa.delete(consumer_poison).where(mine))
            self._set_aside(connection, poison, moved.updated_us)
        return moved

    def poison(self) -> tuple[list[int], int]:
        """Offsets that are to be tried again, at most MANY, and how many records are set aside in all."""
        table = consumer_poison.c
        mine = sa.select(table.log_offset).where(table.name == self._name)
        with translated(self._log.url), self._log.engine.connect() as connection:
            again = connection.execute(mine.where(table.set_aside_us == 0).order_by(table.log_offset).limit(MANY))
            offsets = [int(offset) for offset in again.scalars()]
            count = connection.execute(sa.select(sa.func.count()).select_from(mine.subquery())).scalar_one()
            return offsets, int(count)

    def _bookmark(self, connection: Connection) -> Bookmark:
        table = consumer_offsets.c
        row = connection.execute(sa.select(table.log_offset, table.updated_us).where(table.name == self._name)).one()
        return Bookmark(int(row[0]), int(row[1]))

    def _move(self, connection: Connection, mark: Bookmark, moved: Bookmark) -> None:
        table = consumer_offsets.c
        mine = (table.name == self._name) & (table.log_offset == mark.offset) & (table.updated_us == mark.updated_us)
        update = sa.update(consumer_offsets).where(mine)
        done = connection.execute(update.values(log_offset=moved.offset, updated_us=moved.updated_us))
        if done.rowcount != 1:
            raise Fenced(f"the offset of {self._name} was moved from {mark.offset} by somebody else")

    def _keep(self, connection: Connection, changed: Mapping[str, bytes | None], offset: int) -> None:
        name = self._name
        gone = [key for key, state in changed.items() if state is None]
        for start in range(0, len(gone), MANY):
            table = consumer_state.c
            mine = (table.name == name) & table.key.in_(gone[start : start + MANY])
            connection.execute(sa.delete(consumer_state).where(mine))
        kept = {key: state for key, state in changed.items() if state is not None}
        if kept and self._log.url.get_backend_name() == "postgresql":
            values = {"name": name, "log_offset": offset, "keys": list(kept), "states": list(kept.values())}
            connection.execute(_KEEP_MANY, values)
        elif kept:
            rows = [(name, key, offset, state) for key, state in kept.items()]
            connection.exec_driver_sql(_KEEP, rows)

    def _set_aside(self, connection: Connection, poison: Sequence[Poison], moment_us: int) -> None:
        if not poison:
            return
        insert = _insert(self._log)(consumer_poison)
        fresh = {column: insert.excluded[column] for column in ("reason", "set_aside_us")}
        rows = [
            {"name": self._name, "log_offset": offset, "reason": reason[:_LONGEST_REASON], "set_aside_us": moment_us}
            for offset, reason in poison
        ]
        connection.execute(insert.on_conflict_do_update(index_elements=["name", "log_offset"], set_=fresh), rows)


def standings(log: EventLog) -> list[Standing]:
    """Every consumer that ever ran, by name."""
    head = log.head()
    offsets, poison = consumer_offsets.c, consumer_poison.c
    count = sa.select(sa.func.count()).where(poison.name == offsets.name).scalar_subquery()
    query = sa.select(offsets.name, offsets.log_offset, offsets.updated_us, count).order_by(offsets.name)
    with translated(log.url), log.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        Standing(name, int(offset), moment_of(int(updated_us)), max(head - int(offset), 0), int(poison_count))
        for name, offset, updated_us, poison_count in rows
    ]


def replay(log: EventLog, name: str, from_offset: int) -> None:
    """Makes the consumer read everything beyond `from_offset` again, without its state; a running one notices.

    What it has set aside is forgotten too, and set aside anew where it still must be. Raises KeyError on a name that
    has never run, ValueError on an offset below 0.
    """
    if from_offset < 0:
        raise ValueError("an offset is not negative")
    moment = time.time_ns() // 1000
    with _writing(log) as connection:
        update = sa.update(consumer_offsets).where(consumer_offsets.c.name == name)
        if connection.execute(update.values(log_offset=from_offset, updated_us=moment)).rowcount != 1:
            raise KeyError(name)
        connection.execute(sa.delete(consumer_state).where(consumer_state.c.name == name))
        again = (consumer_poison.c.name == name) & (consumer_poison.c.log_offset > from_offset)
        connection.execute(sa.delete(consumer_poison).where(again))


def set_aside(log: EventLog, name: str, limit: int = 100) -> list[tuple[Poison, datetime | None]]:
    """The first records that the consumer has set aside, and since when (None: about to be tried again)."""
    table = consumer_poison.c
    query = sa.select(table.log_offset, table.reason, table.set_aside_us).where(table.name == name)
    with translated(log.url), log.engine.connect() as connection:
        rows = connection.execute(query.order_by(table.log_offset).limit(limit)).all()
    return [(Poison(int(row[0]), row[1]), moment_of(int(row[2])) if row[2] else None) for row in rows]


def retry(log: EventLog, name: str) -> int:
    """Asks the consumer to try everything that it has set aside once more; returns how many records that are."""
    with _writing(log) as connection:
        update = sa.update(consumer_poison).where(consumer_poison.c.name == name)
        return int(connection.execute(update.values(set_aside_us=0)).rowcount)


@contextmanager
def _writing(log: EventLog) -> Iterator[Connection]:
    with translated(log.url), log.engine.connect() as fresh:
        connection = fresh.execution_options(**WRITING)
        with connection.begin():
            yield connection


def _insert(log: EventLog) -> Callable[[sa.Table], "postgresql.Insert | sqlite.Insert"]:
    return postgresql.insert if log.url.get_backend_name() == "postgresql" else sqlite.insert
