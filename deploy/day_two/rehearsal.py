"""The day without a cluster: the embedded default with a Valkey of its own stands for the release.

Everything that is no cluster's is done for real. In place of an upgrade, all processes stop and start with another
setting and the same state.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faulty_store import FaultyStore
from deploy.day_two.commands import CHANGED, SAID, Release, Words
from deploy.day_two.embedded import ROOT, SILENT, Embedded
from deploy.day_two.patience import StepFailed
from deploy.day_two.place import Door

UP = (sys.executable, "-m", "merx_pipelines.cli", "up", "--empty")
TRAIN = (sys.executable, "-W", "ignore", "-m", "merx_pipelines.cli", "train", "--profile", "quick")
GATE_REFUSED = 2
SHOWN = 30
PATIENCE_S = "900"


@dataclass
class Rehearsal:
    """Its state is in `home`, which must be empty; `release` is what a cluster would be given."""

    home: Path
    release: Release
    name: str = "rehearsal"
    _embedded: Embedded = field(init=False)
    _store: FaultyStore = field(init=False)
    _running: bool = False

    def __post_init__(self) -> None:
        self._embedded = Embedded(self.home)
        self._store = FaultyStore(self.home.with_name(f"{self.home.name}-valkey"))

    @property
    def doors(self) -> Mapping[str, Door]:
        return {service: Door(url) for service, url in self._embedded.addresses.items()}

    def install(self) -> str:
        """Raises StepFailed where the folder is not empty."""
        if self.home.exists() and any(self.home.iterdir()):
            raise StepFailed(f"{self.home} has state of an earlier run: name another folder by --home")
        self._store.__enter__()
        self._running = True
        return f"state in {self.home}, online store in a Valkey"

    def ready(self) -> str:
        self._start()
        return "every process of the embedded default answers"

    def train(self) -> str:
        done = subprocess.run(  # noqa: S603 - our own command line
            TRAIN, cwd=ROOT, env=self._environment, check=False, capture_output=True, text=True
        )
        if done.returncode:
            gate = ", which is the gate's no" if done.returncode == GATE_REFUSED else ""
            raise StepFailed(f"`merx train` ended with {done.returncode}{gate}: {(done.stdout + done.stderr)[-SAID:]}")
        return "`merx train` passed its gate"

    @contextmanager
    def without_store(self) -> Iterator[None]:
        with self._store.killed():
            yield

    def upgrade(self) -> str:
        self._stop()
        _, variable, value = CHANGED
        self._start({variable: value})
        return f"every process stopped, and started with {variable}={value}"

    def roll_back(self) -> str:
        self._stop()
        self._start()
        return "every process stopped, and started as before"

    def uninstall(self) -> str:
        """Raises StepFailed where a process is left."""
        self._stop()
        if left := self._embedded.left_over():
            raise StepFailed(f"processes are left: {left}")
        return f"no process is left; all that was learned stays in {self.home}"

    def excused(self, step: str) -> Mapping[str, str]:
        """There is one process of each service."""
        return dict.fromkeys(self.doors, "one process, stopped and started") if step in {"upgrade", "rollback"} else {}

    def not_run(self, step: str) -> tuple[Words, ...]:
        return self.release.told(step)

    def evidence(self) -> str:
        return "".join(self._embedded.lines[-SHOWN:])

    def close(self) -> None:
        self._embedded.close()
        if self._running:
            self._store.__exit__(None, None, None)
            self._running = False

    @property
    def _environment(self) -> dict[str, str]:
        store = {"MERX_FEAST_ONLINE": self._store.url}
        own = {"EMBEDDED_RETRAIN": "false", "EMBEDDED_READY_TIMEOUT_S": PATIENCE_S, CHANGED[1]: "INFO"}
        return {**self._embedded.environment, **store, **own}

    def _start(self, settings: Mapping[str, str] | None = None) -> None:
        try:
            self._embedded.start(UP, {**self._environment, **(settings or {})})
        except AssertionError as error:
            raise StepFailed(f"the embedded default did not start: {str(error)[-SAID:]}") from error
        if SILENT in (said := "".join(self._embedded.lines)):
            raise StepFailed(f"a service does not answer: {said[-SAID:]}")

    def _stop(self) -> None:
        try:
            self._embedded.close()
        except subprocess.TimeoutExpired as error:
            raise StepFailed("the embedded default does not end within a minute of Ctrl-C") from error
