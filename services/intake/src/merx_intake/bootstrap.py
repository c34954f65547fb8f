"""Joins the parts; nothing is opened before `build`, and nothing is waited for before `start`."""

import asyncio
from dataclasses import dataclass

import structlog

from merx_intake.adapters.import_jobs import SqlImportJobs
from merx_intake.adapters.import_process import ProcessImporter
from merx_intake.adapters.kept_answers import KeptAnswers
from merx_intake.adapters.log import GroupedLog
from merx_intake.adapters.spool import FolderSpool
from merx_intake.service import CatalogueDoor, EventDoor, EventRules, ImportDesk
from merx_intake.settings import Settings
from merx_kit.eventlog import EventLog, EventLogUnavailable, GroupCommit, migrate
from merx_kit.http import Health

log = structlog.get_logger()

RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Doors:
    """The use cases."""

    events: EventDoor
    catalogue: CatalogueDoor
    imports: ImportDesk


@dataclass(slots=True)
class House:
    """The service and what must be started and stopped with it."""

    doors: Doors
    health: Health
    log: EventLog
    commits: GroupCommit
    kept: KeptAnswers
    spool: FolderSpool
    settings: Settings
    migrated: bool = False

    async def start(self) -> None:
        """Prepares the database where it can be reached; else the service starts, says that it is not ready, and goes
        on trying: a database that is restarted must not keep its door from standing."""
        self.health.add_check("event_log", lambda: self.migrated)
        await asyncio.to_thread(self.spool.prepare)
        try:
            await self._migrate()
        except EventLogUnavailable as error:
            log.warning("event_log_unavailable", error=error.detail)

    async def work(self) -> None:
        """The imports, once there is a database."""
        while not self.migrated:
            await asyncio.sleep(RETRY_S)
            try:
                await self._migrate()
            except EventLogUnavailable:
                continue
        await self.doors.imports.work()

    async def stop(self) -> None:
        await asyncio.to_thread(self.commits.close)
        self.log.close()

    async def _migrate(self) -> None:
        await asyncio.to_thread(migrate, self.settings.database_url)
        self.migrated = True


def build(settings: Settings) -> House:
    """The service that `settings` describe."""
    event_log = EventLog(settings.database_url)
    commits = GroupCommit(event_log)
    records = GroupedLog(commits)
    spool = FolderSpool(settings.spool, limit_bytes=settings.import_spool_bytes)
    importer = ProcessImporter(settings.database_url, settings.currency)
    doors = Doors(
        EventDoor(records, EventRules(currency=settings.currency, late_after=settings.late_after)),
        CatalogueDoor(records, settings.currency),
        ImportDesk(SqlImportJobs(event_log), spool, importer),
    )
    return House(doors, Health(), event_log, commits, KeptAnswers(event_log), spool, settings)
