"""store-faults: the online store killed, stopped (SIGSTOP) and slowed by 500 ms, while lists are asked for.

A real Valkey as Feast's online store, the recommendation service in a process of its own, an open loop of 100 requests
a second (half of what `rank-api` asks on one CPU). Each fault lasts 3 s, and 2 s lie between it and the next, 20 times;
all requests from the fault's first moment to the end of the pause count. A killed store comes back with its data.

"Whole again" is the time from the end of the fault to the last answer that still lacked the shopper's features. The
peer is redis-py with its default pool, as most services use it: one read after another through the same faults.
"""

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from benchmarks.faulty_store import FaultyStore
from benchmarks.generated_shop import Furnished, ShopSize, furnish
from benchmarks.http_client import Connection, closed_loop, encode
from benchmarks.report import Machine, Row, command_line, median_spread, show, write
from benchmarks.service_process import Service, free_port

TIMES = 20
RATE = 100.0
FAULT_S, PAUSE_S = 3.0, 2.0
SHOP = ShopSize(products=10_000, categories=200, shoppers=500, lines=60)
LACKING = "features_unavailable"
Fault = Callable[[], AbstractContextManager[None]]


@dataclass
class Faulted:
    """One kind of fault, all times together; seconds."""

    took: list[float] = field(default_factory=list)
    failed: int = 0
    """Answers of 500 and above, and connections that broke."""
    refused: int = 0
    """429."""
    said: list[float] = field(default_factory=list)
    """By fault, the share of the answers while it lasted that named it."""
    whole: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.took)
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Answer:
    due: float
    done: float
    status: int
    lacking: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    times = parser.parse_args().times
    machine, rows = Machine.now(), list[Row]()
    with (
        tempfile.TemporaryDirectory(prefix="merx-store-faults-") as folder,
        FaultyStore(Path(folder) / "store") as store,
    ):
        shop = furnish(Path(folder) / "home", SHOP, feast_online=store.url)
        kinds: dict[str, tuple[str, Fault]] = {
            "killed": (store.url, store.killed),
            "stopped": (store.url, store.stopped),
            "slowed by 500 ms": (store.slow_url, store.slowed),
        }
        for name, (url, fault) in kinds.items():
            found, stalls = Faulted(), list[float]()
            with recommendation(shop, url) as port, peer(url, stalls):
                requests = asked(shop)
                asyncio.run(closed_loop(port, requests, count=500))
                for _ in range(times):
                    asyncio.run(once(port, requests, fault, found))
            rows += claims(name, found, max(stalls, default=0.0))
    write("store-faults", rows, command_line(), machine=machine) if times == TIMES else show("store-faults", rows)


def claims(name: str, found: Faulted, stall: float) -> list[Row]:
    task = f"online store {name}, {len(found.whole)} times"

    def row(what: str, unit: str, value: float, *, goal: float | None = None, peer: float | None = None) -> Row:
        peers = {} if peer is None else {"redis-py, default pool": peer}
        return Row(
            claim=f"{task}: {what}",
            unit=unit,
            better="lower",
            merx=value,
            spread=(value, value),
            peers=peers,
            goal=goal,
        )

    whole, whole_spread = median_spread(found.whole)
    said, said_spread = median_spread(found.said)
    claim = f"{task}: from the fault's end until answers are whole, longest"
    return [
        row("answers of 5xx", "answers", float(found.failed), goal=0.0),
        row("answers of 429", "answers", float(found.refused)),
        row("p99", "ms", found.percentile(0.99), goal=50.0),
        row("slowest", "ms", found.percentile(1.0), goal=250.0, peer=1_000 * stall),
        Row(claim=claim, unit="s", better="lower", merx=max(found.whole), spread=(whole, whole_spread[1]), goal=1.0),
        Row(
            claim=f"{task}: answers that say so while it lasts, smallest share",
            unit="share",
            better="higher",
            merx=min(found.said),
            spread=(said, said_spread[1]),
        ),
    ]


