"""A small HTTP/1.1 client for measuring servers: keep-alive connections, requests encoded beforehand.

`closed_loop` keeps a number of connections busy; `open_loop` sends at scheduled times whatever the server does, and
counts a latency from the scheduled time, so that a stall counts against the server that stalls.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LATE_S = 10.0


def encode(path: str, body: object, headers: Mapping[str, str] | None = None) -> bytes:
    """One POST of a JSON body."""
    payload = json.dumps(body).encode()
    extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{extra}"
    return f"{head}content-length: {len(payload)}\r\n\r\n".encode() + payload


class Connection(asyncio.Protocol):
    """One at a time: a request is asked when the answer before it is there. The first one opens the connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._came = b""

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body; a broken connection raises OSError or EOFError."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            # A server lets go of connections that were idle for long: that is no failure.
            transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
            self._transport = transport
        self._came = b""
        self._answer = loop.create_future()
        self._transport.write(request)
        return await self._answer

    async def json(self, request: bytes) -> Any:
        status, body = await self.ask(request)
        if status != 200:
            raise RuntimeError(f"status {status}: {body[:300]!r}")
        return json.loads(body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, whole, body = self._came.partition(b"\r\n\r\n")
        if not whole or self._answer is None or self._answer.done():
            return
        lines = head.lower() + b"\r\n"
        length = int(lines.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            if b"\r\nconnection: close\r\n" in lines:
                self.close()
            self._answer.set_result((int(head[9:12]), body[:length]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or EOFError())


@dataclass
class Latencies:
    """`seconds` of the answers with status 200, in the order they came, and their `answers` where those were to be
    kept; everything else is in `failures`. Refusals (429) are in `refused` too, in seconds since they were sent."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    refused: list[float] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """In seconds; a failure counts as an answer that took LATE_S."""
        ordered = [*sorted(self.seconds), *[LATE_S] * self.failures]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def closed_loop(
    port: int, requests: Sequence[bytes], *, count: int, connections: int = 8, keep: bool = False
) -> Latencies:
    """`count` requests in turn, as fast as the server answers `connections` callers."""
    found, left = Latencies(), iter(range(count))

    async def caller() -> None:
        connection = Connection(port)
        for turn in left:
            started = time.perf_counter()
            status, body = await connection.ask(requests[turn % len(requests)])
            if status == 200:
                found.seconds.append(time.perf_counter() - started)
                if keep:
                    found.answers.append(body)
            else:
                found.failures += 1
        connection.close()

    await asyncio.gather(*(caller() for _ in range(connections)))
    return found


async def open_loop(
    port: int, requests: Sequence[bytes], *, rate: float, seconds: float, keep: bool = False, most: int | None = None
) -> Latencies:
    """`rate` arrivals a second, evenly spaced; idle connections are used again, others opened as needed, or, where
    `most` says how many there may be, waited for: a latency counts that too, the time until a refusal does not."""
    found, idle = Latencies(), [Connection(port) for _ in range(most or 16)]
    free = asyncio.Semaphore(most or sys.maxsize)

    async def arrive(turn: int, due: float) -> None:
        async with free:
            await ask(turn, due)

    async def ask(turn: int, due: float) -> None:
        connection = idle.pop() if idle else Connection(port)
        sent = time.perf_counter()
        try:
            async with asyncio.timeout(LATE_S):
                status, body = await connection.ask(requests[turn % len(requests)])
        except (OSError, EOFError, TimeoutError):
            found.failures += 1
            connection.close()
            return
        if status == 200:
            found.seconds.append(time.perf_counter() - due)
            if keep:
                found.answers.append(body)
        else:
            found.failures += 1
            if status == 429:
                found.refused.append(time.perf_counter() - sent)
        idle.append(connection)

    await _on_time(arrive, rate=rate, seconds=seconds)
    for connection in idle:
        connection.close()
    return found


async def _on_time(arrive: Callable[[int, float], Coroutine[Any, Any, None]], *, rate: float, seconds: float) -> None:
    """Starts `arrive` with its number and the moment it is due, whatever became of those before; waits for all."""
    started, arrived = time.perf_counter(), []
    for turn in range(int(rate * seconds)):
        due = started + turn / rate
        if (early := due - time.perf_counter()) > 0.0:
            await asyncio.sleep(early)
        arrived.append(asyncio.create_task(arrive(turn, due)))
    await asyncio.gather(*arrived)
