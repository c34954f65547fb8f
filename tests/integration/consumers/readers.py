"""Small consumers: one whose effect is a table of the log's database, one that writes a file elsewhere."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_core.events import CloudEvent
from merx_kit.consumers import Batch, Poison, StoreAway
from merx_kit.eventlog import EventLog

KIND = "test.v1"
_NUMBER = msgspec.json.Decoder(int)


def numbers(*values: object, first: int = 0, kind: str = KIND) -> list[CloudEvent]:
    return [
        CloudEvent(
            id=f"{kind}/{first + place}", source="/test", type=kind, data=msgspec.Raw(msgspec.json.encode(value))
        )
        for place, value in enumerate(values)
    ]


def wait_until(true: Callable[[], object], timeout_s: float = 30.0) -> None:
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


class Ledgered:
    """Inserts every number into a table, which would show one that came twice or never."""

    name, types, checkpoint_s = "in-sql", (KIND,), 0.0

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._new: list[tuple[int, int]] = []
        with log.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS seen (log_offset BIGINT, number BIGINT)")

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        self._new = []

    def apply(self, batch: Batch) -> Sequence[Poison]:
        poison = []
        for offset, data in zip(batch.offsets, batch.data, strict=True):
            try:
                self._new.append((offset, _NUMBER.decode(data)))
            except msgspec.ValidationError as error:
                poison.append(Poison(offset, str(error)))
        return poison

    def flush(self) -> None:
        """Everything is in SQL."""

    def save(self, connection: Connection, offset: int) -> Mapping[str, bytes | None]:
        new, self._new = self._new, []
        for row in new:
            connection.execute(sa.text("INSERT INTO seen VALUES (:o, :n)"), {"o": row[0], "n": row[1]})
        return {}

    def seen(self) -> list[int]:
        with self._log.engine.connect() as connection:
            return list(connection.exec_driver_sql("SELECT number FROM seen ORDER BY log_offset").scalars())


class Filed:
    """Keeps the sum by last digit in a file; state is the sums, and the file is written before it."""

    name, types = "in-a-file", (KIND,)

    def __init__(self, path: Path, *, checkpoint_s: float = 0.05) -> None:
        self.path = path
        self.checkpoint_s = checkpoint_s
        self.away = False
        self.refuses: set[int] = set()
        self._sums: dict[str, int] = {}
        self._changed: set[str] = set()

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        self._sums = {key: int(value) for key, value in state.items()}
        self._changed = set()

    def apply(self, batch: Batch) -> Sequence[Poison]:
        for data in batch.data:
            number = int(data)
            if number in self.refuses:
                raise ZeroDivisionError(f"cannot take {number}")
            key = str(number % 10)
            self._sums[key] = self._sums.get(key, 0) + number
            self._changed.add(key)
        if self.away:
            raise StoreAway("the file is away")
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(self._sums, sort_keys=True))
        unfinished.replace(self.path)
        return []

    def flush(self) -> None:
        if self.away:
            raise StoreAway("the file is away")

    def save(self, connection: Connection, offset: int) -> Mapping[str, bytes | None]:
        changed, self._changed = self._changed, set()
        return {key: str(self._sums[key]).encode() for key in changed}

    def sums(self) -> dict[str, int]:
        return dict(json.loads(self.path.read_text())) if self.path.exists() else {}


def sums_of(values: Sequence[int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for value in values:
        sums[str(value % 10)] = sums.get(str(value % 10), 0) + value
    return sums
