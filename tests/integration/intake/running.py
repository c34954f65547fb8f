"""The intake service as a process that a test may end and start anew, and what its tests ask of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from benchmarks.service_process import Service, free_port
from merx_core.events import RecordType
from merx_kit.eventlog import EventLog

T = TypeVar("T")

WITHIN_S = 240.0
PAUSE_S = 0.02
ENDED = ("done", "failed")


def until(ask: Callable[[], T | None]) -> T:
    """The first answer that is something."""
    limit = time.monotonic() + WITHIN_S
    while time.monotonic() < limit:
        if found := ask():
            return found
        time.sleep(PAUSE_S)
    raise AssertionError(f"nothing within {WITHIN_S:.0f} s")


def new_client() -> httpx.Client:
    """For many requests, since a client costs 30 ms; its connections end with their answers, as the service may."""
    return httpx.Client(timeout=WITHIN_S, limits=httpx.Limits(max_keepalive_connections=0))


class Intake:
    """`python -m merx_intake` on one home and one port, however often it is started; without `database_url` on SQLite.

    Given, the database may be away.
    """

    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        self.database_url = database_url or f"sqlite:///{home}/events.db"
        self.output = home.with_suffix(".log")
        self._port = free_port()
        self._service: Service | None = None
        self._client = new_client()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        children = self.children() if self.service.process.poll() is None else []
        self.stop(signal.SIGKILL)
        for child in children:
            child.kill()
        self._client.close()

    @property
    def service(self) -> Service:
        assert self._service is not None
        return self._service

    def start(self) -> Self:
        """Returns when it answers, ready or not."""
        own = {"MERX_HOME": str(self.home), "MERX_DATABASE_URL": self.database_url, "INTAKE_PORT": str(self._port)}
        own |= {"INTAKE_DRAIN_NOTICE_MS": "0", "MERX_CURRENCY": "EUR"}
        self._service = Service("merx_intake", self._port, own, self.output).wait_alive()
        return self

    def stop(self, sig: int = signal.SIGTERM) -> None:
        self.service.stop(sig)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self._client.request(method, f"{self.service.url}{path}", **request)

    def send(self, *events: dict[str, Any]) -> httpx.Response:
        return self.ask("POST", "/v1/events", json=events)

    def upload(self, content: bytes | Iterator[bytes], *, key: str, name: str = "feed.tsv") -> httpx.Response:
        return self.ask("POST", "/v1/imports", params={"name": name}, headers={"idempotency-key": key}, content=content)

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job of an import, once it has ended."""

        def look() -> dict[str, Any] | None:
            job: dict[str, Any] = self.ask("GET", f"/v1/imports/{job_id}").raise_for_status().json()
            return job if job["state"] in ENDED else None

        return until(look)

    def children(self) -> "list[Child]":
        """The imports at work; there is one at most."""
        return children_of(self.service.process.pid)

    def child(self) -> "Child":
        """The import at work, as soon as there is one."""
        return until(self.children)[0]


class Child:
    """A process that is not this one's own, known by its id."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._folder = Path(f"/proc/{pid}")

    @property
    def peak_kib(self) -> int:
        """The most memory that it ever held (VmHWM); 0 once it has ended."""
        try:
            status = (self._folder / "status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)

    @property
    def alive(self) -> bool:
        return self.peak_kib > 0

    def kill(self) -> None:
        """Returns when it is gone."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            until(lambda: not self.alive)


def children_of(pid: int) -> list[Child]:
    """Those that any thread of the process has started."""
    listed = (path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [Child(int(name)) for names in listed for name in names]


def products_in(database_url: str) -> list[str]:
    """The id of every upsert in the log, in its order."""
    with EventLog(database_url) as log:
        chunks = log.stream_columns([RecordType.PRODUCT_UPSERTED])
        return [subject or "" for columns in chunks for subject in columns.subjects]


def events_in(database_url: str) -> list[str]:
    """The id of every event in the log, in its order."""
    with EventLog(database_url) as log:
        return [stored.record.id for stored in log.read(0, 10_000, types=[RecordType.EVENT])]


def feed(count: int) -> bytes:
    """A Merchant feed (TSV) of so many products."""
    rows = (f"p{place}\tTeapot {place}\t24.90 EUR\tin_stock\n" for place in range(count))
    return ("id\ttitle\tprice\tavailability\n" + "".join(rows)).encode()
