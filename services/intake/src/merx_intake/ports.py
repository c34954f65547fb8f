"""What the use cases need from outside."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

from merx_core.contracts.intake import ImportJob
from merx_core.events import CloudEvent
from merx_kit.eventlog import Outcome


class RecordLog(Protocol):
    async def append(self, records: Sequence[CloudEvent]) -> Sequence[Outcome]:
        """Commits the new ones of `records`, and says of each what became of it, in their order.

        Raises LogUnavailable or LogFull where nothing was committed.
        """
        ...


class ImportJobs(Protocol):
    """The list of imports; every method raises LogUnavailable where its database is away."""

    def add(self, job: ImportJob) -> None: ...

    def get(self, job_id: str) -> ImportJob | None: ...

    def page(self, *, before: str, limit: int) -> list[ImportJob]:
        """At most `limit` jobs, newest first, older than `before` ("": from the newest); without reports."""
        ...

    def fail(self, job_id: str, error: str) -> None:
        """Ends a job that cannot say so itself."""
        ...


class Spool(Protocol):
    """Uploaded files, each in a folder named by its job, until they are imported."""

    async def receive(self, job_id: str, name: str, chunks: AsyncIterator[bytes], told: int | None) -> int:
        """Writes the file to stay, and gives its size; raises SpoolFull where there is no room for it."""
        ...

    def waiting(self) -> list[str]:
        """The jobs whose files are here and complete, oldest first."""
        ...

    def file_of(self, job_id: str) -> Path: ...

    def remove(self, job_id: str) -> None: ...


class Importer(Protocol):
    async def run(self, job: ImportJob, path: Path) -> str:
        """Imports one file beside the service; "" where the job's own record says how it went, else what stopped it."""
        ...
