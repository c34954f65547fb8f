import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from merx_kit.eventlog import (
    EventLog,
    EventLogDamaged,
    EventLogError,
    EventLogFull,
    EventLogNotMigrated,
    EventLogRefused,
    EventLogUnavailable,
    EventLogUrlRefused,
    migrate,
)
from tests.integration.eventlog.records import insert, record, records


def names(log: EventLog, after: int = 0) -> list[str]:
    return [stored.record.id for stored in log.read(after, 1000)]


class TestAppend:
    def test_record_comes_back_as_it_was_given(self, log: EventLog) -> None:
        given = record("one")
        (offset,) = log.append([given]).offsets
        (stored,) = log.read(0, 10)
        assert stored.record == given
        assert bytes(stored.record.data) == bytes(given.data)
        assert stored.offset == offset
        assert stored.recorded_at.utcoffset() is not None

    def test_offsets_grow_in_the_order_given(self, log: EventLog) -> None:
        first = log.append(records("b", "a", "c"))
        second = log.append(records("e", "d"))
        assert [*first.offsets, *second.offsets] == sorted({*first.offsets, *second.offsets})
        assert names(log) == ["b", "a", "c", "e", "d"]

    def test_known_record_is_counted_and_left_as_it_is(self, log: EventLog) -> None:
        log.append([record("one")])
        again = log.append([record("one", kind="changed.v1"), record("two")])
        assert again.duplicates == 1
        assert len(again.offsets) == 1
        assert [stored.record.type for stored in log.read(0, 10)] == ["test.v1", "test.v1"]

    def test_record_twice_in_one_batch_is_kept_once(self, log: EventLog) -> None:
        result = log.append(records("one", "one", "two"))
        assert (len(result.offsets), result.duplicates) == (2, 1)
        assert names(log) == ["one", "two"]

    def test_same_id_of_another_source_is_another_record(self, log: EventLog) -> None:
        result = log.append([record("one", source="/a"), record("one", source="/b")])
        assert (len(result.offsets), result.duplicates) == (2, 0)

    def test_nothing_appended_is_nothing(self, log: EventLog) -> None:
        assert log.append([]).offsets == ()
        assert log.head() == 0

    def test_many_threads_lose_and_double_nothing(self, log: EventLog) -> None:
        shared = records(*(f"shared-{i}" for i in range(20)))
        results = []

        def write(worker: int) -> None:
            for part in range(5):
                own = records(*(f"{worker}-{part}-{i}" for i in range(10)))
                results.append(log.append([*own, *(shared if worker % 2 else reversed(shared))]))

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(len(result.offsets) for result in results) == 4 * 5 * 10 + 20
        assert sum(result.duplicates for result in results) == 4 * 5 * 20 - 20
        assert len(set(names(log))) == len(names(log)) == 220


class TestRead:
    def test_starts_beyond_the_offset_and_stops_at_the_limit(self, log: EventLog) -> None:
        offsets = log.append(records("a", "b", "c", "d")).offsets
        assert [stored.record.id for stored in log.read(offsets[0], 2)] == ["b", "c"]
        assert log.read(offsets[-1], 10) == []

    def test_types_select(self, log: EventLog) -> None:
        log.append([record("a", kind="x"), record("b", kind="y"), record("c", kind="x")])
        assert [stored.record.id for stored in log.read(0, 10, types=["x"])] == ["a", "c"]

    def test_head_is_the_last_offset(self, log: EventLog) -> None:
        assert log.head() == 0
        assert log.head() == 0
        offsets = log.append(records("a", "b")).offsets
        assert log.head() == offsets[-1]

    def test_columns_are_the_records(self, log: EventLog) -> None:
        log.append(records("a", "b", "c", "d", "e"))
        chunks = list(log.stream_columns(chunk=2))
        assert [len(chunk.offsets) for chunk in chunks] == [2, 2, 1]
        stored = log.read(0, 10)
        assert [data for chunk in chunks for data in chunk.data] == [bytes(one.record.data) for one in stored]
        assert [subject for chunk in chunks for subject in chunk.subjects] == [one.record.subject for one in stored]
        assert [offset for chunk in chunks for offset in chunk.offsets] == [one.offset for one in stored]


