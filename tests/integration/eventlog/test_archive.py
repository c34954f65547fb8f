"""The archive and what may leave the database, on both of them; the tables that pipelines read stay the same."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CostChange, Event, EventType, Line, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import (
    Archive,
    EventLog,
    EventLogWentBack,
    Outcome,
    archive_records,
    drop_keys,
    drop_records,
    migrate,
)
from merx_kit.eventlog.archive import stream_all
from merx_kit.eventlog.locks import only_one
from merx_kit.eventlog.maintenance import maintain
from merx_kit.eventlog.tables import read_catalogue, read_interactions
from merx_kit.settings import MerxSettings
from tests.integration.eventlog.records import insert, record, records

DAY_US = 86_400 * 1_000_000
LATER_US = 2**62
START = datetime(2026, 10, 1, tzinfo=UTC)


def url_of(log: EventLog) -> str:
    return log.url.render_as_string(hide_password=False)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(ArtefactStore(f"file://{tmp_path}/store"), tmp_path / "cache")


def about(kind: RecordType, subject: str, data: msgspec.Struct | None, number: int) -> CloudEvent:
    body = msgspec.Raw(b"null" if data is None else msgspec.json.encode(data))
    moment = START + timedelta(minutes=number)
    return CloudEvent(id=f"{kind}/{number}", source="/test", type=kind, time=moment, subject=subject, data=body)


def product(name: str, **told: Any) -> Product:
    return Product(product_id=name, title=name.upper(), price=Money(100, "EUR"), **told)


def told(table: pd.DataFrame, product_id: str, *columns: str) -> list[Any]:
    return [table.at[product_id, column] for column in columns]


def shop() -> list[CloudEvent]:
    """A small shop's life: three products, of which one goes, stock and costs, and clicks on all."""
    kinds = RecordType
    told = [
        about(kinds.PRODUCT_UPSERTED, "a", product("a", stock=5, cost=Money(40, "EUR")), 1),
        about(kinds.PRODUCT_UPSERTED, "b", product("b"), 2),
        about(kinds.PRODUCT_UPSERTED, "c", product("c"), 3),
        about(kinds.STOCK_LEVEL, "a", StockLevel(product_id="a", stock=0), 4),
        about(kinds.COST_CHANGED, "b", CostChange(product_id="b", cost=Money(70, "EUR")), 5),
        about(kinds.PRODUCT_DELETED, "c", None, 6),
        about(kinds.STOCK_LEVEL, "c", StockLevel(product_id="c", stock=9), 7),
        about(kinds.PRODUCT_UPSERTED, "b", product("b", brand="B"), 8),
    ]
    events = [
        Event(
            message_id=f"m{number}",
            type=EventType.VIEW,
            time=START + timedelta(minutes=number),
            customer_id=str(number % 3),
            lines=(Line("abc"[number % 3]),),
        )
        for number in range(20)
    ]
    return [*told, *(CloudEvent.wrap(event, "/test") for event in events)]


