"""What the use cases need from outside."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from merx_core.events import CloudEvent


class Outcome(Enum):
    """What the log made of a record."""

    NEW = "new"
    KNOWN = "known"
    CONFLICT = "conflict"
    REFUSED = "refused"


class RecordLog(Protocol):
    async def append(self, records: Sequence[CloudEvent]) -> Sequence[Outcome]:
        """Commits the new ones of `records`, and says of each what became of it, in their order.

        Raises LogUnavailable or LogFull where nothing was committed.
        """
        ...
