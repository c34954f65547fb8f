"""Answers kept under their `Idempotency-Key`, in the event log's database."""

import asyncio
import time

import structlog

from merx_intake.errors import LogUnavailable
from merx_kit.eventlog import EventLog, EventLogError
from merx_kit.eventlog.database import WRITING
from merx_kit.eventlog.errors import translated
from merx_kit.http.idempotency import Claim, Kept
from merx_kit.http.idempotency_sql import SqlIdempotency

log = structlog.get_logger()

PURGE_EVERY_S = 3600.0


class KeptAnswers:
    """The kit's store; a database that is away is a refusal with a status of its own, and changes no answer that is
    already known: it may go away while a file is still coming in."""

    def __init__(self, event_log: EventLog) -> None:
        self._url = event_log.url
        self._store = SqlIdempotency(event_log.engine.execution_options(**WRITING))
        self._unreleased: list[Claim] = []

    async def claim(self, claim: Claim) -> Kept | None:
        await self._make_up()
        try:
            with translated(self._url):
                return await self._store.claim(claim)
        except EventLogError as error:
            raise LogUnavailable(f"{error.title}.", headers={"retry-after": "1"}) from error

    async def keep(self, claim: Claim, answer: Kept) -> None:
        try:
            with translated(self._url):
                await self._store.keep(claim, answer)
        except EventLogError as error:
            log.warning("answer_not_kept", detail=error.detail)

    async def release(self, claim: Claim) -> None:
        """Now, or before the next claim: who was told to try again must not find its own key in use."""
        try:
            with translated(self._url):
                await self._store.release(claim)
        except EventLogError as error:
            self._unreleased.append(claim)
            log.warning("key_not_released", detail=error.detail)

    async def purge(self) -> None:
        """Forgets, every hour, the keys that hold nothing any more."""
        while True:
            try:
                with translated(self._url):
                    await asyncio.to_thread(self._store.purge, time.time())
            except EventLogError as error:
                log.warning("keys_not_purged", detail=error.detail)
            await asyncio.sleep(PURGE_EVERY_S)

    async def _make_up(self) -> None:
        unreleased, self._unreleased = self._unreleased, []
        for claim in unreleased:
            await self.release(claim)
