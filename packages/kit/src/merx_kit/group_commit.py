"""Many small writes, one commit: whoever asks while the disk is busy shares the next transaction."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, Protocol, TypeVar

import structlog

from merx_kit.errors import MerxError, Overloaded, Unavailable
from merx_kit.http.context import leave_place

log = structlog.get_logger(__name__)

LARGEST = 5_000
CAPACITY = 20_000
T = TypeVar("T")
R = TypeVar("R")


class _Observed(Protocol):
    def observe(self, amount: float) -> None: ...


class _Set(Protocol):
    def set(self, value: float) -> None: ...


@dataclass(frozen=True, slots=True)
class CommitMetrics:
    """Seconds of each commit, how much it held, and how much waits."""

    seconds: _Observed
    size: _Observed
    waiting: _Set


@dataclass(frozen=True, slots=True, eq=False)
class _Asked(Generic[T, R]):
    """One write that waits, on its caller's event loop."""

    items: Sequence[T]
    answer: "asyncio.Future[tuple[R, ...]]"
    loop: asyncio.AbstractEventLoop


class GroupCommit(Generic[T, R]):
    """Calls `commit` from a thread of its own: all items that wait go into one call, which gives one result for each.

    One of at most `largest` items, in which a caller's own stay together. Where more than `capacity` items would wait,
    a write is refused; beside that, a request that waits for its commit holds no place in admission control. `commit`
    raises a MerxError where nothing of it was written, or where that is not known.
    """

    failed: type[MerxError] = MerxError
    """What callers are told where `commit` raised anything else."""
    closed: type[MerxError] = Unavailable

    def __init__(
        self,
        commit: Callable[[Sequence[T]], Sequence[R]],
        *,
        metrics: CommitMetrics,
        name: str = "merx-commit",
        largest: int = LARGEST,
        capacity: int = CAPACITY,
    ) -> None:
        self._commit = commit
        self._metrics = metrics
        self._largest = largest
        self._capacity = capacity
        self._asked: deque[_Asked[T, R]] = deque()
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def append(self, items: Sequence[T]) -> tuple[R, ...]:
        """What became of each item, once it is committed.

        Raises Overloaded at once where too much waits, and what `commit` raises.
        """
        if not items:
            return ()
        loop = asyncio.get_running_loop()
        asked: _Asked[T, R] = _Asked(items, loop.create_future(), loop)
        with self._changed:
            if self._closed:
                raise self.closed("The database was closed; the process is about to end.")
            if self._waiting + len(items) > self._capacity:
                raise Overloaded(f"{self._waiting} records wait for the database.")
            self._asked.append(asked)
            self._waiting += len(items)
            self._changed.notify()
        leave_place()
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
            self._tell(group, self._answers(group))
            self._metrics.seconds.observe(perf_counter() - began)

    def _answers(self, group: Sequence[_Asked[T, R]]) -> "Sequence[tuple[R, ...] | MerxError]":
        items = [item for asked in group for item in asked.items]
        try:
            results = iter(self._commit(items))
        except MerxError as error:
            log.warning("commit_refused", code=error.code, records=len(items), detail=error.detail)
            return [error] * len(group)
        except Exception as error:
            # The thread is the only writer: whatever happens, its callers are told and it goes on.
            log.exception("commit_failed")
            return [self.failed(f"{type(error).__name__} while records were written")] * len(group)
        return [tuple(_take(results, len(asked.items))) for asked in group]

    def _next_group(self) -> list[_Asked[T, R]]:
        """What waits, at most a transaction of it; nothing when closed and done."""
        group: list[_Asked[T, R]] = []
        size = 0
        with self._changed:
            while not self._asked and not self._closed:
                self._changed.wait()
            while self._asked and (not group or size + len(self._asked[0].items) <= self._largest):
                asked = self._asked.popleft()
                size += len(asked.items)
                group.append(asked)
            self._waiting -= size
            self._metrics.waiting.set(self._waiting)
        self._metrics.size.observe(size)
        return group

    def _tell(self, group: Sequence[_Asked[T, R]], answers: "Sequence[tuple[R, ...] | MerxError]") -> None:
        """One call for each event loop, however many wait on it."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Asked[T, R], tuple[R, ...] | MerxError]]] = {}
        for asked, answer in zip(group, answers, strict=True):
            by_loop.setdefault(asked.loop, []).append((asked, answer))
        for loop, told in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: "Sequence[tuple[_Asked[T, R], tuple[R, ...] | MerxError]]") -> None:
    for asked, answer in told:
        if asked.answer.done():  # its caller gave up; what it wrote is there all the same
            continue
        if isinstance(answer, MerxError):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)


def _take(results: Iterator[R], count: int) -> Iterator[R]:
    for _ in range(count):
        yield next(results)
