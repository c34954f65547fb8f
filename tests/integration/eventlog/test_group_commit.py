"""Appends of many callers in one transaction, on both databases."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from merx_core.events import CloudEvent
from merx_kit.errors import Overloaded
from merx_kit.eventlog import AppendResult, EventLog, EventLogFull, EventLogUnavailable, GroupCommit, Outcome
from merx_kit.http.context import CURRENT, RequestContext
from tests.integration.eventlog.records import record, records


class Held:
    """A log whose appends wait until they are let go; `failing` is raised instead of the next one."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.entered = threading.Event()
        self.let_go = threading.Event()
        self.sizes: list[int] = []
        self.failing: Exception | None = None

    def append(self, given: Sequence[CloudEvent]) -> AppendResult:
        self.entered.set()
        assert self.let_go.wait(20)
        self.sizes.append(len(given))
        if self.failing is not None:
            failing, self.failing = self.failing, None
            raise failing
        return self._log.append(given)


@pytest.fixture
async def held(log: EventLog) -> AsyncIterator[tuple[Held, GroupCommit]]:
    holding = Held(log)
    commits = GroupCommit(holding, largest=8, capacity=12)  # type: ignore[arg-type]  # all that it calls is there
    yield holding, commits
    holding.let_go.set()
    await asyncio.to_thread(commits.close)


async def behind(
    held: Held, commits: GroupCommit, *groups: list[CloudEvent]
) -> "list[asyncio.Task[tuple[Outcome, ...]]]":
    """The appends of `groups`, asked for while the first one, of a single record, is at work."""
    tasks = [asyncio.create_task(commits.append(records("first")))]
    await asyncio.to_thread(held.entered.wait, 20)
    tasks += [asyncio.create_task(commits.append(group)) for group in groups]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_a_request_holds_no_place_while_it_waits_for_its_commit(held: tuple[Held, GroupCommit]) -> None:
    holding, commits = held
    context, left = RequestContext({}, "r", {}), asyncio.Event()
    context.hold_place(left.set)
    token = CURRENT.set(context)
    try:
        waiting = asyncio.create_task(commits.append(records("one")))
        await asyncio.wait_for(left.wait(), 20)
        assert not waiting.done()
    finally:
        CURRENT.reset(token)
    holding.let_go.set()
    assert await waiting == (Outcome.NEW,)


class TestGroups:
    async def test_what_came_while_the_disk_was_busy_shares_a_transaction(
        self, held: tuple[Held, GroupCommit], log: EventLog
    ) -> None:
        holding, commits = held
        tasks = await behind(holding, commits, records("a", "b"), records("c", "a"), records("d"))
        holding.let_go.set()
        answers = await asyncio.gather(*tasks)
        new, known = Outcome.NEW, Outcome.KNOWN
        assert answers == [(new,), (new, new), (new, known), (new,)]
        assert holding.sizes == [1, 5]
        assert [stored.record.id for stored in log.read(0, 10)] == ["first", "a", "b", "c", "d"]

    async def test_a_group_has_its_limit_and_one_callers_records_stay_together(
        self, held: tuple[Held, GroupCommit]
    ) -> None:
        holding, commits = held
        five, more = records(*"abcde"), records(*"fghij")
        tasks = await behind(holding, commits, five, more)
        holding.let_go.set()
        await asyncio.gather(*tasks)
        assert holding.sizes == [1, 5, 5]

    async def test_beyond_the_capacity_an_append_is_refused_at_once(self, held: tuple[Held, GroupCommit]) -> None:
        holding, commits = held
        tasks = await behind(holding, commits, records(*"abcdefgh"))
        with pytest.raises(Overloaded):
            await commits.append(records(*"vwxyz"))
        holding.let_go.set()
        await asyncio.gather(*tasks)

    async def test_a_caller_that_gives_up_costs_the_others_nothing(
        self, held: tuple[Held, GroupCommit], log: EventLog
    ) -> None:
        holding, commits = held
        first, gone, other = await behind(holding, commits, records("gone"), records("other"))
        gone.cancel()
        holding.let_go.set()
        await asyncio.gather(first, other)
        assert [stored.record.id for stored in log.read(0, 10)] == ["first", "gone", "other"]


class TestFailures:
    async def test_a_record_that_no_database_can_hold_is_refused_alone(self, log: EventLog) -> None:
        if log.url.get_backend_name() == "sqlite":
            pytest.skip("SQLite holds a NUL character")
        commits = GroupCommit(log)
        bad = await commits.append([record("a"), record("nul-\x00"), record("b")])
        assert bad == (Outcome.NEW, Outcome.REFUSED, Outcome.NEW)
        commits.close()

    @pytest.mark.parametrize("failing", [EventLogUnavailable("away"), EventLogFull("full"), ValueError("a fault")])
    async def test_a_failed_commit_is_told_to_everybody_in_it_and_to_nobody_else(
        self, held: tuple[Held, GroupCommit], log: EventLog, failing: Exception
    ) -> None:
        holding, commits = held
        holding.failing = failing
        tasks = await behind(holding, commits, records("a"), records("b"))
        holding.let_go.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(answers[0], Exception)
        assert answers[1:] == [(Outcome.NEW,), (Outcome.NEW,)]
        assert [stored.record.id for stored in log.read(0, 10)] == ["a", "b"]
        assert await commits.append(records("first")) == (Outcome.NEW,)

    async def test_close_commits_what_waits_and_takes_no_more(
        self, held: tuple[Held, GroupCommit], log: EventLog
    ) -> None:
        holding, commits = held
        tasks = await behind(holding, commits, records("a"))
        closing = asyncio.create_task(asyncio.to_thread(commits.close))
        await asyncio.sleep(0.05)
        holding.let_go.set()
        await closing
        await asyncio.gather(*tasks)
        assert log.head() > 1
        with pytest.raises(EventLogUnavailable):
            await commits.append(records("late"))
