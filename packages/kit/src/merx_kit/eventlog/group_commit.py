"""Many small appends, one commit: whoever asks while the disk is busy shares the next transaction."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import structlog

from merx_core.events import CloudEvent
from merx_kit.errors import Overloaded
from merx_kit.eventlog.errors import EventLogError, EventLogRefused, EventLogUnavailable
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.metrics import COMMIT_RECORDS, COMMIT_SECONDS, COMMITS_WAITING
from merx_kit.eventlog.records import Outcome

log = structlog.get_logger(__name__)

LARGEST = 5_000
CAPACITY = 20_000
Outcomes = tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One append that waits, on its caller's event loop."""

    records: Sequence[CloudEvent]
    answer: "asyncio.Future[Outcomes]"
    loop: asyncio.AbstractEventLoop


class GroupCommit:
    """Appends to `target` from a thread of its own: everything that waits goes into one transaction.

    One of at most `largest` records, in which a caller's own stay together. Where more than `capacity` records would
    wait, an append is refused.
    """

    def __init__(self, target: EventLog, *, largest: int = LARGEST, capacity: int = CAPACITY) -> None:
        self._log = target
        self._largest = largest
        self._capacity = capacity
        self._asked: deque[_Asked] = deque()
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="merx-commit", daemon=True)
        self._thread.start()

    async def append(self, records: Sequence[CloudEvent]) -> Outcomes:
        """What became of each record, once it is committed.

        Raises Overloaded at once where too much waits, and an EventLogError where nothing of it was committed, or where
        that is not known: the same records again are then either new or known.
        """
        if not records:
            return ()
        loop = asyncio.get_running_loop()
        asked = _Asked(records, loop.create_future(), loop)
        with self._changed:
            if self._closed:
                raise EventLogUnavailable("The event log was closed; the process is about to end.")
            if self._waiting + len(records) > self._capacity:
                raise Overloaded(f"{self._waiting} records wait for the database.")
            self._asked.append(asked)
            self._waiting += len(records)
            self._changed.notify()
        return await asked.answer

    def close(self, timeout_s: float = 30.0) -> None:
        """Commits what waits, for at most `timeout_s`."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while group := self._next_group():
            began = perf_counter()
            try:
                self._commit(group)
            except Exception as error:
                # The thread is the only writer: whatever happens, its callers are told and it goes on.
                log.exception("commit_failed")
                self._tell(group, [EventLogError(f"{type(error).__name__} while records were appended")] * len(group))
            COMMIT_SECONDS.observe(perf_counter() - began)

    def _next_group(self) -> list[_Asked]:
        """What waits, at most a transaction of it; nothing when closed and done."""
        group: list[_Asked] = []
        size = 0
        with self._changed:
            while not self._asked and not self._closed:
                self._changed.wait()
            while self._asked and (not group or size + len(self._asked[0].records) <= self._largest):
                asked = self._asked.popleft()
                size += len(asked.records)
                group.append(asked)
            self._waiting -= size
            COMMITS_WAITING.set(self._waiting)
        COMMIT_RECORDS.observe(size)
        return group

    def _commit(self, group: Sequence[_Asked]) -> None:
        records = [record for asked in group for record in asked.records]
        try:
            outcomes = iter(self._append(records))
        except EventLogError as error:
            log.warning("commit_refused", code=error.code, records=len(records), detail=error.detail)
            self._tell(group, [error] * len(group))
            return
        self._tell(group, [tuple(_take(outcomes, len(asked.records))) for asked in group])

    def _append(self, records: Sequence[CloudEvent]) -> Outcomes:
        """Halves what the database refuses until the one record stands alone that it can never hold."""
        try:
            return self._log.append(records).outcomes
        except EventLogRefused:
            if len(records) == 1:
                return (Outcome.REFUSED,)
            middle = len(records) // 2
            return (*self._append(records[:middle]), *self._append(records[middle:]))

    def _tell(self, group: Sequence[_Asked], answers: Sequence[Outcomes | EventLogError]) -> None:
        """One call for each event loop, however many wait on it."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Asked, Outcomes | EventLogError]]] = {}
        for asked, answer in zip(group, answers, strict=True):
            by_loop.setdefault(asked.loop, []).append((asked, answer))
        for loop, told in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: Sequence[tuple[_Asked, Outcomes | EventLogError]]) -> None:
    for asked, answer in told:
        if asked.answer.done():  # its caller gave up; the records are in the log all the same
            continue
        if isinstance(answer, EventLogError):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)


def _take(outcomes: Iterator[Outcome], count: int) -> Iterator[Outcome]:
    for _ in range(count):
        yield next(outcomes)
