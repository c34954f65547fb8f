import asyncio
import itertools

import pytest

from merx_kit.errors import Overloaded
from merx_kit.http.admission import Admission


async def enter_later(admission: Admission) -> "asyncio.Task[None]":
    task = asyncio.create_task(admission.enter())
    await asyncio.sleep(0)
    return task


class TestPlaces:
    async def test_requests_beyond_the_limit_wait_in_order(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=2)
        await admission.enter()
        first, second = await enter_later(admission), await enter_later(admission)
        assert (admission.in_flight, admission.queued) == (1, 2)
        admission.leave()
        await first
        assert not second.done()
        admission.leave()
        await second
        admission.leave()
        assert (admission.in_flight, admission.queued) == (0, 0)

    async def test_a_full_queue_refuses_at_once(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=0)
        await admission.enter()
        with pytest.raises(Overloaded):
            await admission.enter()
        assert admission.full

    async def test_nobody_overtakes_those_who_wait(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=5)
        await admission.enter()
        waiting = await enter_later(admission)
        admission.leave()
        late = await enter_later(admission)
        await waiting
        assert not late.done()
        admission.leave()
        await late

    async def test_arrivals_of_one_turn_are_counted_before_any_is_worked_on(self) -> None:
        admission = Admission(max_in_flight=2, max_queued=1)
        worked: list[int] = []

        async def request(number: int) -> None:
            await admission.enter()
            worked.append(number)
            admission.leave()

        results = await asyncio.gather(*(request(number) for number in range(10)), return_exceptions=True)
        assert worked == [0, 1, 2]
        assert sum(isinstance(result, Overloaded) for result in results) == 7

    async def test_the_loop_sees_to_others_between_two_that_begin(self) -> None:
        """What arrives meanwhile is refused after one computation, not after all of them."""
        admission = Admission(max_in_flight=3, max_queued=0)
        seen: list[str] = []

        async def request() -> None:
            await admission.enter()
            seen.append("computes")

        async def server() -> None:
            for _ in range(12):
                seen.append("reads")
                await asyncio.sleep(0)

        await asyncio.gather(server(), *(request() for _ in range(3)))
        assert seen.count("computes") == 3
        assert ("computes", "computes") not in itertools.pairwise(seen)


class TestCancellation:
    async def test_a_cancelled_wait_gives_its_room_back(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=1)
        await admission.enter()
        waiting = await enter_later(admission)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert admission.queued == 0
        admission.leave()
        assert admission.in_flight == 0

    async def test_a_place_given_in_the_moment_of_cancellation_is_passed_on(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=2)
        await admission.enter()
        first, second = await enter_later(admission), await enter_later(admission)
        admission.leave()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await second
        admission.leave()
        assert admission.in_flight == 0

    async def test_a_request_cancelled_before_its_turn_leaves_no_place_taken(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=0)
        task = await enter_later(admission)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert admission.in_flight == 0

    async def test_a_place_that_nobody_wants_any_more_goes_to_the_next(self) -> None:
        admission = Admission(max_in_flight=1, max_queued=1)
        await admission.enter()
        gone, next_one = await enter_later(admission), await enter_later(admission)
        gone.cancel()
        admission.leave()
        await asyncio.gather(gone, return_exceptions=True)
        later = await enter_later(admission)
        assert isinstance(next_one.exception(), Overloaded)
        await later
        admission.leave()
        assert (admission.in_flight, admission.queued) == (0, 0)
