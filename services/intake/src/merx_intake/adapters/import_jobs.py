"""The list of imports in the event log's database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_core.contracts.intake import ImportJob, ImportState
from merx_intake.errors import LogUnavailable
from merx_kit.eventlog import EventLog, EventLogError
from merx_kit.eventlog.database import WRITING
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.records import microseconds, moment_of

_JOBS = sa.table(
    "import_jobs",
    *(sa.column(name) for name in ("id", "state", "file_name", "bytes", "created_us", "started_us", "ended_us")),
    *(sa.column(name) for name in ("done", "error", "report")),
)
_WITHOUT_REPORT = [column for column in _JOBS.c if column.name != "report"]


class SqlImportJobs:
    def __init__(self, log: EventLog) -> None:
        self._log = log

    def add(self, job: ImportJob) -> None:
        row = {"id": job.id, "state": job.state.value, "file_name": job.file_name, "bytes": job.bytes}
        self._write(sa.insert(_JOBS).values(**row, created_us=microseconds(job.created), done=0))

    def get(self, job_id: str) -> ImportJob | None:
        rows = self._read(sa.select(_JOBS).where(_JOBS.c.id == job_id))
        return _job(rows[0]) if rows else None

    def page(self, *, before: str, limit: int) -> list[ImportJob]:
        query = sa.select(*_WITHOUT_REPORT).order_by(_JOBS.c.id.desc()).limit(limit)
        return [_job(row) for row in self._read(query.where(_JOBS.c.id < before) if before else query)]

    def begin(self, job_id: str) -> None:
        self._update(job_id, state=ImportState.RUNNING.value, started_us=_now(), done=0)

    def advance(self, job_id: str, done: int) -> None:
        self._update(job_id, done=done)

    def end(self, job_id: str, done: int, report: bytes) -> None:
        self._update(job_id, state=ImportState.DONE.value, ended_us=_now(), done=done, report=report)

    def fail(self, job_id: str, error: str, report: bytes | None = None) -> None:
        self._update(job_id, state=ImportState.FAILED.value, ended_us=_now(), error=error, report=report)

    def _update(self, job_id: str, **values: object) -> None:
        self._write(sa.update(_JOBS).where(_JOBS.c.id == job_id).values(**values))

    def _write(self, statement: Any) -> None:
        with self._connected() as fresh:
            connection = fresh.execution_options(**WRITING)
            with connection.begin():
                connection.execute(statement)

    def _read(self, query: Any) -> list[dict[str, Any]]:
        with self._connected() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with translated(self._log.url), self._log.engine.connect() as connection:
                yield connection
        except EventLogError as error:
            raise LogUnavailable(f"{error.title}.", headers={"retry-after": "1"}) from error


def _job(row: dict[str, Any]) -> ImportJob:
    report = row.get("report")
    return ImportJob(
        id=row["id"],
        state=ImportState(row["state"]),
        file_name=row["file_name"],
        bytes=row["bytes"],
        created=moment_of(row["created_us"]),
        started=None if row["started_us"] is None else moment_of(row["started_us"]),
        ended=None if row["ended_us"] is None else moment_of(row["ended_us"]),
        records=row["done"],
        error=row["error"] or "",
        report=None if report is None else msgspec.json.decode(report),
    )


def _now() -> int:
    return time.time_ns() // 1000
