"""`kubectl port-forward` kept alive: it ends with the pod that it reached, and is started anew for another one."""

import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Self

from deploy.day_two.patience import StepFailed

UP = "Forwarding from"
PAUSE_S = 0.3
STOP_S = 5.0
UNNOTICED_S = 1.0
"""So long after a pod is gone kubectl may still take connections that lead nowhere."""


class Forward:
    """One local port to one Service. `command` must name the port; it is the same after every new start."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()
        self._up = threading.Event()
        self._away: list[tuple[float, float]] = []
        self._down_since = time.monotonic()
        self._said = ""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="port-forward", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def wait(self, patience_s: float) -> None:
        """Returns when the port takes connections. Raises StepFailed with what kubectl said last."""
        if not self._up.wait(patience_s):
            raise StepFailed(f"`{' '.join(self._command)}` does not come up: {self._said.strip()}")

    def was_away(self, since: float, until: float) -> bool:
        """Whether it led nowhere at some time between the two (`time.monotonic`)."""
        with self._lock:
            now = [] if self._up.is_set() else [(self._down_since, time.monotonic())]
            return any(begin - UNNOTICED_S <= until and since <= end for begin, end in [*self._away, *now])

    @property
    def times_away(self) -> int:
        """How often it was started anew."""
        return max(len(self._away) - 1, 0)

    def stop(self) -> None:
        self._stopped.set()
        if self._process is not None:
            self._process.terminate()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _keep(self) -> None:
        while not self._stopped.is_set():
            with subprocess.Popen(  # noqa: S603 - a command line of `commands`
                self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ) as self._process:
                self._read()
            self._stopped.wait(PAUSE_S)

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        if self._stopped.is_set():
            self._process.terminate()
        for line in self._process.stdout:
            self._said = line
            if line.startswith(UP) and not self._up.is_set():
                with self._lock:
                    self._away.append((self._down_since, time.monotonic()))
                    self._up.set()
        with self._lock:
            if self._up.is_set():
                self._up.clear()
                self._down_since = time.monotonic()
