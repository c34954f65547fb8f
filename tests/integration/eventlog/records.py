"""Small records for the tests of the log."""

from datetime import UTC, datetime

import msgspec

from merx_core.events import CloudEvent


def record(name: str, *, source: str = "/test", kind: str = "test.v1") -> CloudEvent:
    data = msgspec.Raw(msgspec.json.encode({"name": name, "price": 12.5}))
    time = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    return CloudEvent(id=name, source=source, type=kind, time=time, subject=f"about-{name}", data=data)


def records(*names: str) -> list[CloudEvent]:
    return [record(name) for name in names]
