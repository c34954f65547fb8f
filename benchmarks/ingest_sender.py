"""Sends events to an intake at scheduled times, from a process of its own: `python -m benchmarks.ingest_sender PLAN`.

An open loop: a request has its moment, whatever the service does, and its latency counts from there. Bare sockets and
bodies that are filled in, not encoded, so that the machine's processors are left to what is measured.
"""

import asyncio
import gc
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import cast

import uvloop

LATE_S = 10.0
SHOPPERS, PRODUCTS = 10_000, 5_000
EVENT = (
    b'{"message_id":"%s-%09d","type":"view_item","time":"%s","anonymous_id":"device-%05d","session_id":"s-%05d",'
    b'"lines":[{"product_id":"p%05d","quantity":1,"price":{"amount":1299,"currency":"EUR"}}],'
    b'"properties":{"page":"product","position":3}}'
)
HEAD = b"POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


@dataclass(frozen=True)
class Plan:
    """What is sent: `batches` a second of `size` events each, and `singles` a second of one event."""

    port: int
    seconds: float
    batches: float
    size: int
    singles: float
    run: str
    """Begins every message id, so that two runs share none."""


@dataclass
class Sent:
    """Latencies in seconds from the moment planned; `refused` counts everything that was not a whole success."""

    batch_s: list[float] = field(default_factory=list)
    single_s: list[float] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    behind_s: float = 0.0
    """The furthest that the sender itself was behind its plan."""


class Caller(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, done: "Sender") -> None:
        self._sender = done
        self._read = b""
        self._length = -1
        self.transport: asyncio.Transport | None = None
        self.due = 0.0
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def ask(self, request: bytes, due: float, size: int) -> None:
        assert self.transport is not None
        self.due, self.size = due, size
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        if self._length < 0:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._read[:end].lower()
            self._length = end + 4 + int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self._read) >= self._length:
            answer, self._read, self._length = self._read, b"", -1
            self._sender.answered(self, b"HTTP/1.1 200" in answer[:12] and b'"accepted":%d,' % self.size in answer)

    def connection_lost(self, _: Exception | None) -> None:
        self._sender.lost(self)


class Sender:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._idle: deque[Caller] = deque()
        self._waiting: set[Caller] = set()
        self.sent = Sent()

    def answered(self, caller: Caller, whole: bool) -> None:
        took = time.perf_counter() - caller.due
        self._waiting.discard(caller)
        self._idle.append(caller)
        if not whole:
            self.sent.refused += 1
            return
        (self.sent.single_s if caller.size == 1 else self.sent.batch_s).append(took)
        self.sent.accepted += caller.size

    def lost(self, caller: Caller) -> None:
        if caller in self._waiting:
            self._waiting.discard(caller)
            self.sent.refused += 1
        elif caller in self._idle:
            self._idle.remove(caller)

    async def run(self) -> Sent:
        for _ in range(64):
            self._idle.append(await self._connect())
        requests = list(self._requests())
        gc.freeze()
        started = time.perf_counter() + 0.2
        for due, size, request in requests:
            at = started + due
            while (left := at - time.perf_counter()) > 0.0:  # noqa: ASYNC110 - a clock, not a condition
                await asyncio.sleep(left)
            self.sent.behind_s = max(self.sent.behind_s, -left)
            caller = self._idle.popleft() if self._idle else await self._connect()
            self._waiting.add(caller)
            caller.ask(request, at, size)
            await asyncio.sleep(0)
        until = time.perf_counter() + LATE_S
        while self._waiting and time.perf_counter() < until:  # noqa: ASYNC110 - at the end, once
            await asyncio.sleep(0.01)
        self.sent.refused += len(self._waiting)
        return self.sent

    async def _connect(self) -> Caller:
        _, caller = await asyncio.get_running_loop().create_connection(
            lambda: Caller(self), "127.0.0.1", self._plan.port
        )
        return caller

    def _requests(self) -> Iterator[tuple[float, int, bytes]]:
        """When each is due, how many events it holds, and its bytes; in the order of their times."""
        plan = self._plan
        times = [(turn / plan.batches, plan.size) for turn in range(int(plan.batches * plan.seconds))]
        times += [((turn + 0.5) / plan.singles, 1) for turn in range(int(plan.singles * plan.seconds))]
        number = count()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode()
        for due, size in sorted(times):
            events = [self._event(next(number), now) for _ in range(size)]
            body = events[0] if size == 1 else b"[" + b",".join(events) + b"]"
            yield due, size, HEAD % len(body) + body

    def _event(self, number: int, now: bytes) -> bytes:
        shopper = number * 7919 % SHOPPERS
        return EVENT % (self._plan.run.encode(), number, now, shopper, shopper, number * 104_729 % PRODUCTS)


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    sent = uvloop.run(Sender(plan).run())
    json.dump(asdict(sent), sys.stdout)


if __name__ == "__main__":
    main()
