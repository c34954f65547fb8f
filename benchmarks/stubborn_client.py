"""A client that sends every event until it is acknowledged: the same message id each time, whatever happens between."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.http_client import Connection, encode

PATIENCE_S = 3.0
RETRY_S = 0.05
SOURCE_SHAPE = "/v1/events"


@dataclass
class Sent:
    """What the client knows: ids that were acknowledged, and how."""

    accepted: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    """Acknowledged as duplicates: committed before, with the answer lost on the way."""
    wrong: list[str] = field(default_factory=list)
    """Verdicts that no honest service gives for these events."""
    failures: int = 0
    """Requests without an answer, or with one that asks to come again."""
    last_ack: float = 0.0
    in_flight: int = 0
    """Events that were sent and have no answer yet."""

    @property
    def acknowledged(self) -> set[str]:
        return self.accepted | self.known


class StubbornClient:
    """`senders` connections at once: most send batches of 20, every third single events; each waits for its answer."""

    def __init__(self, port: int, sent: Sent, *, senders: int = 6, name: str = "s") -> None:
        self.port = port
        self.sent = sent
        self._name = name
        self._stopping = asyncio.Event()
        sizes = itertools.islice(itertools.cycle((20, 20, 1)), senders)
        self._tasks = [asyncio.create_task(self._send(sender, size)) for sender, size in enumerate(sizes)]

    async def stop(self) -> None:
        """Returns when everything that was sent is acknowledged."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def acknowledged_since(self, moment: float) -> float:
        """Waits for an acknowledgement after `moment` (time.perf_counter); the seconds between."""
        while self.sent.last_ack <= moment:
            await asyncio.sleep(0.002)
            for task in self._tasks:
                if task.done() and not self._stopping.is_set():
                    task.result()
        return self.sent.last_ack - moment

    async def _send(self, sender: int, size: int) -> None:
        numbers = itertools.count()
        while not self._stopping.is_set():
            ids = [f"{self._name}-{sender}-{number}" for number in itertools.islice(numbers, size)]
            self.sent.in_flight += size
            await self._until_acknowledged(encode(SOURCE_SHAPE, {"events": list(_events(ids))}), ids)
            self.sent.in_flight -= size

    async def _until_acknowledged(self, request: bytes, ids: list[str]) -> None:
        connection = Connection(self.port)
        while True:
            status, body = 0, b""
            with suppress(OSError, EOFError, ValueError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    status, body = await connection.ask(request)
            if status == 200:
                self._note(body, ids)
                connection.close()
                return
            if status not in {0, 429, 503, 504, 507}:
                self.sent.wrong.append(f"status {status}: {body[:200]!r}")
            self.sent.failures += 1
            connection.close()
            connection = Connection(self.port)
            await asyncio.sleep(RETRY_S)

    def _note(self, body: bytes, ids: list[str]) -> None:
        verdicts = json.loads(body)["verdicts"]
        for name, verdict in zip(ids, verdicts, strict=True):
            if verdict["status"] == "accepted":
                self.sent.accepted.add(name)
            elif verdict["status"] == "duplicate":
                self.sent.known.add(name)
            else:
                self.sent.wrong.append(f"{name}: {verdict}")
        self.sent.last_ack = time.perf_counter()


def _events(ids: list[str]) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC).isoformat()
    for name in ids:
        lines = [{"product_id": "p1", "price": {"amount": 1999, "currency": "EUR"}}]
        yield {"message_id": name, "type": "view_item", "time": now, "anonymous_id": "shopper", "lines": lines}
