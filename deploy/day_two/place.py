"""Where the day is lived: a release on a cluster, or the embedded default of this machine."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from deploy.day_two.commands import Words


class Way(Protocol):
    """How requests get to a service, where that may break by itself."""

    def was_away(self, since: float, until: float) -> bool:
        """Whether the way, not the service, was gone at any time between these two (`time.monotonic`)."""


@dataclass(frozen=True)
class Door:
    """A service's address, the key that it takes, and the way to it where there is one."""

    url: str
    key: str = ""
    way: Way | None = None


class Place(Protocol):
    """What the steps do with it. Each raises StepFailed; each text says in half a sentence what was seen."""

    name: str

    @property
    def doors(self) -> Mapping[str, Door]:
        """By service; there once `ready` has returned."""

    def install(self) -> str: ...

    def ready(self) -> str:
        """Returns when every process has started and can be reached."""

    def train(self) -> str: ...

    def without_store(self) -> AbstractContextManager[None]:
        """Inside, the online store (Redis) is gone; afterwards it is back. Raises Skipped where it is not ours."""

    def upgrade(self) -> str:
        """To another value, in every process."""

    def roll_back(self) -> str:
        """To the values before, in every process."""

    def uninstall(self) -> str:
        """Says what is left."""

    def excused(self, step: str) -> Mapping[str, str]:
        """The services that may be away in a step, and why."""

    def not_run(self, step: str) -> tuple[Words, ...]:
        """The commands that a cluster would be given in this step, and this place is not."""

    def evidence(self) -> str:
        """What to look at after a failure."""

    def close(self) -> None:
        """Ends what was started beside the installation, which stays."""


class Skipped(Exception):
    """Why a step cannot be lived here; it fails nothing."""
