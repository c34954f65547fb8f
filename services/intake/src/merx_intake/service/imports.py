"""Files through the door: kept at once, imported one at a time beside the service, taken up again after a restart."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog

from merx_core.contracts.intake import ImportJob, ImportPage, ImportState
from merx_intake.errors import LogUnavailable, UnknownImport
from merx_intake.metrics import IMPORTS, IMPORTS_WAITING
from merx_intake.ports import Importer, ImportJobs, Spool

log = structlog.get_logger()

LOOK_AGAIN_S = 2.0
"""How often the folder is looked at where nobody says that a file has come."""
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_ENDED = (ImportState.DONE, ImportState.FAILED)


class ImportDesk:
    def __init__(self, jobs: ImportJobs, spool: Spool, importer: Importer) -> None:
        self._jobs = jobs
        self._spool = spool
        self._importer = importer
        self._came = asyncio.Event()
        self._arriving: set[str] = set()
        """Files whose job is not in the list yet."""

    async def take(self, chunks: AsyncIterator[bytes], *, name: str, told: int | None) -> ImportJob:
        """The job of a file, which is on the disk when this returns."""
        now = time.time_ns() // 1000
        job_id = f"{now:014x}{os.urandom(5).hex()}"  # sorts by time
        fit = _UNFIT.sub("-", name).strip(".-")[-100:] or "upload"
        created = datetime.fromtimestamp(now / 1_000_000, UTC)
        self._arriving.add(job_id)
        try:
            size = await self._spool.receive(job_id, fit, chunks, told)
            job = ImportJob(id=job_id, state=ImportState.QUEUED, file_name=fit, bytes=size, created=created)
            await asyncio.to_thread(self._jobs.add, job)
        except LogUnavailable:
            await asyncio.to_thread(self._spool.remove, job_id)
            raise
        finally:
            self._arriving.discard(job_id)
        self._came.set()
        return job

    async def get(self, job_id: str) -> ImportJob:
        job = await asyncio.to_thread(self._jobs.get, job_id)
        if job is None:
            raise UnknownImport(f"There is no import {job_id}.")
        return job

    async def page(self, cursor: str, limit: int) -> ImportPage:
        found = await asyncio.to_thread(lambda: self._jobs.page(before=cursor, limit=limit + 1))
        shown = tuple(found[:limit])
        return ImportPage(shown, shown[-1].id if len(found) > limit else "")

    async def work(self) -> None:
        """Imports what waits, for ever."""
        while True:
            self._came.clear()
            try:
                await self._work_through()
            except LogUnavailable as error:
                log.warning("imports_wait", reason=error.detail)
            try:
                await asyncio.wait_for(self._came.wait(), LOOK_AGAIN_S)
            except TimeoutError:
                continue

    async def _work_through(self) -> None:
        found = await asyncio.to_thread(self._spool.waiting)
        # After the look at the folder, before that at the list: who is not arriving any more is in the list, or never.
        waiting = [job_id for job_id in found if job_id not in self._arriving]
        IMPORTS_WAITING.set(len(waiting))
        for place, job_id in enumerate(waiting):
            job = await asyncio.to_thread(self._jobs.get, job_id)
            if job is None:
                # Its request never came to an end: nobody was told of it.
                await asyncio.to_thread(self._spool.remove, job_id)
            elif job.state in _ENDED:
                await self._put_away(job)
            else:
                await self._import(job)
            IMPORTS_WAITING.set(len(waiting) - place - 1)

    async def _import(self, job: ImportJob) -> None:
        log.info("import_started", id=job.id, file=job.file_name, bytes=job.bytes)
        stopped = await self._importer.run(job, self._spool.file_of(job.id))
        if stopped:
            await asyncio.to_thread(self._jobs.fail, job.id, stopped)
        ended = await self.get(job.id)
        if ended.state in _ENDED:
            await self._put_away(ended)

    async def _put_away(self, job: ImportJob) -> None:
        await asyncio.to_thread(self._spool.remove, job.id)
        IMPORTS.labels(job.state.value).inc()
        log.info("import_ended", id=job.id, state=job.state.value, records=job.records, error=job.error)
