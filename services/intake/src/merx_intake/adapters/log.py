"""The event log behind the door."""

from collections.abc import Sequence

from merx_core.events import CloudEvent
from merx_intake.errors import LogFull, LogUnavailable
from merx_kit.eventlog import EventLogError, EventLogFull, GroupCommit, Outcome

RETRY_AFTER = {"retry-after": "1"}
RETRY_WHEN_FULL = {"retry-after": "60"}


class GroupedLog:
    """Many requests' records share a commit."""

    def __init__(self, commits: GroupCommit) -> None:
        self._commits = commits

    async def append(self, records: Sequence[CloudEvent]) -> Sequence[Outcome]:
        try:
            return await self._commits.append(records)
        except EventLogFull as error:
            raise LogFull("The disk of the event log is full.", headers=RETRY_WHEN_FULL) from error
        except EventLogError as error:
            raise LogUnavailable(f"{error.title}. Nothing was stored; send it again.", headers=RETRY_AFTER) from error
