"""freshness: from a click to the changed list, at 1,000 events a second with 500 open streams.

Two real services in processes of their own over one event log (SQLite, every commit flushed): clicks go into intake by
HTTP, lists come out of the recommendation service as server-sent events. An open loop: a click has its moment, whatever
the services do, and its time counts from there until the shopper's next list arrives; so intake's commit, the tail's
look and the making of the list are all in it, and so is this client, on the same machine. A list that a click leaves as
it was is not sent, so the service's own count of those must make up for the clicks that no list followed.

Two ways to spread the 1,000 events a second, at even distances, each shopper in turn:
- "10,000 active shoppers": each does something every 10 s; 500 of them have a stream open. Their clicks (50 a second)
  are requests of their own, as browsers send them; the others' events come in batches of 20, as a shop's server sends.
- "500 active shoppers": all of them with a stream, each clicks every 0.5 s, in batches of 20. Every event asks for a
  list: 1,000 lists a second, which is more than one process can make; shown for how it gives way. Which click a list is
  for cannot be told here, so no time is.

At the end every list on a stream is compared with what a stream that opens anew is given.
"""

import argparse
import asyncio
import json
import os
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.generated_shop import Furnished, ShopSize, furnish
from benchmarks.http_client import Connection, encode
from benchmarks.report import Machine, Row, command_line, cpu_seconds, median_spread, show, write
from benchmarks.service_process import Service, free_port

