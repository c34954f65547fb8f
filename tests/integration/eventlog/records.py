"""Small records for the tests of the log."""

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from merx_core.events import CloudEvent
from merx_kit.eventlog.database import Postgres
from merx_kit.eventlog.records import to_key, to_row


def record(name: str, *, source: str = "/test", kind: str = "test.v1") -> CloudEvent:
    data = msgspec.Raw(msgspec.json.encode({"name": name, "price": 12.5}))
    time = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    return CloudEvent(id=name, source=source, type=kind, time=time, subject=f"about-{name}", data=data)


def records(*names: str) -> list[CloudEvent]:
    return [record(name) for name in names]


def insert(connection: sa.Connection, *new: CloudEvent) -> None:
    """What an append does in its transaction, which the test may hold open."""
    rows = list(map(to_row, new))
    Postgres().insert(connection, rows, list(map(to_key, rows)))
