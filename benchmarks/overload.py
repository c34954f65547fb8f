"""overload: every service under three times what it can do, for a while, and what then comes of it.

Its capacity is the most that callers who wait for their answers get out of it (closed loop, the best of several numbers
of callers). Then requests arrive at three times that rate whatever becomes of them (open loop): goodput is what is
answered with 200 in a second; the rest must be refused (429) at once. Afterwards probes arrive at a tenth of the
capacity: it has recovered when all that follow are answered, and none later than ordinary ones were under full load.
Client and service share the machine: what the client takes is missing on both sides.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop

from benchmarks.http_client import Connection, closed_loop, open_loop
from benchmarks.report import Machine, Row, command_line, median_spread, show, write
from benchmarks.standing_services import STANDING, Furnished, try_on

ROUNDS, SECONDS = 5, 10.0
TIMES = 3.0
CALLERS = (8, 16, 32)
COUNT = 1_500
CONNECTIONS = 512
"""Over which the flood comes, kept open as a gateway keeps them; far more than a service takes at once."""
PROBES_S = 5.0
GOODPUT, REFUSAL_MS, RECOVERED_S = 0.9, 5.0, 2.0


@dataclass(frozen=True)
class Round:
    """Answers a second at the best and under overload; `broken` are neither answers nor refusals."""

    peak: float
    goodput: float
    refused: int
    refusal_ms: float
    recovered_s: float
    broken: int


def main() -> None:
    arguments = _arguments()
    machine = Machine.now()
    names = arguments.services.split(",")

    def flooded(furnished: Furnished) -> Iterator[Round]:
        with furnished.running() as service:
            for _ in range(arguments.rounds):
                yield uvloop.run(one_round(service.port, furnished.requests, arguments.seconds))

    rows = [row for name, rounds in try_on(names, arguments.rounds, flooded) for row in rows_of(name, rounds)]
    if arguments.rounds < ROUNDS or arguments.seconds < SECONDS or set(names) != set(STANDING):
        show("overload", rows)
        return
    write("overload", rows, command_line(), machine=machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", default=",".join(STANDING))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    return parser.parse_args()


async def one_round(port: int, requests: Sequence[bytes], seconds: float) -> Round:
    peak, ordinary_s = 0.0, 0.0
    await closed_loop(port, requests, count=COUNT // 5)
    for callers in CALLERS:
        began = time.perf_counter()
        found = await closed_loop(port, requests, count=COUNT, connections=callers)
        rate = len(found.seconds) / (time.perf_counter() - began)
        if rate > peak:
            peak, ordinary_s = rate, found.percentile(0.99)
    began = time.perf_counter()
    flood = await open_loop(port, requests, rate=TIMES * peak, seconds=seconds, most=CONNECTIONS)
    goodput = len(flood.seconds) / (time.perf_counter() - began)
    return Round(
        peak=peak,
        goodput=goodput,
        refused=len(flood.refused),
        refusal_ms=1_000 * _median(flood.refused),
        recovered_s=await recovery(port, requests, rate=peak / 10, ordinary_s=ordinary_s),
        broken=flood.failures - len(flood.refused),
    )


async def recovery(port: int, requests: Sequence[bytes], *, rate: float, ordinary_s: float) -> float:
    """Seconds until the last probe that was refused, failed or late; 0 where there was none."""
    began, last_bad = time.perf_counter(), 0.0

    async def probe(turn: int) -> None:
        nonlocal last_bad
        due = began + turn / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0.0))
        connection = Connection(port)
        try:
            status, _ = await connection.ask(requests[turn % len(requests)])
        except (OSError, EOFError):
            status = 0
        connection.close()
        if status != 200 or time.perf_counter() - due > ordinary_s:
            last_bad = max(last_bad, due - began)

    await asyncio.gather(*(probe(turn) for turn in range(int(rate * PROBES_S))))
    return last_bad


def rows_of(name: str, rounds: Sequence[Round]) -> list[Row]:
    share, share_spread = median_spread([one.goodput / one.peak for one in rounds])
    peak, peak_spread = median_spread([one.peak for one in rounds])
    refusal, refusal_spread = median_spread([one.refusal_ms for one in rounds])
    recovered, recovered_spread = median_spread([one.recovered_s for one in rounds])
    broken = float(sum(one.broken for one in rounds))
    told = f"{name}, {TIMES:.0f} x its capacity"
    return [
        Row(
            claim=f"{told}: answers over the most it can",
            unit="share",
            better="higher",
            merx=share,
            spread=share_spread,
            goal=GOODPUT,
        ),
        Row(
            claim=f"{told}: until a refusal, median ({sum(one.refused for one in rounds):,} of them)",
            unit="ms",
            better="lower",
            merx=refusal,
            spread=refusal_spread,
            goal=REFUSAL_MS,
        ),
        Row(
            claim=f"{told}: recovered after",
            unit="s",
            better="lower",
            merx=recovered,
            spread=recovered_spread,
            goal=RECOVERED_S,
        ),
        Row(
            claim=f"{told}: neither answered nor refused",
            unit="requests",
            better="lower",
            merx=broken,
            spread=(broken, broken),
            goal=0.0,
        ),
        Row(claim=f"{name}: the most it can", unit="answers/s", better="higher", merx=peak, spread=peak_spread),
    ]


def _median(values: Sequence[float]) -> float:
    return median_spread(values)[0] if values else 0.0


if __name__ == "__main__":
    main()
