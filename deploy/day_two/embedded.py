"""The embedded default (`make up`) in processes of its own, on free ports and in a folder of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.service_process import free_port, plain_environment

ROOT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything."
READY_TIMEOUT_S = 1_200
SILENT = "not ready in time"


@dataclass
class Embedded:
    """Its ports, and what it says. `home` keeps its state from one start to the next."""

    home: Path
    recommendation: int = field(default_factory=free_port)
    pricing: int = field(default_factory=free_port)
    search: int = field(default_factory=free_port)
    mlflow: int = field(default_factory=free_port)
    intake: int = field(default_factory=free_port)
    worker: int = field(default_factory=free_port)
    background: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    lines: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def addresses(self) -> dict[str, str]:
        """Of the services that a shop calls."""
        ports = {"intake": self.intake, "recommendation": self.recommendation, "pricing": self.pricing}
        return {
            **{service: f"http://127.0.0.1:{port}" for service, port in ports.items()},
            "search": f"http://127.0.0.1:{self.search}/search",
        }

    @property
    def environment(self) -> dict[str, str]:
        """For what is started in it, `merx` among it."""
        return {
            **{name: value for name, value in plain_environment().items() if not name.startswith("PYTEST_")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MERX_HOME": str(self.home),
            "EMBEDDED_RECOMMENDATION_PORT": str(self.recommendation),
            "EMBEDDED_PRICING_PORT": str(self.pricing),
            "EMBEDDED_SEARCH_PORT": str(self.search),
            "EMBEDDED_SEARCH_RAY_PORT": str(30_100 + 40 * (os.getpid() % 100)),
            "EMBEDDED_MLFLOW_PORT": str(self.mlflow),
            "EMBEDDED_INTAKE_PORT": str(self.intake),
            "EMBEDDED_WORKER_PORT": str(self.worker),
            "COLUMNS": "200",
        }

    def start(self, command: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        """Returns when everything answers. Raises AssertionError, with what it said, where it ended before that."""
        self.ready.clear()
        self.lines.clear()
        self.background = subprocess.Popen(  # noqa: S603 - what the caller wants to see run
            command,
            cwd=ROOT,
            env={**self.environment, **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        # At the end of its output it may not have ended yet: what it said last tells whether it came up.
        if not self.ready.wait(READY_TIMEOUT_S) or not any(READY in line for line in self.lines):
            raise AssertionError("".join(self.lines))

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it: to the whole foreground group."""
        assert self.background is not None
        os.killpg(self.background.pid, signal.SIGINT)
        self.background.wait(timeout=60)

    def close(self) -> None:
        if self.background is None:
            return
        if self.background.poll() is None:
            self.interrupt()
        if self.reader is not None:
            self.reader.join(timeout=60)
        if self.background.stdout is not None:
            self.background.stdout.close()
        self.background = None

    def left_over(self) -> list[str]:
        """Command lines of processes that still belong to this state folder."""
        marker, found = f"MERX_HOME={self.home}".encode(), []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # ended between the listing and the reading
        return found

    def _read(self) -> None:
        assert self.background is not None
        assert self.background.stdout is not None
        for line in self.background.stdout:
            self.lines.append(line)
            if READY in line:
                self.ready.set()
        self.ready.set()
