"""pricing-api: prices quoted by the real process, live, everything on (API key, metrics, deadline, admission control,
guard-rails, reasons, audit with full synchronous commit on SQLite), beside the same rows written without any rule.

Two thousand products with costs, stock, competitors and prices of the past; each request asks for 100 of them, or for
one, drawn anew. Open loop at fixed rates: a latency counts from the moment a request was due. Merx and the peer of
`pricing_api_peers` in turn; client and servers share the machine. CPU is all that the server's process spends, its
following of the event log included. "While stock moves", measured last, brings ten new stock levels a second into the
same database: each asks for a proposal and makes a decision anew. "Asked for the first time" are products without a
decision yet. At the end every price given is looked up in the audit.
"""

import argparse
import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import numpy as np
import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress

from benchmarks.generated_prices import PriceShop, PriceShopSize, furnish, stock_told
from benchmarks.http_client import Latencies, closed_loop, encode, open_loop
from benchmarks.pricing_api_peers import PRICES
from benchmarks.report import Machine, Row, command_line, cpu_seconds, median_spread, show, write
from benchmarks.service_process import Service, free_port
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.settings import MerxSettings

ROUNDS, SECONDS = 5, 15.0
LINES, GOAL_MS = 100, 15.0
BODIES, WARM = 400, 200
CHANGES = 10.0
"""Stock levels a second."""
QUIET_LOOKS, PROPOSED_S = 3, 3_600.0
PATH, MERX, PEER = "/v1/prices:quote", "merx", "plain FastAPI + pydantic + SQLAlchemy, no rules"


@dataclass(frozen=True)
class Case:
    lines: int
    rate: float
    moving: bool = False

    @property
    def claim(self) -> str:
        prices = "one price" if self.lines == 1 else f"{self.lines} prices"
        return f"quote {prices}, {self.rate:.0f} requests/s" + (", while stock moves" if self.moving else "")


CASES = (Case(LINES, 20.0), Case(LINES, 50.0), Case(1, 20.0), Case(1, 50.0))
MOVING = (Case(LINES, 20.0, moving=True),)


class Told(msgspec.Struct):
    """Of a quote, what the audit must have."""

    product_id: str
    price: Money
    proposal: float | None = None


class Answer(msgspec.Struct):
    request_id: str
    quotes: list[Told]


