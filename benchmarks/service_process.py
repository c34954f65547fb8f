"""A service as an installation runs it: a process of its own, on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx

READY_S = 240.0
STOPPED_S = 30.0
PREFIXES = ("MERX_", "RECO_", "INTAKE_", "PRICING_", "SEARCH_", "INDEX_", "WORKER_", "EMBEDDED_", "RETRAIN_")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def plain_environment() -> dict[str, str]:
    """This process's environment without the settings of an installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}


class Service:
    """`python -m <module>` with `settings`, which must tell it `port`; what it says goes to the file `log`."""

    def __init__(self, module: str, port: int, settings: Mapping[str, str], log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", module],
                env={**plain_environment(), "OMP_NUM_THREADS": "1", **settings},
                stdout=output,
                stderr=output,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_ready(self) -> Self:
        """Returns when it takes requests. Raises AssertionError, with the end of its log, where it does not."""
        return self._wait_for("readyz", {200})

    def wait_alive(self) -> Self:
        """Returns when it answers at all, ready or not."""
        return self._wait_for("livez", {200})

    def stop(self, sig: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(STOPPED_S)

    def _wait_for(self, path: str, statuses: set[int]) -> Self:
        until = time.monotonic() + READY_S
        with httpx.Client(base_url=self.url) as client:
            while time.monotonic() < until and self.process.poll() is None:
                try:
                    if client.get(path).status_code in statuses:
                        return self
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        raise AssertionError(self.log.read_text()[-4_000:])