class TestOpenTransaction:
    """PostgreSQL: what a transaction that is still open will add must not be stepped over."""

    @pytest.fixture
    def log(self, postgres_url: str) -> Iterator[EventLog]:
        migrate(postgres_url)
        with EventLog(postgres_url) as opened:
            yield opened

    def test_reader_waits_for_the_earlier_transaction(self, log: EventLog) -> None:
        with log.engine.connect() as slow:
            transaction = slow.begin()
            insert(slow, record("early"))
            log.append(records("late"))
            assert names(log) == []
            assert log.head() == 0
            transaction.commit()
        assert names(log) == ["early", "late"]

    def test_transaction_that_only_began_earlier_is_not_stepped_over(self, log: EventLog) -> None:
        with log.engine.connect() as slow:
            transaction = slow.begin()
            slow.execute(sa.text("SELECT 1"))
            log.append(records("first"))
            insert(slow, record("second"))
            log.append(records("third"))
            seen = log.read(0, 10)
            assert [stored.record.id for stored in seen] == ["first"]
            transaction.commit()
        assert names(log, after=seen[-1].offset) == ["second", "third"]

    def test_rolled_back_transaction_leaves_a_gap_and_holds_nobody_up(self, log: EventLog) -> None:
        with log.engine.connect() as slow:
            transaction = slow.begin()
            insert(slow, record("gone"))
            log.append(records("stays"))
            transaction.rollback()
        assert names(log) == ["stays"]
        assert log.append(records("gone")).duplicates == 0

    def test_tail_of_many_interleaved_writers_misses_nothing(self, log: EventLog) -> None:
        written: list[str] = []
        finished = threading.Event()

        def write(worker: int) -> None:
            rng = random.Random(worker)
            for part in range(40):
                new = records(*(f"{worker}-{part}-{i}" for i in range(rng.randint(1, 4))))
                with log.engine.connect() as connection, connection.begin():
                    insert(connection, *new)
                    time.sleep(rng.random() * 0.01)
                written.extend(one.id for one in new)

        seen: list[str] = []

        def tail() -> None:
            after = 0
            while True:
                last_look = finished.is_set()
                stored = log.read(after, 20)
                seen.extend(one.record.id for one in stored)
                after = stored[-1].offset if stored else after
                if last_look and not stored:
                    return

        writers = [threading.Thread(target=write, args=(worker,)) for worker in range(6)]
        reader = threading.Thread(target=tail)
        for thread in (*writers, reader):
            thread.start()
        for thread in writers:
            thread.join()
        finished.set()
        reader.join()
        assert len(seen) == len(written)
        assert set(seen) == set(written)

    def test_append_after_another_write_is_refused(self, log: EventLog) -> None:
        """Its transaction id would be older than its offsets, and readers could step over someone else's records."""
        with log.engine.connect() as connection, connection.begin():
            connection.execute(sa.text("CREATE TABLE other (id int)"))
            with pytest.raises(sa.exc.DBAPIError, match="first and only write"):
                insert(connection, record("one"))

    def test_record_that_the_database_cannot_hold_is_refused(self, log: EventLog) -> None:
        with pytest.raises(EventLogRefused):
            log.append(records("nul-\x00"))
        assert log.append(records("fine")).duplicates == 0


class TestFailures:
    def test_unreachable_server_is_one_sentence_without_password(self) -> None:
        with EventLog("postgresql://merx:secret@127.0.0.1:1/merx") as log, pytest.raises(EventLogUnavailable) as caught:
            log.append(records("one"))
        assert "secret" not in caught.value.detail
        assert "127.0.0.1:1" in caught.value.detail
        assert "\n" not in caught.value.detail

    def test_missing_folder_is_unavailable(self, tmp_path: Path) -> None:
        with EventLog(f"sqlite:///{tmp_path}/nowhere/events.db") as log, pytest.raises(EventLogUnavailable):
            log.head()

    def test_missing_tables_say_so(self, database_url: str, tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        with EventLog(database_url) as log:
            with pytest.raises(EventLogNotMigrated):
                log.append(records("one"))
            with pytest.raises(EventLogNotMigrated):
                log.read(0, 1)

    def test_garbage_file_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "events.db").write_bytes(b"this is no database " * 400)
        url = f"sqlite:///{tmp_path}/events.db"
        with EventLog(url) as log, pytest.raises(EventLogDamaged):
            log.head()
        with pytest.raises(EventLogDamaged):
            migrate(url)

    def test_file_damaged_in_the_middle_is_damaged(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        with EventLog(url) as log:
            log.append(records(*(f"name-{i}" for i in range(2000))))
        file = tmp_path / "events.db"
        content = bytearray(file.read_bytes())
        content[8192:] = b"\xff" * (len(content) - 8192)
        file.write_bytes(content)
        with EventLog(url) as log, pytest.raises(EventLogDamaged):
            log.read(0, 5000)

    def test_full_disk_is_full_and_keeps_what_was_committed(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        with EventLog(url) as log:
            log.append(records("before"))
            # SQLite answers a page limit with the very error of a full disk.
            sa.event.listen(log.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count = 20"))
            with pytest.raises(EventLogFull):
                log.append(records(*(f"name-{i}" for i in range(5000))))
            assert names(log) == ["before"]

    def test_lock_held_too_long_is_unavailable(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        holder = sqlite3.connect(tmp_path / "events.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with EventLog(url) as log:
            sa.event.listen(log.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout = 50"))
            with pytest.raises(EventLogUnavailable):
                log.append(records("one"))
            holder.execute("ROLLBACK")
            assert len(log.append(records("one")).offsets) == 1
        holder.close()

    @pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense"])
    def test_other_databases_are_refused(self, url: str) -> None:
        with pytest.raises(EventLogUrlRefused):
            EventLog(url)

    def test_every_failure_is_an_event_log_error(self) -> None:
        assert all(issubclass(kind, EventLogError) for kind in (EventLogFull, EventLogDamaged, EventLogUnavailable))


class TestDurability:
    def test_sqlite_runs_in_wal_mode_with_full_synchronous_commit(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        with EventLog(url) as log, log.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