class Ledger:
    """The prices that answers gave, by request, to be held against the audit."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[int, int]] = {}

    def take(self, answers: Sequence[bytes], *, lines: int) -> list[Answer]:
        """Raises SystemExit for an answer that lacks a price."""
        told = [msgspec.json.decode(answer, type=Answer) for answer in answers]
        for answer in told:
            if len(answer.quotes) != lines:
                raise SystemExit(f"{len(answer.quotes)} prices for {lines} products: nothing is compared")
            self._given[answer.request_id] = summed((one.product_id, one.price.amount) for one in answer.quotes)
        return told

    def against(self, audit: Path, *, decided: bool) -> tuple[int, int, int]:
        """Prices given, those of them in the audit as they were given (`decided`: with the decision behind them), and
        requests in the audit that no answer came of."""
        behind = " JOIN price_decisions ON price_decisions.id = decision_id" if decided else ""
        query = f"SELECT request_id, price_quotes.product_id, price FROM price_quotes{behind}"
        found: dict[str, list[tuple[str, int]]] = {}
        engine = sa.create_engine(f"sqlite:///{audit}")
        with engine.connect() as connection:
            for request_id, product_id, price in connection.exec_driver_sql(query):
                found.setdefault(request_id, []).append((product_id, price))
        engine.dispose()
        given = sum(count for count, _ in self._given.values())
        held = sum(said[0] for request_id, said in self._given.items() if summed(found.get(request_id, ())) == said)
        return given, held, len(found.keys() - self._given.keys())


def summed(prices: "Iterator[tuple[str, int]] | Sequence[tuple[str, int]]") -> tuple[int, int]:
    """How many, and a digest that does not know their order."""
    hashes = [hash(one) for one in prices]
    return len(hashes), sum(hashes)


@dataclass(frozen=True)
class Server:
    """A process that quotes, the requests that it understands by number of lines, and what it gave."""

    service: Service
    requests: dict[int, list[bytes]]
    database: Path
    ledger: Ledger = field(default_factory=Ledger)

    def spent(self) -> float:
        """CPU seconds of its process alone."""
        return cpu_seconds([self.service.process.pid]) - cpu_seconds()


@dataclass(frozen=True)
class Round:
    """Milliseconds; failures are all that was not answered with prices."""

    p50: float
    p99: float
    cpu: float
    failures: int


Rounds = dict[tuple[str, Case], list[Round]]


def main() -> None:
    arguments = _arguments()
    machine = Machine.now()
    size = PriceShopSize(products=arguments.products)
    console = Console(stderr=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-pricing-api-")))
        progress = stack.enter_context(Progress(console=console))
        shop = _furnished(home, size, progress)
        servers = {MERX: stack.enter_context(merx(home, shop)), PEER: stack.enter_context(peer(home, shop))}
        rows = [await_proposals(servers[MERX], shop, progress), *first_quotes(servers[MERX], shop)]
        warm(servers)
        rounds: Rounds = {}
        turns = progress.add_task("rounds", total=arguments.rounds * (len(CASES) * len(servers) + len(MOVING)))
        for cases, asked in ((CASES, servers), (MOVING, {MERX: servers[MERX]})):
            for case, name in arguments.rounds * list(itertools.product(cases, asked)):
                progress.update(turns, description=f"{case.claim}, {name}")
                rounds.setdefault((name, case), []).append(one_round(servers[name], case, shop, arguments.seconds))
                progress.advance(turns)
        rows += [row for case in (*CASES, *MOVING) for row in rows_of(case, rounds)]
        rows += checked(servers, rounds)
    if arguments.rounds < ROUNDS or arguments.seconds < SECONDS or arguments.products < PriceShopSize().products:
        show("pricing-api", rows)
        return
    write("pricing-api", rows, command_line(), machine=machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    most = PriceShopSize().products
    parser.add_argument("--products", type=int, default=most, help="a multiple of 100, at least 200")
    return parser.parse_args()


def _furnished(home: Path, size: PriceShopSize, progress: Progress) -> PriceShop:
    task = progress.add_task(f"a shop of {size.products:,} products", total=1)
    shop = furnish(home / "shop", size)
    progress.update(task, completed=1)
    return shop


@contextmanager
def merx(home: Path, shop: PriceShop) -> Iterator[Server]:
    """Ready, though perhaps without its proposals."""
    settings, port = shop.settings, free_port()
    environment = {
        "MERX_HOME": str(settings.home),
        "MERX_API_KEYS_FILE": str(shop.key_file),
        "PRICING_PORT": str(port),
        "PRICING_MODE": "live",
    }
    requests = _requests(shop, {"authorization": f"Bearer {shop.key}"})
    with Service("merx_pricing", port, environment, home / "pricing.log") as service:
        yield Server(service.wait_ready(), requests, _database(settings))


@contextmanager
def peer(home: Path, shop: PriceShop) -> Iterator[Server]:
    own, port = MerxSettings(home=home / "peer"), free_port()
    own.home.mkdir()
    (own.home / PRICES).write_text(json.dumps(dict(zip(shop.products, shop.prices, strict=True))))
    environment = {"MERX_HOME": str(own.home), "PEER_PORT": str(port)}
    with Service("benchmarks.pricing_api_peers", port, environment, home / "peer.log") as service:
        yield Server(service.wait_ready(), _requests(shop, {}), _database(own))


def _database(settings: MerxSettings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _requests(shop: PriceShop, headers: dict[str, str]) -> dict[int, list[bytes]]:
    """The same for every server."""
    rng = np.random.default_rng(0)
    return {
        lines: [
            _request([shop.products[row] for row in rng.choice(len(shop.products), lines, replace=False)], headers)
            for _ in range(BODIES)
        ]
        for lines in (1, LINES)
    }


def _request(products: Sequence[str], headers: dict[str, str]) -> bytes:
    return encode(PATH, {"lines": [{"product_id": product} for product in products]}, headers)


def await_proposals(server: Server, shop: PriceShop, progress: Progress) -> Row:
    """Until the book is in service and no proposal has been waiting for a while."""
    task = progress.add_task("proposals of the policy", total=len(shop.products))
    began, quiet = time.monotonic(), 0
    with httpx.Client(base_url=server.service.url, timeout=60.0) as client:
        while quiet < QUIET_LOOKS:
            if time.monotonic() - began > PROPOSED_S:
                raise SystemExit(f"the proposals are not made: {client.get('/readyz').text}")
            time.sleep(1.0)
            waiting = _metric(client, "merx_pricing_proposals_waiting")
            progress.update(task, completed=len(shop.products) - waiting)
            whole = not client.get("/readyz").json()["degraded"]
            quiet = quiet + 1 if whole and not waiting else 0
        made, took = (_metric(client, f"merx_pricing_proposal_seconds_{name}") for name in ("count", "sum"))
    mean = 1_000 * took / made
    claim = "one proposal of the policy, made ahead and not waited for"
    return Row(claim=claim, unit="ms", better="lower", merx=mean, spread=(mean, mean))


def _metric(client: httpx.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def first_quotes(server: Server, shop: PriceShop) -> list[Row]:
    """All products once: each is decided, and its decision written, before the answer."""
    (header,) = [line for line in server.requests[1][0].split(b"\r\n") if line.startswith(b"authorization")]
    headers = {"authorization": header.decode().partition(": ")[2]}
    starts = range(0, len(shop.products), LINES)
    asked = [_request(shop.products[start : start + LINES], headers) for start in starts]
    port = server.service.port
    # The process itself does things once, too.
    server.ledger.take(asyncio.run(closed_loop(port, asked[:1], count=1, keep=True)).answers, lines=LINES)
    found = asyncio.run(closed_loop(port, asked[1:], count=len(asked) - 1, connections=1, keep=True))
    for answer in server.ledger.take(found.answers, lines=LINES):
        if any(one.proposal is None for one in answer.quotes):
            raise SystemExit("products are quoted without a proposal of the policy: nothing is compared")
    took = [1_000 * seconds for seconds in found.seconds]
    middle, spread = median_spread(took)
    claim = f"quote {LINES} prices asked for the first time, one caller: median, fastest and slowest"
    return [Row(claim=claim, unit="ms", better="lower", merx=middle, spread=spread)]


def warm(servers: Mapping[str, Server]) -> None:
    for server in servers.values():
        for lines, requests in server.requests.items():
            found = asyncio.run(closed_loop(server.service.port, requests, count=WARM, connections=4, keep=True))
            server.ledger.take(found.answers, lines=lines)


def one_round(server: Server, case: Case, shop: PriceShop, seconds: float) -> Round:
    before = server.spent()
    found = asyncio.run(_asked(server, case, shop, seconds))
    cpu = server.spent() - before
    server.ledger.take(found.answers, lines=case.lines)
    return Round(
        p50=1_000 * found.percentile(0.5),
        p99=1_000 * found.percentile(0.99),
        cpu=1_000 * cpu / (case.rate * seconds),
        failures=found.failures,
    )


async def _asked(server: Server, case: Case, shop: PriceShop, seconds: float) -> Latencies:
    selling = asyncio.create_task(_sell(shop)) if case.moving else None
    try:
        requests = server.requests[case.lines]
        return await open_loop(server.service.port, requests, rate=case.rate, seconds=seconds, keep=True)
    finally:
        if selling is not None:
            selling.cancel()
            with suppress(asyncio.CancelledError):
                await selling


async def _sell(shop: PriceShop) -> None:
    """CHANGES new stock levels a second, each a commit of its own, as they come from a till."""
    rng, log = np.random.default_rng(time.time_ns()), EventLog(shop.settings.database_url)
    try:
        while True:
            product_id, stock = shop.products[int(rng.integers(len(shop.products)))], int(rng.integers(1, 60))
            await asyncio.to_thread(log.append, [stock_told(product_id, stock, time.time_ns())])
            await asyncio.sleep(1.0 / CHANGES)
    finally:
        log.close()


def rows_of(case: Case, rounds: Rounds) -> list[Row]:
    ours, theirs = rounds[MERX, case], rounds.get((PEER, case), [])
    rows = []
    for name, what, unit in (("p99", "p99", "ms"), ("p50", "median", "ms"), ("cpu", "CPU a request", "CPU ms")):
        middle, spread = median_spread([getattr(one, name) for one in ours])
        peers = {PEER: median_spread([getattr(one, name) for one in theirs])[0]} if theirs else {}
        goal = GOAL_MS if name == "p99" and case.lines == LINES else None
        claim = f"{case.claim}: {what}"
        rows.append(Row(claim=claim, unit=unit, better="lower", merx=middle, spread=spread, peers=peers, goal=goal))
    return rows


def checked(servers: dict[str, Server], rounds: Rounds) -> list[Row]:
    """The audit held against the answers; the peer's rows must be whole for its figures to count."""
    given, held, _ = servers[PEER].ledger.against(servers[PEER].database, decided=False)
    if held != given:
        raise SystemExit(f"{given - held} prices of the peer are not in its table: nothing is compared")
    given, held, beyond = servers[MERX].ledger.against(servers[MERX].database, decided=True)
    share, failed = held / given, float(sum(one.failures for one in _of_merx(rounds)))
    claims = (
        ("prices given that the audit holds as given, with their decisions", "share", "higher", share, 1.0),
        # Who gave up waiting was not answered, and may stand in the audit.
        ("requests in the audit that nobody made", "requests", "lower", max(0.0, beyond - failed), 0.0),
        ("requests refused or failed", "requests", "lower", failed, 0.0),
    )
    return [
        Row(claim=f"{claim} ({given:,} prices)", unit=unit, better=better, merx=value, spread=(value, value), goal=goal)  # type: ignore[arg-type]
        for claim, unit, better, value, goal in claims
    ]


def _of_merx(rounds: Rounds) -> Iterator[Round]:
    for (name, _), found in rounds.items():
        if name == MERX:
            yield from found


if __name__ == "__main__":
    main()
