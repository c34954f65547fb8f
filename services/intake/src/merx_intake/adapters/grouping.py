"""Appends in a thread, one after the other, until the kit's own group commit takes its place."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from merx_core.events import CloudEvent
from merx_intake.ports import Outcome
from merx_kit.eventlog import EventLog


class GroupCommit:
    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._writer = ThreadPoolExecutor(1)

    async def append(self, records: Sequence[CloudEvent]) -> tuple[Outcome, ...]:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._append, records)

    def _append(self, records: Sequence[CloudEvent]) -> tuple[Outcome, ...]:
        return tuple(Outcome.NEW if self._log.append([one]).offsets else Outcome.KNOWN for one in records)

    def close(self) -> None:
        self._writer.shutdown()
