"""The services as processes of their own over one small shop, as an installation runs them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from benchmarks.generated_shop import Furnished, ShopSize, furnish

ROOT = Path(__file__).parents[3]
SMALL = ShopSize(products=400, categories=20, shoppers=40, lines=30, trees=20)
READY_S = 120.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-screenshots", action="store_true", help="take the pictures of the documentation anew")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """`python -m <module>` with its settings; `wait_ready` before it is asked."""

    def __init__(self, module: str, port: int, settings: Mapping[str, str], log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "RECO_", "INTAKE_"))
        }
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", module],
                cwd=ROOT,
                env={**plain, "OMP_NUM_THREADS": "1", **settings},
                stdout=output,
                stderr=output,
            )

    def wait_ready(self) -> "Service":
        until = time.monotonic() + READY_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self._log.read_text()[-4_000:])

    def stop(self, sig: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Treat it as read-only."""
    return furnish(tmp_path_factory.mktemp("shop") / "home", SMALL)


@pytest.fixture
def home(furnished: Furnished, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(furnished.settings.home, tmp_path / "home"))


@dataclass(frozen=True)
class Installation:
    intake: Service
    recommendation: Service


Install = Callable[..., Installation]


@pytest.fixture
def install(home: Path, tmp_path: Path) -> Iterator[Install]:
    """Starts both services on the shop; settings given are those of the recommendation service."""
    started: list[Service] = []

    def start(**settings: str) -> Installation:
        ports = {name: free_port() for name in ("intake", "recommendation")}
        origins = f'["http://127.0.0.1:{ports["intake"]}"]'
        quick = {"MERX_HOME": str(home), "RECO_DRAIN_NOTICE_MS": "50", "INTAKE_DRAIN_NOTICE_MS": "50"}
        intake = {**quick, "INTAKE_PORT": str(ports["intake"])}
        recommendation = {**quick, "RECO_PORT": str(ports["recommendation"]), "RECO_CORS_ORIGINS": origins, **settings}
        started.append(Service("merx_intake", ports["intake"], intake, tmp_path / "intake.log"))
        log = tmp_path / "recommendation.log"
        started.append(Service("merx_recommendation", ports["recommendation"], recommendation, log))
        return Installation(*(service.wait_ready() for service in started))

    yield start
    for service in started:
        service.stop()
