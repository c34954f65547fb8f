"""The processes of the embedded default, and honcho, which supervises them: when one ends, all end."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO
from urllib.parse import urlencode

from merx_pipelines.embedded.settings import EmbeddedSettings

SEARCH_PREFIX = "/search"
"""Services on Ray share one HTTP port, each below a path of its own."""
THREADS = "OMP_NUM_THREADS"
"""Threads of linear algebra in a process; several processes with as many as there are processors wait for each other,
and an answer costs five times as much."""
STOP_S = 30
"""What each process has to end by itself: Ray takes a while on a busy machine, and its proxy outlives a kill."""


@dataclass(frozen=True)
class Process:
    """One process of the embedded default."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ServedProcess(Process):
    """One with an address. `try_path` and `try_body` are a request worth typing; no body means GET."""

    address: str
    ready_path: str = "/readyz"
    try_path: str
    try_body: Mapping[str, object] | None = None


def processes(settings: EmbeddedSettings, customer_id: str, product_id: str) -> list[Process]:
    """What runs, in the order in which it is shown; `customer_id` and `product_id` are a shopper and a product of the
    data, for the example requests."""
    # Search first: it takes longest to start.
    running: list[Process] = [_search(settings)] if settings.search else []
    running += [_intake(settings), _recommendation(settings, customer_id)]
    running += [_pricing(settings, product_id)] if settings.pricing else []
    running += [_worker(settings), _mlflow(settings)]
    return [*running, _retrain(settings)] if settings.retrain else running


def ports(settings: EmbeddedSettings) -> dict[str, int]:
    """The port that each process will listen on."""
    search = {"search": settings.search_port} if settings.search else {}
    return {
        **search,
        "intake": settings.intake_port,
        "recommendation": settings.recommendation_port,
        **({"pricing": settings.pricing_port} if settings.pricing else {}),
        "worker": settings.worker_port,
        "mlflow": settings.mlflow_port,
    }


def live_page(settings: EmbeddedSettings, customer_id: str) -> str:
    """The page on which two windows of one shopper show how lists move."""
    lists = f"http://{settings.host}:{settings.recommendation_port}"
    asked = urlencode({"recommendation": lists, "customer": customer_id})
    return f"http://{settings.host}:{settings.intake_port}/live?{asked}"


def console_page(settings: EmbeddedSettings) -> str:
    """The page on which the search is tried, with a picture too."""
    return f"http://{settings.host}:{settings.search_port}{SEARCH_PREFIX}/console"


def supervise(served: Sequence[Process], watch: Callable[[threading.Event], None]) -> int:
    """Run all until Ctrl-C or until one ends; returns the exit status. `watch` runs beside them in a thread and is told
    by its event when they stop."""
    from honcho import manager as honcho

    honcho.KILL_WAIT, honcho.ProcessManager = STOP_S, _leaders_first()
    manager = honcho.Manager()
    for process in served:
        # Libraries' deprecations are for `make test`, where they are errors, not for who starts a shop.
        quiet = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
        environment = {**os.environ, THREADS: "1", **quiet, **process.environment}
        # `exec`, so that signals reach the process and not a shell in front of it.
        manager.add_process(process.name, f"exec {shlex.join(process.command)}", env=environment)
    stopped = threading.Event()
    watcher = threading.Thread(target=watch, args=(stopped,), name="announce", daemon=True)
    watcher.start()
    manager.loop()
    stopped.set()
    interrupted = manager.returncode in {130, 143}
    return 0 if interrupted else int(manager.returncode or 0)