async def once(port: int, requests: Sequence[bytes], fault: Fault, found: Faulted) -> None:
    """One fault under load, and the pause after it."""
    started = time.perf_counter() + 0.05
    load = asyncio.create_task(arrivals(port, requests, started=started, seconds=FAULT_S + PAUSE_S))
    await asyncio.sleep(started - time.perf_counter())
    hold = fault()
    await asyncio.to_thread(hold.__enter__)
    began = time.perf_counter()
    await asyncio.sleep(FAULT_S)
    await asyncio.to_thread(hold.__exit__, None, None, None)
    ended = time.perf_counter()
    answers = await load
    found.took += [answer.done - answer.due for answer in answers if answer.status]
    found.failed += sum(answer.status == 0 or answer.status >= 500 for answer in answers)
    found.refused += sum(answer.status == 429 for answer in answers)
    during = [answer for answer in answers if answer.due > began and answer.done < ended and answer.status == 200]
    found.said.append(sum(answer.lacking for answer in during) / max(len(during), 1))
    late = [answer.done - ended for answer in answers if answer.lacking]
    found.whole.append(max(0.0, *late) if late else 0.0)


async def arrivals(port: int, requests: Sequence[bytes], *, started: float, seconds: float) -> list[Answer]:
    """RATE requests a second at even distances, whatever the service does; status 0 where the connection broke."""
    idle: list[Connection] = []

    async def arrive(turn: int) -> Answer:
        due = started + turn / RATE
        await asyncio.sleep(max(due - time.perf_counter(), 0.0))
        connection = idle.pop() if idle else Connection(port)
        try:
            status, body = await connection.ask(requests[turn % len(requests)])
        except (OSError, EOFError):
            connection.close()
            return Answer(due, time.perf_counter(), 0, lacking=False)
        idle.append(connection)
        lacking = status == 200 and LACKING in json.loads(body).get("degraded", ())
        return Answer(due, time.perf_counter(), status, lacking)

    answers = await asyncio.gather(*(arrive(turn) for turn in range(int(RATE * seconds))))
    for connection in idle:
        connection.close()
    return answers


def asked(shop: Furnished) -> list[bytes]:
    """The home page and a product page of every shopper."""
    requests = []
    for turn, shopper in enumerate(shop.shoppers):
        page = {"placement": "product", "product_ids": [shop.products[turn * 7]]} if turn % 2 else {}
        requests.append(encode("/v1/recommendations", {"customer_id": shopper, "size": 20, **page}))
    return requests


@contextmanager
def recommendation(shop: Furnished, store_url: str) -> Iterator[int]:
    """The service on the shop, with its model and the shoppers' features; gives its port."""
    port = free_port()
    settings: Mapping[str, str] = {
        "MERX_HOME": str(shop.settings.home),
        "MERX_FEAST_ONLINE": store_url,
        "MERX_LOG_LEVEL": "ERROR",
        "RECO_PORT": str(port),
    }
    with Service("merx_recommendation", port, settings, shop.settings.home / "recommendation.log"):
        asyncio.run(ready(port))
        yield port


async def ready(port: int) -> None:
    until = time.monotonic() + 120
    request = encode("/v1/recommendations", {"customer_id": "1"})
    while time.monotonic() < until:
        try:
            answer = await Connection(port).json(request)
            if "degraded" not in answer:
                return
        except (OSError, EOFError, RuntimeError):
            pass
        await asyncio.sleep(0.2)
    raise SystemExit("the service is not ready")


@contextmanager
def peer(url: str, stalls: list[float]) -> Iterator[None]:
    """Reads one key every 10 ms as redis-py does by default, and notes how long each read took."""
    ended = threading.Event()

    def read() -> None:
        with redis.Redis.from_url(url) as client:
            while not ended.wait(0.01):
                started = time.perf_counter()
                try:
                    client.get("a key")
                except redis.RedisError:
                    ended.wait(0.1)
                stalls.append(time.perf_counter() - started)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)


if __name__ == "__main__":
    main()
