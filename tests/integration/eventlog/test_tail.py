"""The tail on both databases: nothing skipped, nothing twice, whatever the database does meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from merx_kit.eventlog import Columns, EventLog, LogTail, migrate
from merx_kit.eventlog.errors import EventLogUnavailable
from tests.integration.eventlog.records import insert, record, records

PATIENCE_S = 20.0


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.005)


class Kept:
    """What a tail delivered; `failing` makes the next delivery fail once."""

    def __init__(self) -> None:
        self.subjects: list[str | None] = []
        self.offsets: list[int] = []
        self.failing = False

    def __call__(self, columns: Columns) -> None:
        if self.failing:
            self.failing = False
            raise ValueError("not this time")
        self.subjects += columns.subjects
        self.offsets += columns.offsets

    def names(self) -> list[str]:
        return [str(subject).removeprefix("about-") for subject in self.subjects]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def tail(log: EventLog, kept: Kept) -> Iterator[LogTail]:
    made = LogTail(log, kept, begin=lambda: 0, types=["test.v1"], poll_s=0.005)
    yield made
    made.stop()


class TestFollowing:
    def test_what_is_there_and_what_comes_is_delivered_once_and_in_order(
        self, log: EventLog, tail: LogTail, kept: Kept
    ) -> None:
        log.append(records("a", "b"))
        tail.start()
        assert tail.wait_until_caught_up(PATIENCE_S)
        assert kept.names() == ["a", "b"]
        for name in "cdefgh":
            log.append(records(name))
        until(lambda: len(kept.subjects) == 8, "the later records")
        assert kept.names() == list("abcdefgh")
        assert kept.offsets == sorted(set(kept.offsets))
        assert tail.available

    def test_other_types_are_passed_over_and_count_as_read(self, log: EventLog, tail: LogTail, kept: Kept) -> None:
        tail.start()
        log.append([record("exposure", kind="other.v1"), record("a"), record("another", kind="other.v1")])
        until(lambda: tail.position == log.head(), "the head")
        assert kept.names() == ["a"]

    def test_more_than_one_batch_is_read_without_a_pause(self, log: EventLog, tail: LogTail, kept: Kept) -> None:
        log.append(records(*(f"r{number}" for number in range(4_500))))
        tail.start()
        assert tail.wait_until_caught_up(PATIENCE_S)
        assert kept.names() == [f"r{number}" for number in range(4_500)]

    def test_a_delivery_that_fails_is_made_again(self, log: EventLog, tail: LogTail, kept: Kept) -> None:
        kept.failing = True
        log.append(records("a", "b"))
        tail.start()
        until(lambda: len(kept.subjects) == 2, "the second try")
        assert kept.names() == ["a", "b"]
        until(lambda: tail.available, "the log answers")


class TestBegin:
    def test_it_says_where_to_start(self, log: EventLog, kept: Kept) -> None:
        first = log.append(records("old", "new")).offsets[0]
        tail = LogTail(log, kept, begin=lambda: first, types=["test.v1"])
        assert tail.position is None
        tail.start()
        assert tail.wait_until_caught_up(PATIENCE_S)
        tail.stop()
        assert kept.names() == ["new"]

    def test_a_beginning_that_fails_is_made_again(self, log: EventLog, kept: Kept) -> None:
        refusals = [EventLogUnavailable("not yet")]

        def begin() -> int:
            if refusals:
                raise refusals.pop()
            return 0

        log.append(records("a"))
        tail = LogTail(log, kept, begin=begin, types=["test.v1"])
        tail.start()
        assert tail.wait_until_caught_up(PATIENCE_S)
        tail.stop()
        assert kept.names() == ["a"]


class TestAway:
    def test_a_log_without_tables_is_waited_for(self, database_url: str, kept: Kept) -> None:
        with EventLog(database_url) as log:
            tail = LogTail(log, kept, begin=lambda: 0, types=["test.v1"])
            tail.start()
            until(lambda: not tail.available, "it says so")
            migrate(database_url)
            log.append(records("a"))
            until(lambda: kept.names() == ["a"], "it goes on")
            until(lambda: tail.available, "the log answers")
            tail.stop()

    def test_a_server_that_ends_every_connection_costs_no_record(
        self, postgres_url: str, kept: Kept, postgres_socket: str
    ) -> None:
        migrate(postgres_url)
        with EventLog(postgres_url) as log:
            tail = LogTail(log, kept, begin=lambda: 0, types=["test.v1"], poll_s=0.002)
            tail.start()
            name = sa.make_url(postgres_url).database
            admin = sa.create_engine(
                f"postgresql+psycopg://postgres@/postgres?host={postgres_socket}", isolation_level="AUTOCOMMIT"
            )
            kill = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            writer = EventLog(postgres_url)
            for turn in range(10):
                writer.close()
                with admin.connect() as connection:
                    connection.execute(kill, {"name": name})
                writer.append(records(f"r{turn}"))
            until(lambda: len(kept.subjects) == 10, "every record")
            assert kept.names() == [f"r{turn}" for turn in range(10)]
            tail.stop()
            writer.close()
            admin.dispose()


class TestOpenTransaction:
    def test_nothing_behind_an_open_append_is_delivered_before_it(self, postgres_url: str, kept: Kept) -> None:
        migrate(postgres_url)
        with EventLog(postgres_url) as log:
            tail = LogTail(log, kept, begin=lambda: 0, types=["test.v1"], poll_s=0.002)
            tail.start()
            with log.engine.connect() as connection, connection.begin():
                insert(connection, record("first"))
                other = threading.Thread(target=log.append, args=(records("second"),))
                other.start()
                other.join(PATIENCE_S)
                looked = tail.position
                until(lambda: tail.available, "it goes on looking")
                assert (kept.names(), looked) == ([], 0)
            until(lambda: len(kept.subjects) == 2, "both")
            assert kept.names() == ["first", "second"]
            tail.stop()


class TestSqliteFile:
    def test_a_writer_in_its_transaction_holds_no_reader_up(self, tmp_path: Path, kept: Kept) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        with EventLog(url) as log:
            log.append(records("a"))
            tail = LogTail(log, kept, begin=lambda: 0, types=["test.v1"])
            with log.engine.connect() as connection:
                connection.execution_options(merx_writing=True)
                with connection.begin():
                    connection.exec_driver_sql("DELETE FROM event_log")
                    tail.start()
                    assert tail.wait_until_caught_up(PATIENCE_S)
                    assert kept.names() == ["a"]
                    connection.rollback()
            tail.stop()
