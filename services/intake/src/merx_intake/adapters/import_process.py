"""One import in a process of its own: the door's answers do not wait for it, and its memory goes with it."""

import asyncio
import fcntl
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from merx_core.contracts.intake import ImportJob, ImportState
from merx_core.events import CloudEvent
from merx_intake.adapters.import_jobs import SqlImportJobs
from merx_intake.errors import LogUnavailable
from merx_kit.errors import MerxError
from merx_kit.eventlog import EventLog, EventLogError, EventLogRefused
from merx_kit.importers import CleaningReport, FolderOptions, load, read_file

CHUNK = 500
"""Records of one commit: the door's own commits stand in between."""
TELL_EVERY_S = 0.5
RETRY_S = 2.0
LOCK = ".lock"
NICENESS = 10
TAKEN = 75
"""Exit status: another process imports this file."""


class Order(msgspec.Struct, frozen=True):
    """What the process is told, by its standard input: a URL may hold a password."""

    database_url: str
    job_id: str
    path: str
    currency: str


class ProcessImporter:
    def __init__(self, database_url: str, currency: str) -> None:
        self._database_url = database_url
        self._currency = currency

    async def run(self, job: ImportJob, path: Path) -> str:
        order = Order(self._database_url, job.id, str(path), self._currency)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "merx_intake.adapters.import_process"), stdin=asyncio.subprocess.PIPE
        )
        try:
            await process.communicate(msgspec.json.encode(order))
        except asyncio.CancelledError:
            # The service stops; what is left is done after the next start.
            process.terminate()
            await process.wait()
            raise
        status = process.returncode or 0
        if status in {0, TAKEN}:
            return ""
        if status < 0:
            return f"The import was ended by signal {-status}; the machine may lack memory."
        return f"The import ended with status {status}; the service's log says why."


def carry_out(order: Order) -> int:
    """Imports the file of `order`, and writes down how it went; the exit status."""
    path = Path(order.path)
    with _Lock(path.parent / LOCK) as lock, EventLog(order.database_url) as log:
        if not lock.mine:
            return TAKEN
        jobs = SqlImportJobs(log)
        while True:
            try:
                if not _has_ended(jobs.get(order.job_id)):
                    _import(order, path, log, jobs)
                return 0
            except (LogUnavailable, EventLogError) as error:
                # Appending again what is there already does no harm.
                print(f"merx: {error.title}; trying again", file=sys.stderr)  # noqa: T201 - beside the service's log
                time.sleep(RETRY_S)


def _has_ended(job: ImportJob | None) -> bool:
    """The import of a service that was killed alone may have come to its end while this process started."""
    return job is not None and job.state in {ImportState.DONE, ImportState.FAILED}


def _import(order: Order, path: Path, log: EventLog, jobs: SqlImportJobs) -> None:
    report = CleaningReport(source=path.name)
    tell = _Teller(jobs, order.job_id)
    jobs.begin(order.job_id)
    # The file's own time, so that the same import after a restart judges as the first one did.
    options = FolderOptions(currency=order.currency, now=datetime.fromtimestamp(path.stat().st_mtime, UTC))
    try:
        load(log, paced(read_file(path, report, options)), report, progress=tell)
    except (EventLogError, LogUnavailable) as error:
        if not isinstance(error, EventLogRefused):
            raise
        jobs.fail(order.job_id, error.detail, report.to_json())
    except MerxError as error:
        jobs.fail(order.job_id, error.detail.replace(str(path), path.name), report.to_json())
    except (OSError, MemoryError) as error:
        jobs.fail(order.job_id, f"{path.name} cannot be read: {error or type(error).__name__}", report.to_json())
    else:
        jobs.end(order.job_id, tell.done, report.to_json())


def paced(batches: Iterable[list[CloudEvent]]) -> Iterator[list[CloudEvent]]:
    """The records in small commits, with as long a pause after each as it took: others write in between."""
    for batch in batches:
        for start in range(0, len(batch), CHUNK):
            began = time.monotonic()
            yield batch[start : start + CHUNK]
            time.sleep(time.monotonic() - began)


class _Teller:
    """Writes down from time to time how far the import is."""

    def __init__(self, jobs: SqlImportJobs, job_id: str) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._told = time.monotonic()
        self.done = 0

    def __call__(self, done: int, _: int | None) -> None:
        self.done = done
        if time.monotonic() - self._told >= TELL_EVERY_S:
            self._told = time.monotonic()
            self._jobs.advance(self._job_id, done)


class _Lock:
    """Held by one process at a time, and let go by the system when that ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.mine = False

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.mine = True
        except BlockingIOError:
            self.mine = False
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


if __name__ == "__main__":
    os.nice(NICENESS)
    sys.exit(carry_out(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
