"""Putting an import's records into the log."""

from collections.abc import Callable, Iterable, Sequence

from merx_core.events import CloudEvent
from merx_kit.eventlog import EventLog
from merx_kit.importers.report import CleaningReport

Progress = Callable[[int, int | None], None]
"""Called with the records done so far and how many there will be, where that is known."""


def no_progress(done: int, total: int | None) -> None:
    """For who does not watch."""


def load(
    log: EventLog,
    batches: Iterable[Sequence[CloudEvent]],
    report: CleaningReport,
    *,
    total: int | None = None,
    progress: Progress = no_progress,
) -> CleaningReport:
    """Appends every batch and counts it in `report`."""
    done = 0
    for batch in batches:
        result = log.append(batch)
        report.appended += len(result.offsets)
        report.already_known += result.duplicates
        done += len(batch)
        progress(done, total)
    return report
