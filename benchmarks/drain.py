"""drain: every service is told to end (SIGTERM) under load, again and again; nobody who asked may go unanswered.

Requests arrive at a fixed rate, every other one on a connection of its own. As a load balancer does, the client looks
at `/readyz`, and goes on for half a second after it says "not ready". Whatever was sent must be answered; a connection
that is reset or closed in the middle is a failure. The time is from the signal until the process has ended.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console

from benchmarks.http_client import Connection
from benchmarks.report import Machine, Row, command_line, median_spread, show, write
from benchmarks.service_process import STOPPED_S, Service
from benchmarks.standing_services import STANDING, Furnished, try_on

TIMES, RATE = 20, 60.0
BEFORE_S, LOOK_S, AFTER_S, PATIENCE_S = 1.0, 0.05, 0.5, 15.0
LIMIT_S = 10.0
READY = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n"


@dataclass
class Drained:
    """`failures` says what became of requests without a right answer."""

    seconds: float = 0.0
    status: int = 0
    answered: int = 0
    failures: list[str] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    machine = Machine.now()
    names = arguments.services.split(",")

    def ended(furnished: Furnished) -> Iterator[Drained]:
        for _ in range(arguments.times):
            with furnished.running() as service:
                yield asyncio.run(end(service, furnished.requests))

    rows = [row for name, found in try_on(names, arguments.times, ended) for row in rows_of(name, found)]
    if arguments.times < TIMES or set(names) != set(STANDING):
        show("drain", rows)
        return
    write("drain", rows, command_line(), machine=machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", default=",".join(STANDING))
    parser.add_argument("--times", type=int, default=TIMES)
    return parser.parse_args()


async def end(service: Service, requests: Sequence[bytes]) -> Drained:
    found, kept, looked_away = Drained(), Connection(service.port), asyncio.Event()
    turn, lock = 0, asyncio.Lock()

    async def ask(number: int) -> None:
        alone = number % 2 == 1
        connection = Connection(service.port) if alone else kept
        try:
            async with asyncio.timeout(PATIENCE_S):
                if alone:
                    status, _ = await connection.ask(requests[number % len(requests)])
                    connection.close()
                else:
                    async with lock:
                        status, _ = await connection.ask(requests[number % len(requests)])
        except (OSError, EOFError, TimeoutError) as error:
            found.failures.append(repr(error))
            return
        if status == 200:
            found.answered += 1
        else:
            found.failures.append(f"status {status}")

    watching = asyncio.create_task(_watch(service.port, looked_away))
    asking, began, signalled = [], time.perf_counter(), 0.0
    while not looked_away.is_set():
        asking.append(asyncio.create_task(ask(turn)))
        turn += 1
        await asyncio.sleep(max(began + turn / RATE - time.perf_counter(), 0.0))
        if not signalled and time.perf_counter() - began > BEFORE_S:
            service.process.send_signal(signal.SIGTERM)
            signalled = time.perf_counter()
    found.status = await asyncio.to_thread(service.process.wait, STOPPED_S)
    found.seconds = time.perf_counter() - signalled
    await asyncio.gather(*asking)
    await watching
    kept.close()
    return found


async def _watch(port: int, looked_away: asyncio.Event) -> None:
    """Until half a second after it is not ready, or cannot be reached."""
    ready = True
    while ready:
        connection = Connection(port)
        try:
            status, _ = await connection.ask(READY)
            ready = status == 200
        except (OSError, EOFError):
            ready = False
        connection.close()
        await asyncio.sleep(LOOK_S)
    await asyncio.sleep(AFTER_S)
    looked_away.set()


def rows_of(name: str, ended: Sequence[Drained]) -> list[Row]:
    seconds, spread = median_spread([one.seconds for one in ended])
    failed = [fault for one in ended for fault in one.failures]
    for fault in sorted(set(failed)):
        Console(stderr=True).print(f"{name}: {failed.count(fault)} x {fault}")
    answered = sum(one.answered for one in ended)
    slowest = max(one.seconds for one in ended)
    told = f"{name}, SIGTERM {len(ended)} times under {RATE:.0f} requests/s"
    lost, wrong = float(len(failed)), float(sum(one.status != 0 for one in ended))
    return [
        Row(
            claim=f"{told}: requests without an answer ({answered:,} answered)",
            unit="requests",
            better="lower",
            merx=lost,
            spread=(lost, lost),
            goal=0.0,
        ),
        Row(
            claim=f"{told}: ended after, longest",
            unit="s",
            better="lower",
            merx=slowest,
            spread=(min(one.seconds for one in ended), slowest),
            goal=LIMIT_S,
        ),
        Row(claim=f"{told}: ended after, median", unit="s", better="lower", merx=seconds, spread=spread),
        Row(
            claim=f"{told}: ended with another status than 0",
            unit="times",
            better="lower",
            merx=wrong,
            spread=(wrong, wrong),
            goal=0.0,
        ),
    ]


if __name__ == "__main__":
    main()
