"""Files at the desk: each that was taken is imported once, whatever happens between the folder and the list."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from merx_core.contracts.intake import ImportJob, ImportState
from merx_intake.errors import LogUnavailable
from tests.unit.intake.fakes import InMemoryJobs, chunks_of
from tests.unit.intake.house import House

SOON_S = 20.0


class SlowJobs(InMemoryJobs):
    """Says that a job is being added, and adds it when it is let."""

    def __init__(self, asked: Callable[[], None], let: Callable[[], object]) -> None:
        super().__init__()
        self._asked, self._let = asked, let

    def add(self, job: ImportJob) -> None:
        self._asked()
        self._let()
        super().add(job)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.spool.prepare()
    return made


async def worked_until(house: House, holds: Callable[[], bool]) -> None:
    """The desk at work, until then."""
    work = asyncio.create_task(house.doors.imports.work())
    try:
        async with asyncio.timeout(SOON_S):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


class TestDesk:
    async def test_a_file_is_imported_once_and_put_away(self, house: House) -> None:
        job = await house.doors.imports.take(chunks_of(b"one", b"two"), name="feed.tsv", told=None)
        await worked_until(house, lambda: not house.spool.waiting())
        assert house.importer.files == [b"onetwo"]
        assert (await house.doors.imports.get(job.id)).state == ImportState.DONE

    async def test_a_look_before_its_job_is_in_the_list_leaves_the_file(self, tmp_path: Path) -> None:
        asked, let = threading.Event(), threading.Event()
        house = House(tmp_path, jobs=SlowJobs(asked.set, lambda: let.wait(SOON_S)))
        house.spool.prepare()
        taking = asyncio.create_task(house.doors.imports.take(chunks_of(b"whole"), name="feed.tsv", told=None))
        await asyncio.to_thread(asked.wait, SOON_S)
        (waiting,) = house.spool.waiting()
        looks = asyncio.create_task(house.doors.imports.work())
        await asyncio.sleep(0.2)
        looks.cancel()
        assert house.spool.waiting() == [waiting]
        let.set()
        job = await taking
        await worked_until(house, lambda: not house.spool.waiting())
        assert (await house.doors.imports.get(job.id)).state == ImportState.DONE

    async def test_a_file_that_no_request_was_told_of_goes(self, house: House) -> None:
        await house.spool.receive("0000000000000a", "feed.tsv", chunks_of(b"half a request"), None)
        await worked_until(house, lambda: not house.spool.waiting())
        assert house.importer.files == []

    async def test_a_list_that_is_away_keeps_no_file(self, house: House) -> None:
        house.jobs.away = True
        with pytest.raises(LogUnavailable):
            await house.doors.imports.take(chunks_of(b"file"), name="feed.tsv", told=None)
        assert house.spool.waiting() == []