ROUNDS, SECONDS = 5, 60.0
RATE = 1_000
STREAMS = 500
BATCH = 20
SIZE = 20
GIVEN_UP_S = 5.0
OPENING = 16
"""Streams that open at once; the service admits requests by the processor's time, and opening one makes a list."""
SHOP = ShopSize(products=10_000, categories=200, shoppers=500, lines=60)
_MADE = re.compile(rb'^merx_recommendation_live_lists_total\{.*outcome="(?:sent|unchanged)".*\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True)
class Spread:
    """`shoppers` take turns; the first STREAMS of them watch."""

    name: str
    shoppers: int
    alone: bool
    """Whether a watching shopper's click is a request of its own, and has a list of its own."""


SPREADS = (Spread("10,000 active shoppers", 10_000, alone=True), Spread("500 active shoppers", STREAMS, alone=False))


@dataclass
class Round:
    """What one round came to; times in seconds."""

    took: list[float] = field(default_factory=list)
    clicks: int = 0
    """Of watching shoppers."""
    lists: int = 0
    made: int = 0
    """Lists that were made, sent or not."""
    refused: int = 0
    stale: int = 0
    """Streams whose last list is not the newest."""
    seconds: float = 0.0
    cpu_s: tuple[float, float] = (0.0, 0.0)
    """Of intake and of the recommendation service."""

    @property
    def forgotten(self) -> int:
        """Clicks for which no list was made, at least: a row that is read again makes a list too."""
        return max(0, self.clicks - self.made)

    def percentile(self, share: float) -> float:
        """In milliseconds, of the clicks that a list followed."""
        ordered = sorted(self.took)
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Watcher:
    """One shopper's open stream, and the clicks that no list has followed yet."""

    def __init__(self, shopper: str, port: int, found: Round, *, also: str = "") -> None:
        self.shopper = shopper
        self.port = port
        self.found = found
        self.also = also
        self.waiting: list[float] = []
        self.last_id = b""
        self.opened = asyncio.Event()

    async def read(self) -> None:
        """Until it is cancelled; comes back as a browser would where the stream ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        path = f"/v1/recommendations/stream?customer_id={self.shopper}&size={SIZE}&explore=false{self.also}"
        writer.write(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"a stream was refused: {head[:200]!r}")
        try:
            while True:
                chunk = await reader.readuntil(b"\n\n\r\n")
                if b"data: " in chunk:
                    self._take(chunk)
        finally:
            writer.close()

    def _take(self, chunk: bytes) -> None:
        now = time.perf_counter()
        self.last_id = chunk.partition(b"id: ")[2].partition(b"\n")[0]
        if self.opened.is_set():
            self.found.lists += 1
        self.opened.set()
        # Those of longer ago changed nothing.
        self.found.took += [now - due for due in self.waiting if now - due < GIVEN_UP_S]
        self.waiting.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    arguments = parser.parse_args()
    machine, rows = Machine.now(), list[Row]()
    with tempfile.TemporaryDirectory(prefix="merx-freshness-") as folder:
        shop = furnish(Path(folder), SHOP)
        for spread in SPREADS:
            with services(shop) as (ports, servers):
                rounds = [
                    asyncio.run(measure(shop, spread, ports=ports, servers=servers, seconds=arguments.seconds))
                    for _ in range(arguments.rounds)
                ]
            rows += claims(spread, rounds)
    if (arguments.rounds, arguments.seconds) == (ROUNDS, SECONDS):
        write("freshness", rows, command_line(), machine=machine)
    else:
        show(f"freshness, {arguments.rounds} rounds of {arguments.seconds:.0f} s", rows)


def claims(spread: Spread, rounds: Sequence[Round]) -> list[Row]:
    task = f"{RATE:,} events/s of {spread.name}, {STREAMS} streams"

    def row(what: str, unit: str, values: Sequence[float], *, better: str = "lower", goal: float | None = None) -> Row:
        middle, ends = median_spread(values)
        higher = better == "higher"
        claim = f"{task}: {what}"
        return Row(claim=claim, unit=unit, better="higher" if higher else "lower", merx=middle, spread=ends, goal=goal)

    timed = [
        row("click to changed list, p50", "ms", [each.percentile(0.5) for each in rounds]),
        row("click to changed list, p99", "ms", [each.percentile(0.99) for each in rounds], goal=50.0),
        row("click to changed list, slowest", "ms", [each.percentile(1.0) for each in rounds]),
        row("clicks that change the list", "share", [len(each.took) / each.clicks for each in rounds], better="higher"),
        row("clicks beyond the lists made", "clicks", [float(each.clicks - each.made) for each in rounds], goal=0.0),
    ]
    return [
        *(timed if spread.alone else []),
        row("streams not at the newest list at the end", "streams", [float(each.stale) for each in rounds], goal=0.0),
        row("events refused", "events", [float(each.refused) for each in rounds], goal=0.0),
        row("lists sent", "1/s", [each.lists / each.seconds for each in rounds], better="higher"),
        row("CPU of intake", "CPU s / s", [each.cpu_s[0] / each.seconds for each in rounds]),
        row("CPU of recommendation", "CPU s / s", [each.cpu_s[1] / each.seconds for each in rounds]),
    ]


async def measure(
    shop: Furnished,
    spread: Spread,
    *,
    ports: Mapping[str, int],
    servers: Mapping[str, Service],
    seconds: float,
) -> Round:
    """One round: streams open, events flow, and every list is the newest when they have ended."""
    found = Round()
    watchers = [Watcher(shopper, ports["recommendation"], found) for shopper in shop.shoppers[:STREAMS]]
    readers = []
    for first in range(0, len(watchers), OPENING):
        some = watchers[first : first + OPENING]
        readers += [asyncio.create_task(watcher.read()) for watcher in some]
        await asyncio.gather(*(watcher.opened.wait() for watcher in some))
    before, made = [spent(servers[name]) for name in ("intake", "recommendation")], lists_made(ports["recommendation"])
    started = time.perf_counter()
    await send(shop, spread, watchers, port=ports["intake"], seconds=seconds)
    found.seconds = time.perf_counter() - started
    after = [spent(servers[name]) for name in ("intake", "recommendation")]
    found.cpu_s = (after[0] - before[0], after[1] - before[1])
    await asyncio.sleep(GIVEN_UP_S)
    found.made = lists_made(ports["recommendation"]) - made
    found.stale = await stale(watchers)
    for reader in readers:
        reader.cancel()
    ended = await asyncio.gather(*readers, return_exceptions=True)
    faults = [str(end) for end in ended if not isinstance(end, asyncio.CancelledError)]
    if faults:
        raise SystemExit(f"{len(faults)} streams broke: {faults[0]}")
    return found


class Sender:
    """Posts to intake without waiting for one answer before the next request."""

    def __init__(self, port: int, found: Round) -> None:
        self._port = port
        self._found = found
        self._idle: list[Connection] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._batch: list[dict[str, object]] = []

    def add(self, event: dict[str, object], *, alone: bool) -> None:
        """The event leaves now where it is `alone`, else with the batch that it fills."""
        if alone:
            self._leave(event, 1)
            return
        self._batch.append(event)
        if len(self._batch) == BATCH:
            self._leave({"events": self._batch}, BATCH)
            self._batch = []

    async def close(self) -> None:
        """After the last answer."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        for connection in self._idle:
            connection.close()

    def _leave(self, body: object, count: int) -> None:
        task = asyncio.create_task(self._post(body, count))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _post(self, body: object, count: int) -> None:
        connection = self._idle.pop() if self._idle else Connection(self._port)
        try:
            status, answer = await connection.ask(encode("/v1/events", body))
        except (OSError, EOFError):
            self._found.refused += count
            connection.close()
            return
        if status not in {200, 202} or json.loads(answer)["accepted"] != count:
            self._found.refused += count
        self._idle.append(connection)


async def send(shop: Furnished, spread: Spread, watchers: Sequence[Watcher], *, port: int, seconds: float) -> None:
    """RATE events a second at even distances; a batch leaves when its last event is due."""
    found = watchers[0].found
    sender = Sender(port, found)
    rng = np.random.default_rng(0)
    turn = rng.permutation(spread.shoppers).tolist()
    products = rng.choice(sold(shop), int(RATE * seconds)).tolist()
    started = time.perf_counter() + 0.2
    for number, product in enumerate(products):
        due = started + number / RATE
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        shopper = turn[number % len(turn)]
        watched = shopper < len(watchers)
        if watched:
            found.clicks += 1
            watchers[shopper].waiting.append(due)
        sender.add(click(shopper, product), alone=watched and spread.alone)
    await sender.close()


def sold(shop: Furnished) -> list[str]:
    """The products that were bought often enough to have neighbours, so that a click on one changes a list."""
    bought = pd.read_parquet(shop.settings.home / "interactions.parquet", columns=["product_id"])["product_id"]
    counts = bought.value_counts()
    return [str(product) for product in counts.index[counts >= 5]]


def click(shopper: int, product: str) -> dict[str, object]:
    return {
        "message_id": os.urandom(12).hex(),
        "type": "view_item",
        "time": datetime.now(UTC).isoformat(),
        "customer_id": str(shopper),
        "lines": [{"product_id": product}],
    }


async def stale(watchers: Sequence[Watcher]) -> int:
    """How many streams show another list than one that opens now."""

    places = asyncio.Semaphore(OPENING)

    async def newest(watcher: Watcher) -> bool:
        # Another query of the same meaning: its list is made for it, and not the one that others read.
        again = Watcher(watcher.shopper, watcher.port, Round(), also="&exclude=nothing")
        async with places:
            reading = asyncio.create_task(again.read())
            await again.opened.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        return again.last_id == watcher.last_id

    return sum(not same for same in await asyncio.gather(*(newest(watcher) for watcher in watchers)))


@contextmanager
def services(shop: Furnished) -> Iterator[tuple[dict[str, int], dict[str, Service]]]:
    """Intake and recommendation on the shop, ready."""
    ports = {"intake": free_port(), "recommendation": free_port()}
    own = {"INTAKE_PORT": str(ports["intake"]), "RECO_PORT": str(ports["recommendation"])}
    settings = {"MERX_HOME": str(shop.settings.home), "MERX_LOG_LEVEL": "WARNING", **own}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(Service(f"merx_{name}", port, settings, shop.settings.home / f"{name}.log"))
            for name, port in ports.items()
        }
        asyncio.run(ready(ports))
        yield ports, servers


async def ready(ports: Mapping[str, int]) -> None:
    """Intake takes events, and lists come from the model."""
    until = time.monotonic() + 120
    asked = {
        "intake": encode("/v1/events", click(0, "p0")),
        "recommendation": encode("/v1/recommendations", {"customer_id": "1"}),
    }
    for name, port in ports.items():
        while True:
            try:
                answer = await Connection(port).json(asked[name])
                if name == "intake" or ("degraded" not in answer and answer["model_version"] != "popular"):
                    break
            except (OSError, EOFError, RuntimeError) as error:
                answer = error
            if time.monotonic() > until:
                raise SystemExit(f"{name} is not ready: {str(answer)[:300]}")
            await asyncio.sleep(0.2)


def lists_made(port: int) -> int:
    """Lists of open streams that the service has made so far, those that were as before among them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as metrics:
        return int(sum(map(float, _MADE.findall(metrics.read()))))


def spent(service: Service) -> float:
    """CPU seconds of a server alone."""
    return cpu_seconds([service.process.pid]) - cpu_seconds()


if __name__ == "__main__":
    main()
