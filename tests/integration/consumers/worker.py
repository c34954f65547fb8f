"""The worker in a process of its own, the shop's events that it reads, and what the store should hold of them."""

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from feast import FeatureStore

from benchmarks.service_process import Service, free_port
from merx_core.events import CloudEvent, Event, EventType, Line
from merx_core.features import names
from merx_core.features.sessions import Session, Touch, advance
from merx_kit.consumers import standings
from merx_kit.eventlog import EventLog, migrate
from merx_kit.features import apply, open_store
from merx_kit.features.rows import ViewReader, items, number, text
from merx_kit.settings import MerxSettings

ROOT = Path(__file__).parents[3]
KINDS = [EventType.VIEW] * 6 + [EventType.ADD_TO_CART, EventType.PURCHASE, EventType.VIEW_LIST]
Rows = dict[str, dict[str, Any]]


@dataclass
class House:
    """An installation with its log and its feature store, and any number of workers."""

    settings: MerxSettings
    log: EventLog = field(init=False)
    store: FeatureStore = field(init=False)
    workers: list[Service] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def __post_init__(self) -> None:
        migrate(self.settings.database_url)
        self.log = EventLog(self.settings.database_url)
        self.store = open_store(self.settings, online_timeout_s=10.0)
        apply(self.store, ROOT / "feature_repo")

    def worker(self, **environment: str) -> Service:
        port = int(environment.get("WORKER_PORT", 0)) or free_port()
        merx = {
            "MERX_HOME": str(self.settings.home),
            "MERX_DATABASE_URL": self.settings.database_url,
            "MERX_FEAST_ONLINE": self.settings.feast_online,
            "WORKER_PORT": str(port),
        }
        log = self.settings.home / f"worker-{len(self.workers)}.log"
        self.workers.append(Service("merx_intake.worker", port, merx | environment, log))
        return self.workers[-1]

    def close(self) -> None:
        for worker in self.workers:
            worker.stop(signal.SIGKILL)
        self.log.close()

    def shop(self, count: int, seed: int, *, shoppers: int = 25) -> None:
        """Appends `count` events of now, a few in each transaction."""
        rng = np.random.default_rng(seed)
        while count > 0:
            size = min(count, int(rng.integers(1, 12)))
            self.log.append([self._event(rng, shoppers) for _ in range(size)])
            count -= size

    def _event(self, rng: np.random.Generator, shoppers: int) -> CloudEvent:
        shopper = int(rng.integers(0, shoppers))
        event = Event(
            message_id=f"m{next(self._numbers)}",
            type=KINDS[rng.integers(0, len(KINDS))],
            time=datetime.now(UTC),
            anonymous_id=f"d{shopper}",
            session_id=f"s{shopper}-{rng.integers(0, 2)}",
            lines=tuple(Line(f"p{product}") for product in rng.integers(0, 400, int(rng.integers(0, 3)))),
        )
        return CloudEvent.wrap(event, "/test")

    def caught_up(self, name: str) -> bool:
        head = self.log.head()
        return any(found.name == name and found.offset >= head for found in standings(self.log))

    def live(self) -> Rows:
        """What the online store says of every shopper."""
        reader = ViewReader(self.store, names.PROFILE_LIVE)
        ids = sorted(self.wanted())
        found = zip(ids, reader.read(ids, now=time.time()), strict=True)
        return {name: row_of(row.values) for name, row in found if row}

    def wanted(self) -> Rows:
        """What a clean fold of the log says."""
        sessions: dict[str, Session] = {}
        for record in self.log.read(0, 1_000_000):
            event = _decoded(record.record.data)
            if event.lines:
                key = f"a:{event.anonymous_id}"
                recorded_us = int(record.recorded_at.timestamp() * 1e6)
                time_us = min(int(event.time.timestamp() * 1e6), recorded_us)
                products = [line.product_id for line in event.lines]
                touch = Touch(str(event.type), time_us, record.offset, products, event.session_id)
                sessions[key] = advance(sessions.get(key), touch, recorded_us) or sessions[key]
        return {key: counts(session) for key, session in sessions.items()}


def _decoded(data: Any) -> Event:
    import msgspec

    return msgspec.json.decode(data, type=Event)


def counts(session: Session) -> dict[str, Any]:
    return {
        "live_products": session.products(),
        "live_session": session.session_id,
        "live_events": session.events,
        "live_views": session.views,
        "live_carts": session.carts,
        "live_purchases": session.purchases,
    }


def row_of(values: Any) -> dict[str, Any]:
    numbers = {name: int(number(values[name])) for name in names.LIVE_COLUMNS[2:]}
    return {
        "live_products": list(items(values["live_products"])),
        "live_session": text(values["live_session"]),
        **numbers,
    }


def ready(url: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = httpx.get(f"{url}/readyz").json()
    except httpx.TransportError:
        return {"status": "away", "degraded": [], "failing": []}
    return answer


def names_of(rows: Sequence[Any]) -> list[str]:
    return [row.name for row in rows]