class TestArchive:
    def test_parts_are_whole_contiguous_and_read_back_as_they_were(self, log: EventLog, archive: Archive) -> None:
        log.append(records(*(f"r{number}" for number in range(25))))
        parts = archive_records(log, archive, older_than_us=LATER_US, part_records=10)
        assert [part.last - part.first + 1 for part in parts] == [10, 10, 5]
        live, kept = list(log.stream_columns()), list(archive.stream_columns())
        assert [data for columns in kept for data in columns.data] == [data for one in live for data in one.data]
        assert [at for columns in kept for at in columns.offsets] == [at for one in live for at in one.offsets]
        assert archive.last == log.head()

    def test_it_can_be_read_from_the_middle_of_a_part_and_by_type(self, log: EventLog, archive: Archive) -> None:
        log.append([record(f"r{number}", kind="even" if number % 2 == 0 else "odd") for number in range(10)])
        archive_records(log, archive, older_than_us=LATER_US, part_records=6)
        offsets = [one.offset for one in log.read(0, 100)]
        found = [at for columns in archive.stream_columns(["odd"], after=offsets[2]) for at in columns.offsets]
        assert found == [offsets[3], offsets[5], offsets[7], offsets[9]]

    def test_again_it_adds_only_what_came_since(self, log: EventLog, archive: Archive) -> None:
        log.append(records("a", "b"))
        archive_records(log, archive, older_than_us=LATER_US)
        assert archive_records(log, archive, older_than_us=LATER_US) == []
        (offset,) = log.append(records("c")).offsets
        (part,) = archive_records(log, archive, older_than_us=LATER_US)
        assert (part.first, part.last) == (offset, offset)

    def test_young_records_wait_until_they_fill_a_part(self, log: EventLog, archive: Archive) -> None:
        log.append(records(*"abcdefgh"))
        yesterday = time.time_ns() // 1000 - DAY_US
        assert archive_records(log, archive, older_than_us=yesterday, part_records=9) == []
        log.append(records("i"))
        (part,) = archive_records(log, archive, older_than_us=yesterday, part_records=9)
        assert part.last == log.head()

    def test_one_process_at_a_time_archives(self, log: EventLog, archive: Archive) -> None:
        log.append(records("a"))
        with EventLog(url_of(log)) as other, only_one(other, "archive"):
            assert archive_records(log, archive, older_than_us=LATER_US) == []
        assert len(archive_records(log, archive, older_than_us=LATER_US)) == 1

    def test_it_never_reaches_past_a_transaction_that_is_open(self, postgres_url: str, archive: Archive) -> None:
        migrate(postgres_url)
        with EventLog(postgres_url) as log, log.engine.connect() as slow:
            transaction = slow.begin()
            insert(slow, record("early"))
            log.append(records("late"))
            assert archive_records(log, archive, older_than_us=LATER_US) == []
            transaction.commit()
            archive_records(log, archive, older_than_us=LATER_US)
            subjects = [subject for columns in archive.stream_columns() for subject in columns.subjects]
            assert subjects == ["about-early", "about-late"]

    def test_what_is_archived_and_dropped_while_it_is_read_is_read_all_the_same(
        self, log: EventLog, archive: Archive
    ) -> None:
        log.append(records("a", "b"))
        archive_records(log, archive, older_than_us=LATER_US)
        reading = stream_all(log, archive, ["test.v1"])
        found = list(next(reading).subjects)
        log.append(records("c", "d"))
        archive_records(log, archive, older_than_us=LATER_US)
        drop_records(log, archived=archive.last, before_us=LATER_US)
        log.append(records("e"))
        found += [subject for columns in reading for subject in columns.subjects]
        assert found == [f"about-{name}" for name in "abcde"]

    def test_an_archive_that_is_ahead_of_the_log_is_refused(
        self, log: EventLog, archive: Archive, tmp_path: Path
    ) -> None:
        log.append(records("a", "b", "c"))
        archive_records(log, archive, older_than_us=LATER_US)
        url = f"sqlite:///{tmp_path}/restored.db"
        migrate(url)
        with EventLog(url) as restored:
            restored.append(records("a"))
            with pytest.raises(EventLogWentBack, match=f"to offset {archive.last}, and the log has given 1"):
                archive_records(restored, archive, older_than_us=LATER_US)

    def test_an_object_store_serves_as_well(self, log: EventLog, s3_url: str, s3_options: Any, tmp_path: Path) -> None:
        archive = Archive(ArtefactStore(f"{s3_url}/merx", s3_options), tmp_path / "cache")
        log.append(records("a", "b"))
        archive_records(log, archive, older_than_us=LATER_US)
        assert [len(columns.offsets) for columns in archive.stream_columns()] == [2]


