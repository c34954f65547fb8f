"""The service over fakes, as an in-process HTTP client sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from merx_core.events import Event
from merx_intake.adapters.spool import FolderSpool
from merx_intake.app import api, pages
from merx_intake.bootstrap import Doors
from merx_intake.service import CatalogueDoor, EventDoor, EventRules, ImportDesk
from merx_intake.settings import Settings
from merx_kit.http.idempotency import InMemoryIdempotency
from merx_kit.http.lifespan import ASGIApp
from tests.unit.intake.fakes import InMemoryJobs, InMemoryLog, RecordingImporter

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "message_id": "m1",
    "type": "purchase",
    "time": "2026-11-24T11:00:00Z",
    "customer_id": "c1",
    "lines": [{"product_id": "p1", "quantity": 2, "price": {"amount": 1299, "currency": "EUR"}}],
}


class House:
    """Every part within reach of a test; its clock stands still at `now`."""

    def __init__(self, home: Path, *, jobs: InMemoryJobs | None = None, **settings: Any) -> None:
        self.now = NOW
        self.settings = Settings(home=home, currency="EUR", **settings)
        self.log = InMemoryLog()
        self.jobs = jobs or InMemoryJobs()
        self.importer = RecordingImporter(self.jobs)
        self.spool = FolderSpool(self.settings.spool, limit_bytes=self.settings.import_spool_bytes)
        self.doors = Doors(
            EventDoor(self.log, EventRules("EUR", self.settings.late_after), lambda: self.now),
            CatalogueDoor(self.log, "EUR", lambda: self.now),
            ImportDesk(self.jobs, self.spool, self.importer),
        )

    def app(self) -> ASGIApp:
        face = api(self.doors, self.settings, kept=InMemoryIdempotency())
        return face.build(fallback=pages())

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            yield client

    def events(self) -> list[Event]:
        return [msgspec.json.decode(record.data, type=Event) for record in self.log.records.values()]
