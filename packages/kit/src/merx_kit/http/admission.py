"""How many requests are worked on at once; the rest wait briefly or are refused before they cost anything."""

import asyncio
from collections import deque

from merx_kit.errors import Overloaded
from merx_kit.metrics import counter, gauge

REFUSED = counter("http_refused", "Requests refused by admission control", ("reason",))
IN_FLIGHT = gauge("http_requests_in_flight", "Requests being worked on")
LIMIT = gauge("http_requests_in_flight_limit", "Requests that may be worked on at once")
QUEUED = gauge("http_requests_queued", "Requests waiting for a place")


class Admission:
    """`max_in_flight` requests at work, `max_queued` waiting in order of arrival, 429 beyond.

    A handler that computes on the event loop holds the loop for its whole time. So those who have a place begin one in
    a turn of the loop: between two of them the server reads what has arrived and refuses what there is no room for,
    and a refusal waits for one computation, not for as many as there are places.
    """

    def __init__(self, *, max_in_flight: int, max_queued: int) -> None:
        self.max_in_flight = max_in_flight
        self.max_queued = max_queued
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._placed: deque[asyncio.Future[None]] = deque()
        """They have a place, and begin in one of the next turns."""
        self._refused = REFUSED.labels("overloaded")

    @property
    def queued(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Neither a place nor room to wait."""
        return self.in_flight >= self.max_in_flight and len(self._waiting) >= self.max_queued

    def refused(self) -> Overloaded:
        """The refusal of one more request, which is counted."""
        self._refused.inc()
        return Overloaded()

    async def enter(self) -> None:
        """Take a place; every `enter` that returns is followed by one `leave`. Raises `Overloaded` when it is full."""
        if self.full:
            raise self.refused()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.in_flight < self.max_in_flight:
            self.in_flight += 1
            self._give(place)
        else:
            self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self.leave()
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def leave(self) -> None:
        if self._waiting:
            self._give(self._waiting.popleft())
        else:
            self.in_flight -= 1

    def _give(self, place: asyncio.Future[None]) -> None:
        self._placed.append(place)
        if len(self._placed) == 1:
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        place = self._placed.popleft()
        if self._placed:
            asyncio.get_running_loop().call_soon(self._begin)
        if place.cancelled():
            self.leave()
        else:
            place.set_result(None)

    def publish(self) -> None:
        """Read at scrape time, so that requests do not pay for it."""
        IN_FLIGHT.set(self.in_flight)
        LIMIT.set(self.max_in_flight)
        QUEUED.set(len(self._waiting))