class TestRetention:
    @pytest.fixture
    def old(self, log: EventLog) -> EventLog:
        """A log whose records were recorded three weeks ago."""
        log.append(shop())
        with log.engine.begin() as connection:
            for table in ("event_log", "event_keys"):
                connection.execute(sa.text(f"UPDATE {table} SET recorded_us = recorded_us - {21 * DAY_US}"))
        migrate(url_of(log))
        return log

    def test_what_is_not_archived_stays(self, old: EventLog) -> None:
        assert drop_records(old, archived=0, before_us=time.time_ns() // 1000).records == 0
        assert len(old.read(0, 100)) == 28

    def test_what_a_consumer_has_not_read_stays(self, old: EventLog) -> None:
        with old.engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO consumer_offsets VALUES ('slow', 0, 0)"))
        drop_records(old, archived=old.head(), before_us=time.time_ns() // 1000)
        assert len(old.read(0, 100)) == 28

    def test_young_records_stay(self, old: EventLog) -> None:
        drop_records(old, archived=old.head(), before_us=time.time_ns() // 1000 - 60 * DAY_US)
        assert len(old.read(0, 100)) == 28

    def test_archived_and_read_ones_go_and_the_log_goes_on(self, old: EventLog, archive: Archive) -> None:
        archive_records(old, archive, older_than_us=LATER_US)
        head = old.head()
        dropped = drop_records(old, archived=archive.last, before_us=time.time_ns() // 1000 - 7 * DAY_US)
        assert dropped.records == 28
        assert old.read(0, 100) == []
        again = old.append([*shop()[:2], record("new")])
        assert again.outcomes == (Outcome.KNOWN, Outcome.KNOWN, Outcome.NEW)
        assert again.offsets[0] > head

    def test_pipelines_read_the_same_tables_before_and_after(self, old: EventLog, archive: Archive) -> None:
        before = read_interactions(old), read_catalogue(old)
        archive_records(old, archive, older_than_us=LATER_US, part_records=9)
        half = read_interactions(old, archive), read_catalogue(old, archive)
        drop_records(old, archived=archive.last, before_us=time.time_ns() // 1000)
        assert old.read(0, 100) == []
        after = read_interactions(old, archive), read_catalogue(old, archive)
        assert len(before[0]) == 20
        for then in (half, after):
            for one, other in zip(before, then, strict=True):
                pd.testing.assert_frame_equal(one, other)

    def test_an_id_stays_known_while_its_record_is_there(self, old: EventLog) -> None:
        assert drop_keys(old, before_us=time.time_ns() // 1000 - 20 * DAY_US) == 0
        assert old.append(shop()[:1]).outcomes == (Outcome.KNOWN,)

    def test_forgotten_ids_are_new_again(self, old: EventLog, archive: Archive) -> None:
        archive_records(old, archive, older_than_us=LATER_US)
        drop_records(old, archived=archive.last, before_us=time.time_ns() // 1000)
        assert drop_keys(old, before_us=time.time_ns() // 1000 - 30 * DAY_US) == 0
        assert drop_keys(old, before_us=time.time_ns() // 1000 - 20 * DAY_US) == 28
        assert old.append(shop()[:1]).outcomes == (Outcome.NEW,)


class TestCatalogueFold:
    def test_stock_and_cost_hold_until_the_next_word(self, log: EventLog) -> None:
        log.append(shop())
        table = read_catalogue(log).set_index("product_id")
        assert list(table.index) == ["a", "b"]
        assert told(table, "a", "stock", "in_stock", "cost") == [0, False, 40]
        assert told(table, "b", "brand", "in_stock", "cost") == ["B", True, 70]
        log.append([about(RecordType.PRODUCT_UPSERTED, "a", product("a"), 50)])
        table = read_catalogue(log).set_index("product_id")
        assert told(table, "a", "stock", "in_stock", "cost") == [0, True, 40]


class TestMaintenance:
    def test_a_round_archives_and_drops_as_the_settings_say(self, log: EventLog, tmp_path: Path) -> None:
        log.append(shop())
        used = MerxSettings(home=tmp_path / "home", database_url=url_of(log))
        assert maintain(used).parts == []
        done = maintain(used, everything=True)
        assert (len(done.parts), done.dropped.records, done.keys) == (1, 0, 0)

    def test_an_id_must_outlive_its_record(self, tmp_path: Path) -> None:
        for retention in (0, 30):
            with pytest.raises(ValueError, match="known_ids_days"):
                MerxSettings(home=tmp_path, retention_days=retention, known_ids_days=29)
