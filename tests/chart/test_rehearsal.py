"""Without a cluster: a service's process with the very variables and keys that its pod is given, on an empty database
and with neither registry nor models, gets ready, and the chart's own test call is answered.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chart.charts import RELEASE, Charts, named
from tests.chart.test_environment import environment

MODULES = {
    "intake": "merx_intake",
    "worker": "merx_intake.worker",
    "pricing": "merx_pricing",
    "recommendation": "merx_recommendation",
    "search": "merx_search",
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def variables(container: dict[str, Any], folder: Path, port: int) -> dict[str, str]:
    """Those of the pod; its stores are files, and no registry answers."""
    here = {
        "MERX_HOME": str(folder),
        "HOME": str(folder),
        "MERX_DATABASE_URL": f"sqlite:///{folder}/events.db",
        "MERX_FEAST_ONLINE": "",
        "MERX_FEAST_REGISTRY": "",
        "MERX_ARTEFACTS_URL": f"file://{folder}/artefacts",
        "MERX_MLFLOW_URL": "http://127.0.0.1:1",
        "MERX_API_KEYS_FILE": str(folder / "api-keys.json"),
    }
    told = environment(container)
    moved = {name: here.get(name, value) for name, value in told.items()}
    return moved | {name: str(port) for name in told if name.endswith("_PORT")}


@contextmanager
def process(module: str, told: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "AWS_"))}
    with log.open("wb") as output:
        started = subprocess.Popen([sys.executable, "-m", module], env={**clean, **told}, stdout=output, stderr=output)
        try:
            yield started
        finally:
            started.terminate()
            assert started.wait(timeout=30) == 0, log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_a_service_is_ready_and_answers_before_there_is_anything(charts: Charts, tmp_path: Path, name: str) -> None:
    manifests = charts.render(profile="minimal")
    pod = named(manifests, "StatefulSet", f"{RELEASE}-{name}")["spec"]["template"]["spec"]
    call = named(manifests, "Pod", f"{RELEASE}-{name}-test")["spec"]["containers"][0]["args"]
    secret = named(manifests, "Secret", f"{RELEASE}-trial")["stringData"]
    (tmp_path / "api-keys.json").write_text(secret["api-keys.json"])
    port = free_port()
    log = tmp_path / "log.txt"
    with process(MODULES[name], variables(pod["containers"][0], tmp_path, port), log):
        asked = subprocess.run(
            [
                sys.executable,
                "-c",
                call[0].replace("PATIENCE_S = 60", "PATIENCE_S = 120"),
                f"http://127.0.0.1:{port}",
                *call[2:],
            ],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "MERX_TEST_KEY": secret["api-key"]},
        )
    assert asked.returncode == 0, asked.stdout + asked.stderr + log.read_text()[-3000:]
