"""Runs of pipelines in processes of their own, one after another, beside what this process shows: a machine has more
cores than a run uses."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console

from merx_pipelines.embedded.processes import start_beside
from merx_pipelines.embedded.settings import EmbeddedSettings
from merx_pipelines.local_run import watched

RUN = "beside"
WIDTH = "120"


class Beside:
    """`names` are commands of `merx` that take no arguments. Leaving the block stops what is still at work."""

    def __init__(self, settings: EmbeddedSettings, names: Sequence[str]) -> None:
        self._settings = settings.model_copy(update={"run_name": RUN})
        self._statuses: dict[str, int] = {}
        self._names = tuple(names)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beside", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def start(self) -> None:
        """Begins; more than once is once."""
        if self._names and not self._thread.ident:
            self._thread.start()

    def finish(self, console: Console) -> dict[str, int]:
        """Waits for all of them, showing how far they are, and prints what they said; exit statuses by name."""
        self.start()
        if self._thread.is_alive():
            with watched(self._settings, RUN):
                self._thread.join()
        for name in self._names:
            console.print(self._log(name).read_text().strip(), highlight=False, markup=False, soft_wrap=True)
        return self._statuses

    def _log(self, name: str) -> Path:
        return self._settings.home / "logs" / f"{name}-{RUN}.log"

    def _run(self) -> None:
        for name in self._names:
            if self._stopped.is_set():
                return
            log = self._log(name)
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("w") as said:
                process = start_beside(
                    [name], said, MERX_HOME=str(self._settings.home), MERX_RUN_NAME=RUN, COLUMNS=WIDTH
                )
                while process.poll() is None and not self._stopped.wait(0.1):
                    pass
                if self._stopped.is_set():
                    process.terminate()
                self._statuses[name] = process.wait()
