"""Answers kept under their `Idempotency-Key`, in the event log's database."""

import asyncio
import time

from merx_intake.errors import LogUnavailable
from merx_kit.eventlog import EventLog, EventLogError
from merx_kit.eventlog.database import WRITING
from merx_kit.eventlog.errors import translated
from merx_kit.http.idempotency import Claim, Kept
from merx_kit.http.idempotency_sql import SqlIdempotency

PURGE_EVERY_S = 3600.0


class KeptAnswers:
    """The kit's store; a database that is away is a refusal with a status of its own."""

    def __init__(self, log: EventLog) -> None:
        self._url = log.url
        self._store = SqlIdempotency(log.engine.execution_options(**WRITING))

    async def claim(self, claim: Claim) -> Kept | None:
        try:
            with translated(self._url):
                return await self._store.claim(claim)
        except EventLogError as error:
            raise LogUnavailable(f"{error.title}.", headers={"retry-after": "1"}) from error

    async def keep(self, claim: Claim, answer: Kept) -> None:
        await self._store.keep(claim, answer)

    async def release(self, claim: Claim) -> None:
        await self._store.release(claim)

    async def purge(self) -> None:
        """Forgets, every hour, the keys that hold nothing any more."""
        while True:
            await asyncio.to_thread(self._store.purge, time.time())
            await asyncio.sleep(PURGE_EVERY_S)
