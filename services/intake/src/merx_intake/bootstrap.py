"""Joins the parts; nothing is opened before `build`, and nothing is waited for before `start`."""

import asyncio
from dataclasses import dataclass

from merx_intake.adapters.grouping import GroupCommit
from merx_intake.adapters.log import GroupedLog
from merx_intake.service import EventDoor, EventRules
from merx_intake.settings import Settings
from merx_kit.eventlog import EventLog, migrate
from merx_kit.http import Health


@dataclass(frozen=True, slots=True)
class House:
    """The service and what must be started and stopped with it."""

    events: EventDoor
    health: Health
    log: EventLog
    commits: GroupCommit
    settings: Settings

    async def start(self) -> None:
        """The tables must be there before the first record."""
        await asyncio.to_thread(migrate, self.settings.database_url)

    async def stop(self) -> None:
        await asyncio.to_thread(self.commits.close)
        self.log.close()


def build(settings: Settings) -> House:
    """The service that `settings` describe."""
    log = EventLog(settings.database_url)
    commits = GroupCommit(log)
    records = GroupedLog(commits)
    rules = EventRules(currency=settings.currency, late_after=settings.late_after)
    return House(EventDoor(records, rules), Health(), log, commits, settings)