def share_processors() -> None:
    """Half of the processors for what this process starts from here on, unless somebody said otherwise: there are two
    runs at once."""
    os.environ.setdefault(THREADS, str(max(1, (os.cpu_count() or 1) // 2)))


def start_beside(arguments: Sequence[str], said: IO[str], **environment: str) -> "subprocess.Popen[str]":
    """`merx` with `arguments` in a process of its own, which says what it says into `said`."""
    command = [sys.executable, "-W", "ignore", "-m", "merx_pipelines.cli", *arguments]
    return subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        command, stdout=said, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )


def _leaders_first() -> type:
    """Honcho asks all processes of a group to stop; a service that has processes of its own ends them in its order."""
    from honcho.compat import ProcessManager

    class LeadersFirst(ProcessManager):  # type: ignore[misc]  # honcho is followed as Any
        def terminate(self, pid: int) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    return LeadersFirst


def _intake(settings: EmbeddedSettings) -> ServedProcess:
    began = int(time.time())
    return ServedProcess(
        name="intake",
        command=[sys.executable, "-m", "merx_intake"],
        address=f"http://{settings.host}:{settings.intake_port}",
        try_path="/v1/events",
        # A record of its own at each start: the same id with another time would be refused.
        try_body={
            "message_id": f"try-{began}",
            "type": "search",
            "time": datetime.fromtimestamp(began, UTC).isoformat(),
            "anonymous_id": "somebody-new",
            "query": "coffee",
        },
        environment=_house(settings, "INTAKE", settings.intake_port),
    )


def _worker(settings: EmbeddedSettings) -> ServedProcess:
    return ServedProcess(
        name="worker",
        command=[sys.executable, "-m", "merx_intake.worker"],
        address=f"http://{settings.host}:{settings.worker_port}",
        try_path="/readyz",
        environment=_house(settings, "WORKER", settings.worker_port),
    )


def _retrain(settings: EmbeddedSettings) -> Process:
    return Process(
        name="retrain",
        command=[sys.executable, "-m", "merx_pipelines.cli", "retrain"],
        environment={"MERX_HOME": str(settings.home)},
    )


def _house(settings: EmbeddedSettings, prefix: str, port: int) -> dict[str, str]:
    return {"MERX_HOME": str(settings.home), f"{prefix}_HOST": settings.host, f"{prefix}_PORT": str(port)}


def _recommendation(settings: EmbeddedSettings, customer_id: str) -> ServedProcess:
    pages = [f"http://{host}:{settings.intake_port}" for host in (settings.host, "localhost")]
    return ServedProcess(
        name="recommendation",
        command=[sys.executable, "-m", "merx_recommendation"],
        address=f"http://{settings.host}:{settings.recommendation_port}",
        try_path="/v1/recommendations",
        try_body={"customer_id": customer_id, "placement": "home", "size": 3},
        environment={
            **_house(settings, "RECO", settings.recommendation_port),
            "RECO_CORS_ORIGINS": json.dumps(pages),
        },
    )


def _pricing(settings: EmbeddedSettings, product_id: str) -> ServedProcess:
    return ServedProcess(
        name="pricing",
        command=[sys.executable, "-m", "merx_pricing"],
        address=f"http://{settings.host}:{settings.pricing_port}",
        try_path="/v1/prices:quote",
        try_body={"lines": [{"product_id": product_id}]},
        environment=_house(settings, "PRICING", settings.pricing_port),
    )


def _search(settings: EmbeddedSettings) -> ServedProcess:
    return ServedProcess(
        name="search",
        command=[sys.executable, "-m", "merx_search"],
        address=f"http://{settings.host}:{settings.search_port}{SEARCH_PREFIX}",
        try_path="/v1/search",
        try_body={"query": "coffee", "size": 3},
        environment={
            **_house(settings, "SEARCH", settings.search_port),
            "SEARCH_RAY_PORT": str(settings.search_ray_port),
            "SEARCH_ROUTE_PREFIX": SEARCH_PREFIX,
            # Nothing stands before it that would have to see it go.
            "SEARCH_DRAIN_NOTICE_MS": "0",
        },
    )


def _mlflow(settings: EmbeddedSettings) -> ServedProcess:
    address = f"http://{settings.host}:{settings.mlflow_port}"
    store = ["--backend-store-uri", settings.mlflow_url, "--artifacts-destination", settings.mlflow_artifacts_url]
    listen = ["--host", settings.host, "--port", str(settings.mlflow_port), "--workers", "1"]
    return ServedProcess(
        name="mlflow",
        command=[sys.executable, "-m", "mlflow", "server", *store, *listen],
        address=address,
        ready_path="/health",
        try_path="/api/2.0/mlflow/registered-models/alias?name=recommendation&alias=champion",
        # Its own job queue is for features that Merx does not use, at eight processes of 260 MB.
        environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    )
