"""The server of these tests, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.service_process import free_port

ROOT = Path(__file__).parents[3]


class Server:
    def __init__(self, tmp_path: Path, **settings: str) -> None:
        self.port = int(settings.get("SHOP_PORT", free_port()))
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "SHOP_"))}
        self.log = tmp_path / f"server-{self.port}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.kit.shop_server"],
                cwd=ROOT,
                env=environment | {"MERX_HOME": str(tmp_path), "SHOP_PORT": str(self.port)} | settings,
                stderr=log,
            )

    def wait_ready(self) -> "Server":
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self, sig: int = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(30)


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def run(**settings: str) -> Server:
        servers.append(Server(tmp_path, **settings))
        return servers[-1]

    yield run
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(10)
