"""Many small appends to the log, one commit."""

from collections.abc import Sequence

from merx_core.events import CloudEvent
from merx_kit import group_commit
from merx_kit.eventlog.errors import EventLogError, EventLogRefused, EventLogUnavailable
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.metrics import COMMIT_RECORDS, COMMIT_SECONDS, COMMITS_WAITING
from merx_kit.eventlog.records import Outcome


class GroupCommit(group_commit.GroupCommit[CloudEvent, Outcome]):
    """Appends to `target`. After an EventLogError the same records again are then either new or known."""

    failed = EventLogError
    closed = EventLogUnavailable

    def __init__(
        self, target: EventLog, *, largest: int = group_commit.LARGEST, capacity: int = group_commit.CAPACITY
    ) -> None:
        self._log = target
        metrics = group_commit.CommitMetrics(COMMIT_SECONDS, COMMIT_RECORDS, COMMITS_WAITING)
        super().__init__(self._outcomes, metrics=metrics, largest=largest, capacity=capacity)

    def _outcomes(self, records: Sequence[CloudEvent]) -> Sequence[Outcome]:
        """Halves what the database refuses until the one record stands alone that it can never hold."""
        try:
            return self._log.append(records).outcomes
        except EventLogRefused:
            if len(records) == 1:
                return (Outcome.REFUSED,)
            middle = len(records) // 2
            return (*self._outcomes(records[:middle]), *self._outcomes(records[middle:]))
