"""Runs the commands of docs/tutorials as they are written: `sh` blocks in order, `sh background` until Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.service_process import free_port

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh( background)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
READY = "Ctrl-C stops everything."
READY_TIMEOUT_S = 1_200


@dataclass
class Terminal:
    """What a reader has: a shell in the project's folder, and a second window for what runs until Ctrl-C."""

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
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "PYTEST_"))},
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

    def moved(self, command: str) -> str:
        """The command with the default ports and the default state folder replaced by this test's own."""
        moved = {8001: self.recommendation, 8002: self.pricing, 8003: self.search, 8007: self.intake, 5000: self.mlflow}
        for told, own in moved.items():
            command = command.replace(f":{told}", f":{own}")
        command = command.replace("send_events.py docs", f"send_events.py --to http://127.0.0.1:{self.intake} docs")
        return command.replace(".merx/", f"{self.home}/")

    def run(self, command: str) -> str:
        shell = ["bash", "-euo", "pipefail", "-c", self.moved(command)]
        done = subprocess.run(shell, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}\n" + "".join(self.lines[-40:])
        return done.stdout

    def start(self, command: str) -> None:
        self.background = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", self.moved(command)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        assert self.ready.wait(READY_TIMEOUT_S), "".join(self.lines)
        assert self.background.poll() is None, "".join(self.lines)

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


@contextmanager
def opened(home: Path) -> Iterator[Terminal]:
    terminal = Terminal(home=home)
    try:
        yield terminal
    finally:
        terminal.close()


def work_through(tutorials: tuple[str, ...], home: Path) -> None:
    """The tutorials of one shop in their order, to their end; they must leave no process."""
    with opened(home) as terminal:
        commands = 0
        for name in tutorials:
            for background, command in BLOCK.findall((ROOT / "docs" / "tutorials" / name).read_text()):
                commands += 1
                if background:
                    terminal.start(command)
                else:
                    terminal.run(command)
        assert commands >= 6
        shown = "".join(terminal.lines)
        assert shown.count("not ready in time") == 0, shown
        terminal.interrupt()
        assert terminal.left_over() == []
