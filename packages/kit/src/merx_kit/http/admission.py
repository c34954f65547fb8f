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

    A handler that computes on the event loop holds the loop for its whole time; a request is therefore counted in one
    turn of the loop and worked on in the next, so that arrivals of the same turn are refused first, and a refusal
    waits for at most `max_in_flight` computations.
    """

    def __init__(self, *, max_in_flight: int, max_queued: int) -> None:
        self.max_in_flight = max_in_flight
        self.max_queued = max_queued
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._refused = REFUSED.labels("overloaded")

    @property
    def queued(self) -> int:
        return len(self._waiting)

    def refuse_if_full(self) -> None:
        """Raises `Overloaded` when there is neither a place nor room to wait."""
        if self.in_flight >= self.max_in_flight and len(self._waiting) >= self.max_queued:
            self._refused.inc()
            raise Overloaded

    async def enter(self) -> None:
        """Take a place; every `enter` that returns is followed by one `leave`."""
        if self.in_flight < self.max_in_flight and not self._waiting:
            self.in_flight += 1
            await self._next_turn()
            return
        self.refuse_if_full()
        await self._wait()

    def leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.in_flight -= 1

    async def _next_turn(self) -> None:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.leave()
            raise

    async def _wait(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            else:
                self._waiting.remove(place)
            raise

    def publish(self) -> None:
        """Read at scrape time, so that requests do not pay for it."""
        IN_FLIGHT.set(self.in_flight)
        LIMIT.set(self.max_in_flight)
        QUEUED.set(len(self._waiting))
