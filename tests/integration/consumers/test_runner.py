"""Offsets are stored with their effect: no record is lost, doubled or stepped over, whatever happens in between."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from merx_kit.consumers import Runner, replay, retry, set_aside, standings
from merx_kit.eventlog import EventLog
from tests.integration.consumers.conftest import Running
from tests.integration.consumers.readers import Filed, Ledgered, numbers, sums_of, wait_until
from tests.integration.eventlog.records import insert


class TestReading:
    def test_every_record_of_its_types_comes_once_and_in_order(self, log: EventLog, running: Running) -> None:
        log.append(numbers(*range(20)))
        reader = Ledgered(log)
        runner = running(reader)
        log.append(numbers("of another type", kind="other.v1"))
        log.append(numbers(*range(20, 50), first=20))
        wait_until(lambda: len(reader.seen()) == 50)
        assert reader.seen() == list(range(50))
        wait_until(lambda: standings(log)[0].offset == log.head())
        assert (runner.active, runner.waiting, standings(log)[0].behind) == (True, "", 0)

    def test_a_new_runner_goes_on_where_the_last_one_stored_its_effect(self, log: EventLog, tmp_path: Path) -> None:
        for start in range(0, 100, 25):
            log.append(numbers(*range(start, start + 25), first=start))
            runner = Runner(log, Filed(tmp_path / "sums.json", checkpoint_s=60.0), limit=7)
            runner.start()
            wait_until(lambda: runner.position == log.head())  # noqa: B023
            runner.stop()
        assert Filed(tmp_path / "sums.json").sums() == sums_of(range(100))
        assert standings(log)[0].offset == log.head()

    def test_what_was_applied_and_not_stored_is_applied_again_to_the_same_end(
        self, log: EventLog, tmp_path: Path
    ) -> None:
        log.append(numbers(*range(40)))
        path = tmp_path / "sums.json"
        reader = Filed(path, checkpoint_s=60.0)
        runner = Runner(log, reader, limit=7)
        runner._checkpoint = lambda: None  # type: ignore[method-assign]  # it dies before every checkpoint
        runner.start()
        wait_until(lambda: runner.position == log.head())
        runner.stop()
        assert (reader.sums(), standings(log)[0].offset) == (sums_of(range(40)), 0)
        again = Runner(log, Filed(path), limit=5)
        again.start()
        wait_until(lambda: standings(log)[0].offset == log.head())
        again.stop()
        assert Filed(path).sums() == sums_of(range(40))


class TestReplay:
    def test_a_running_consumer_starts_over_and_comes_to_the_same_end(
        self, log: EventLog, running: Running, tmp_path: Path
    ) -> None:
        log.append(numbers(*range(60)))
        reader = Filed(tmp_path / "sums.json")
        running(reader)
        wait_until(lambda: standings(log) and standings(log)[0].offset == log.head())
        reader.path.unlink()
        replay(log, reader.name, 0)
        wait_until(lambda: reader.sums() == sums_of(range(60)))
        wait_until(lambda: standings(log)[0].offset == log.head())

    def test_from_a_later_offset_only_what_is_beyond_it_counts(
        self, log: EventLog, running: Running, tmp_path: Path
    ) -> None:
        offsets = log.append(numbers(*range(60))).offsets
        reader = Filed(tmp_path / "sums.json")
        running(reader)
        wait_until(lambda: standings(log) and standings(log)[0].offset == log.head())
        replay(log, reader.name, offsets[39])
        wait_until(lambda: reader.sums() == sums_of(range(40, 60)))

    def test_a_name_that_never_ran_and_an_offset_below_zero_are_refused(self, log: EventLog) -> None:
        with pytest.raises(KeyError):
            replay(log, "nobody", 0)
        with pytest.raises(ValueError, match="negative"):
            replay(log, "nobody", -1)


class TestPoison:
    def test_what_cannot_be_decoded_is_set_aside_and_the_others_go_on(self, log: EventLog, running: Running) -> None:
        log.append(numbers(1, "two", 3))
        reader = Ledgered(log)
        runner = running(reader)
        wait_until(lambda: reader.seen() == [1, 3])
        wait_until(lambda: runner.poison == 1)
        ((poison, since),) = set_aside(log, reader.name)
        assert "int" in poison.reason
        assert since is not None
        assert standings(log)[0].poison == 1

    def test_one_that_breaks_the_consumer_is_found_among_the_others(
        self, log: EventLog, running: Running, tmp_path: Path
    ) -> None:
        reader = Filed(tmp_path / "sums.json")
        reader.refuses = {23, 24, 71}
        offsets = log.append(numbers(*range(100))).offsets
        runner = running(reader, limit=64)
        wait_until(lambda: runner.poison == 3)
        wait_until(lambda: standings(log)[0].offset == log.head())
        assert [poison.offset for poison, _ in set_aside(log, reader.name)] == [offsets[n] for n in (23, 24, 71)]
        assert "cannot take 23" in set_aside(log, reader.name)[0][0].reason
        assert reader.sums() == sums_of([n for n in range(100) if n not in reader.refuses])

    def test_what_was_set_aside_can_be_tried_again(self, log: EventLog, running: Running, tmp_path: Path) -> None:
        reader = Filed(tmp_path / "sums.json")
        reader.refuses = {3, 8}
        log.append(numbers(*range(10)))
        runner = running(reader)
        wait_until(lambda: runner.poison == 2)
        reader.refuses = {8}
        assert retry(log, reader.name) == 2
        wait_until(lambda: [since is not None for _, since in set_aside(log, reader.name)] == [True])
        wait_until(lambda: reader.sums() == sums_of([0, 1, 2, 3, 4, 5, 6, 7, 9]))
        reader.refuses = set()
        retry(log, reader.name)
        wait_until(lambda: standings(log)[0].poison == 0)
        wait_until(lambda: reader.sums() == sums_of(range(10)))

    def test_a_consumer_that_fails_with_every_record_stops_setting_them_aside(
        self, log: EventLog, running: Running, tmp_path: Path
    ) -> None:
        reader = Filed(tmp_path / "sums.json")
        reader.refuses = set(range(200))
        log.append(numbers(*range(200)))
        runner = running(reader, limit=64)
        wait_until(lambda: runner.waiting == "failed")
        assert standings(log)[0].poison <= 50
        reader.refuses = set()
        wait_until(lambda: standings(log)[0].offset == log.head())


class TestStoreAway:
    def test_it_waits_and_skips_nothing(self, log: EventLog, running: Running, tmp_path: Path) -> None:
        reader = Filed(tmp_path / "sums.json")
        log.append(numbers(*range(30)))
        runner = running(reader)
        wait_until(lambda: standings(log) and standings(log)[0].offset == log.head())
        reader.away = True
        log.append(numbers(*range(30, 90), first=30))
        wait_until(lambda: runner.waiting == "store_unavailable")
        assert (reader.sums(), standings(log)[0].poison) == (sums_of(range(30)), 0)
        reader.away = False
        wait_until(lambda: standings(log)[0].offset == log.head())
        assert reader.sums() == sums_of(range(90))
        assert runner.waiting == ""


class TestTwoRunners:
    def test_one_works_and_the_other_takes_over(self, log: EventLog, database_url: str, running: Running) -> None:
        reader = Ledgered(log)
        first = running(reader)
        wait_until(lambda: first.active)
        with EventLog(database_url) as another:
            second = Runner(another, Ledgered(another), limit=7)
            second.start()
            log.append(numbers(*range(50)))
            wait_until(lambda: len(reader.seen()) == 50)
            assert not second.active
            first.stop()
            log.append(numbers(*range(50, 80), first=50))
            wait_until(lambda: len(reader.seen()) == 80)
            assert second.active
            second.stop()
        assert reader.seen() == list(range(80))

    def test_one_whose_lock_was_lost_stores_nothing(self, log: EventLog, running: Running) -> None:
        """The lock of the operating system and of the server are taken to fail: the offset alone must hold."""
        reader = Ledgered(log)
        runner = running(reader)
        wait_until(lambda: runner.active)
        stop = threading.Event()

        def meddle() -> None:
            """Another runner, as far as the offset's row can tell."""
            while not stop.wait(0.02):
                with log.engine.begin() as connection:
                    connection.execute(sa.text("UPDATE consumer_offsets SET updated_us = updated_us + 1"))

        meddler = threading.Thread(target=meddle)
        meddler.start()
        for start in range(0, 100, 10):
            log.append(numbers(*range(start, start + 10), first=start))
        wait_until(lambda: len(reader.seen()) > 0)
        stop.set()
        meddler.join()
        wait_until(lambda: standings(log)[0].offset == log.head())
        assert reader.seen() == list(range(100))


class TestOpenTransaction:
    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_a_consumer_does_not_step_over_one_that_is_held_open(self, log: EventLog, running: Running) -> None:
        reader = Ledgered(log)
        running(reader)
        log.append(numbers(0))
        wait_until(lambda: reader.seen() == [0])
        with log.engine.connect() as held:
            transaction = held.begin()
            insert(held, *numbers(1, first=1))
            log.append(numbers(2, first=2))
            threading.Event().wait(0.5)
            assert reader.seen() == [0]
            transaction.commit()
        wait_until(lambda: len(reader.seen()) == 3)
        assert reader.seen() == [0, 1, 2]
