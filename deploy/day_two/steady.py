"""A client that asks every service at an even pace all day, whether answers come or not, and counts what it gets.

Requests are sent when they are due, not when the last one was answered (an open loop): one that stalls is asked on.
"""

import asyncio
import itertools
import os
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.day_two.place import Door
from deploy.day_two.shop import certificates
from merx_client import AsyncConnection, Refusal, intake, pricing, recommendation, search
from merx_client.intake.models import Event
from merx_client.pricing.models import QuoteLine, QuoteRequest
from merx_client.recommendation.models import RecommendRequest
from merx_client.search.models import SearchRequest

OK = "200"
UNREADABLE = "not an answer"
TUNNEL = "the way to it"
"""The excuse of a request whose port-forward was gone: it says nothing of the service."""
STARTED_S = 60.0
NOTICED_S = 1.5
"""So long after a request failed its way may still be found to be gone."""

Send = Callable[[AsyncConnection], Awaitable[Any]]


@dataclass(frozen=True)
class Seen:
    """What is counted apart. `outcome` is a status, or the name of what came instead of one."""

    step: str
    service: str
    outcome: str
    excuse: str = ""

    @property
    def failed(self) -> bool:
        return self.outcome != OK


@dataclass
class Count:
    """Requests; of answers those that named something they lacked, and the slowest."""

    requests: int = 0
    degraded: int = 0
    slowest_s: float = 0.0


@dataclass
class Steady:
    """`rate_per_s` is each service's. `step` and `excused` (by service, why it may be away) change as the day goes."""

    rate_per_s: float = 2.0
    timeout_s: float = 10.0
    step: str = ""
    excused: Mapping[str, str] = field(default_factory=dict)
    counts: dict[Seen, Count] = field(default_factory=lambda: defaultdict(Count))
    _services: tuple[str, ...] = ()
    _stopped: threading.Event = field(default_factory=threading.Event)
    _asked: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, doors: Mapping[str, Door], asks: Mapping[str, Send]) -> None:
        """Returns when every service of `asks` was asked once; from then on they are asked until `stop`."""
        self._services = tuple(asks)
        targets = {service: (doors[service], ask) for service, ask in asks.items()}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_on(targets)), name="steady", daemon=True)
        self._thread.start()
        self._asked.wait(STARTED_S)

    def stop(self) -> None:
        """Sends nothing more, and waits for what is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(self.timeout_s + NOTICED_S + 5.0)

    def least_asked(self, step: str) -> int:
        """Answers and failures that were counted in a step, of the service that has the fewest."""
        counted = dict.fromkeys(self._services, 0)
        for seen, count in list(self.counts.items()):
            if seen.step == step:
                counted[seen.service] += count.requests
        return min(counted.values(), default=0)

    async def _ask_on(self, targets: Mapping[str, tuple[Door, Send]]) -> None:
        loop, gap = asyncio.get_running_loop(), 1.0 / self.rate_per_s / len(targets)
        under_way: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as stack:
            opened = [
                (service, door, await stack.enter_async_context(self._connection(door)), send)
                for service, (door, send) in targets.items()
            ]
            begun = loop.time()
            for number, (service, door, connection, send) in enumerate(itertools.cycle(opened)):
                await asyncio.sleep(max(begun + number * gap - loop.time(), 0.0))
                if self._stopped.is_set():
                    break
                task = asyncio.create_task(self._ask(service, door, send(connection)))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                if number + 1 == len(opened):
                    self._asked.set()
            await asyncio.gather(*under_way)

    def _connection(self, door: Door) -> AsyncConnection:
        transport = httpx.AsyncHTTPTransport(verify=certificates())
        return AsyncConnection(door.url, door.key, timeout_s=self.timeout_s, tries=1, transport=transport)

    async def _ask(self, service: str, door: Door, answer: Awaitable[Any]) -> None:
        step, excuse, sent = self.step, self.excused.get(service, ""), time.monotonic()
        outcome, degraded = OK, False
        try:
            degraded = bool(getattr(await answer, "degraded", None))
        except Refusal as refusal:
            outcome = str(refusal.status)
        except httpx.TransportError as error:
            outcome = type(error).__name__
        except (ValueError, KeyError, TypeError, AttributeError):
            outcome = UNREADABLE
        took = time.monotonic() - sent
        if outcome != OK:
            excuse = excuse or self.excused.get(service, "")
            if not excuse and not outcome.isdigit() and await _way_was_away(door, sent):
                excuse = TUNNEL
        count = self.counts[Seen(step, service, outcome, excuse if outcome != OK else "")]
        count.requests += 1
        count.degraded += degraded
        count.slowest_s = max(count.slowest_s, took)


async def _way_was_away(door: Door, sent: float) -> bool:
    if door.way is None:
        return False
    failed = time.monotonic()
    await asyncio.sleep(NOTICED_S)
    return door.way.was_away(sent, failed)


def asks(customer_id: str, product_id: str) -> dict[str, Send]:
    """One request to each service; those to intake are searches, from which no list learns."""
    run, number = os.urandom(6).hex(), itertools.count()

    def event() -> Event:
        name = f"day-two-{run}-{next(number)}"
        return Event(message_id=name, type_="search", time=datetime.now(UTC), anonymous_id=name, query="tea")

    who = RecommendRequest(customer_id=customer_id, placement="home", size=5)
    quote = QuoteRequest(lines=[QuoteLine(product_id=product_id)])
    return {
        "intake": lambda door: intake.post_events_async(door, body=event()),
        "recommendation": lambda door: recommendation.post_recommendations_async(door, body=who),
        "search": lambda door: search.post_search_async(door, body=SearchRequest(query="tea", size=3)),
        "pricing": lambda door: pricing.post_prices_quote_async(door, body=quote),
    }
