"""Whether the process can answer, and what it does without."""

import asyncio
from collections.abc import Callable, Collection

from merx_kit.metrics import gauge

DEGRADED = gauge("degraded", "1 while the service answers without something it should have", ("reason",))

Check = Callable[[], bool]


class Health:
    """Named checks say whether the service can answer at all; degraded reasons say what its answers lack.

    Checks run on every `/readyz` and must not wait: they look at what the service already knows.
    """

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._degraded: set[str] = set()
        self.draining = False
        self.drained = asyncio.Event()

    def add_check(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def degrade(self, reason: str) -> None:
        """Say that answers lack something, until `restore`. Reasons are a small fixed vocabulary."""
        if reason not in self._degraded:
            self._degraded.add(reason)
            DEGRADED.labels(reason).set(1)

    def restore(self, reason: str) -> None:
        if reason in self._degraded:
            self._degraded.discard(reason)
            DEGRADED.labels(reason).set(0)

    def set_degraded(self, reason: str, degraded: bool) -> None:
        if degraded:
            self.degrade(reason)
        else:
            self.restore(reason)

    @property
    def degraded(self) -> tuple[str, ...]:
        return tuple(sorted(self._degraded))

    def say(self, lacking: Collection[str]) -> None:
        """Degraded by these reasons, and by no others, from now on."""
        for reason in {*lacking, *self._degraded}:
            self.set_degraded(reason, reason in lacking)

    def drain(self) -> None:
        """Not ready from now on; requests are still answered, and streams end. Called on the event loop."""
        self.draining = True
        self.drained.set()

    def failing(self) -> tuple[str, ...]:
        """The names of the checks that fail; empty when the service can answer."""
        failing = [name for name, check in self._checks.items() if not check()]
        return ("draining", *failing) if self.draining else tuple(failing)
