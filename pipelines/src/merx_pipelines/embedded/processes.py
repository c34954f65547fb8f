"""The processes of the embedded default, and honcho, which supervises them: when one ends, all end."""

import os
import shlex
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from merx_pipelines.embedded.settings import EmbeddedSettings


@dataclass(frozen=True)
class ServedProcess:
    """One process with an address. `try_path` and `try_body` are a request worth typing; no body means GET."""

    name: str
    command: Sequence[str]
    address: str
    ready_path: str
    try_path: str
    try_body: Mapping[str, object] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def processes(settings: EmbeddedSettings, customer_id: str) -> list[ServedProcess]:
    """What runs, in the order in which it is shown; `customer_id` is a shopper of the data, for the example request."""
    return [_recommendation(settings, customer_id), _mlflow(settings)]


def ports(settings: EmbeddedSettings) -> dict[str, int]:
    """The port that each process will listen on."""
    return {"recommendation": settings.recommendation_port, "mlflow": settings.mlflow_port}


def supervise(served: Sequence[ServedProcess], watch: Callable[[threading.Event], None]) -> int:
    """Run all until Ctrl-C or until one ends; returns the exit status. `watch` runs beside them in a thread and is told
    by its event when they stop."""
    from honcho.manager import Manager

    manager = Manager()
    for process in served:
        # Libraries' deprecations are for `make test`, where they are errors, not for who starts a shop.
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore", **process.environment}
        # `exec`, so that signals reach the process and not a shell in front of it.
        manager.add_process(process.name, f"exec {shlex.join(process.command)}", env=environment)
    stopped = threading.Event()
    watcher = threading.Thread(target=watch, args=(stopped,), name="announce", daemon=True)
    watcher.start()
    manager.loop()
    stopped.set()
    interrupted = manager.returncode in {130, 143}
    return 0 if interrupted else int(manager.returncode or 0)


def _recommendation(settings: EmbeddedSettings, customer_id: str) -> ServedProcess:
    address = f"http://{settings.host}:{settings.recommendation_port}"
    return ServedProcess(
        name="recommendation",
        command=[sys.executable, "-m", "merx_recommendation"],
        address=address,
        ready_path="/readyz",
        try_path="/v1/recommendations",
        try_body={"customer_id": customer_id, "placement": "home", "size": 3},
        environment={
            "MERX_HOME": str(settings.home),
            "RECO_HOST": settings.host,
            "RECO_PORT": str(settings.recommendation_port),
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
