"""What the door needs, in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec

from merx_core.contracts.intake import ImportJob, ImportState
from merx_core.events import CloudEvent
from merx_intake.errors import LogUnavailable
from merx_kit.eventlog import Outcome


class InMemoryLog:
    """(source, id) names a record; `away` makes it refuse, `refused` are ids that it can never hold."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], CloudEvent] = {}
        self.away = False
        self.refused: set[str] = set()

    async def append(self, records: Sequence[CloudEvent]) -> Sequence[Outcome]:
        if self.away:
            raise LogUnavailable("away", headers={"retry-after": "1"})
        return [self._append(record) for record in records]

    def _append(self, record: CloudEvent) -> Outcome:
        if record.id in self.refused:
            return Outcome.REFUSED
        known = self.records.get((record.source, record.id))
        if known is None:
            self.records[record.source, record.id] = record
            return Outcome.NEW
        return Outcome.KNOWN if bytes(known.data) == bytes(record.data) else Outcome.CONFLICT


class InMemoryJobs:
    def __init__(self) -> None:
        self.jobs: dict[str, ImportJob] = {}
        self.away = False

    def add(self, job: ImportJob) -> None:
        if self.away:
            raise LogUnavailable("away")
        self.jobs[job.id] = job

    def get(self, job_id: str) -> ImportJob | None:
        return self.jobs.get(job_id)

    def page(self, *, before: str, limit: int) -> list[ImportJob]:
        return [self.jobs[key] for key in sorted(self.jobs, reverse=True) if not before or key < before][:limit]

    def fail(self, job_id: str, error: str) -> None:
        self.change(job_id, state=ImportState.FAILED, error=error)

    def change(self, job_id: str, **values: object) -> None:
        self.jobs[job_id] = msgspec.structs.replace(self.jobs[job_id], **values)


class RecordingImporter:
    """Notes what it was given; `ends` is what it does to the job, "" or a reason."""

    def __init__(self, jobs: InMemoryJobs) -> None:
        self.files: list[bytes] = []
        self.ends: Callable[[ImportJob], str] = lambda job: self._done(jobs, job)

    async def run(self, job: ImportJob, path: Path) -> str:
        self.files.append(await asyncio.to_thread(path.read_bytes))
        return self.ends(job)

    @staticmethod
    def _done(jobs: InMemoryJobs, job: ImportJob) -> str:
        jobs.change(job.id, state=ImportState.DONE, records=1)
        return ""


async def chunks_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
