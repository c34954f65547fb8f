import itertools
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

import merx_kit.eventlog.migration
from merx_kit.eventlog import EventLog, EventLogTooNew, EventLogUnavailable, Outcome, migrate
from merx_kit.eventlog.partitions import DEFAULT, WEEKS_AHEAD, Partition, partitions
from tests.integration.eventlog.records import records

SCRIPTS = Path(merx_kit.eventlog.migration.__file__).parent / "migrations"
DAY_US = 86_400 * 1_000_000
INSERT = """
INSERT INTO event_log (log_offset, source, id, type, recorded_us, data)
VALUES (:log_offset, '/old', :id, 'test.v1', :recorded_us, :data)
"""


class TestMigrate:
    def test_twice_changes_nothing(self, database_url: str) -> None:
        migrate(database_url)
        with EventLog(database_url) as log:
            log.append(records("one"))
            migrate(database_url)
            assert len(log.read(0, 10)) == 1

    def test_several_processes_at_once(self, database_url: str) -> None:
        script = "import sys; from merx_kit.eventlog import migrate; migrate(sys.argv[1])"
        command = [sys.executable, "-W", "error::ResourceWarning", "-c", script, database_url]
        started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        errors = [process.communicate(timeout=120)[1] for process in started]
        assert [process.returncode for process in started] == [0, 0, 0], errors
        with EventLog(database_url) as log:
            assert len(log.append(records("one")).offsets) == 1

    def test_database_of_a_newer_version_is_refused(self, database_url: str) -> None:
        migrate(database_url)
        with EventLog(database_url) as log, log.engine.begin() as connection:
            connection.execute(sa.text("UPDATE event_log_version SET version_num = '9999'"))
        with pytest.raises(EventLogTooNew, match="9999"):
            migrate(database_url)

    def test_other_tools_alembic_version_is_left_alone(self, database_url: str) -> None:
        migrate(database_url)
        with EventLog(database_url) as log, log.engine.connect() as connection:
            assert "alembic_version" not in sa.inspect(connection).get_table_names()

    def test_unreachable_server_says_so(self) -> None:
        with pytest.raises(EventLogUnavailable):
            migrate("postgresql://merx@127.0.0.1:1/merx")


def before_keys(url: str, records: int) -> None:
    """A database as version 0002 left it, with records whose clock once went back."""
    from alembic import command
    from alembic.config import Config

    from merx_kit.eventlog.database import WRITING, make_folder, open_engine, parse_url

    parsed = parse_url(url)
    make_folder(parsed)
    engine = open_engine(parsed)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    now_us = time.time_ns() // 1000
    with engine.connect() as fresh:
        connection = fresh.execution_options(**WRITING)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "0002")
        with connection.begin():
            rows = [
                {
                    "log_offset": number,
                    "id": f"r{number}-\u00e9",
                    "recorded_us": now_us - (records - number) * DAY_US + (5 * DAY_US if number == 3 else 0),
                    "data": b"{}" if number % 2 else b"[]",
                }
                for number in range(1, records + 1)
            ]
            connection.execute(sa.text(INSERT), rows)
    engine.dispose()


class TestOldRecords:
    def test_they_are_kept_in_order_and_known(self, database_url: str) -> None:
        before_keys(database_url, 40)
        migrate(database_url)
        with EventLog(database_url) as log:
            stored = log.read(0, 100)
            assert [one.offset for one in stored] == list(range(1, 41))
            moments = [one.recorded_at for one in stored]
            assert moments == sorted(moments)
            again = [one.record for one in stored]
            changed = msgspec.structs.replace(again[4], data=msgspec.Raw(b'"other"'))
            assert log.append([*again, changed]).outcomes == (*[Outcome.KNOWN] * 40, Outcome.CONFLICT)
            more = log.append(records("new"))
            assert more.offsets[0] > 40
            assert log.read(40, 10)[0].recorded_at >= moments[-1]

    def test_on_postgres_each_week_has_its_partition_and_the_spare_one_is_empty(self, postgres_url: str) -> None:
        before_keys(postgres_url, 40)
        migrate(postgres_url)
        with EventLog(postgres_url) as log, log.engine.connect() as connection:
            weeks = partitions(connection)
            assert len(weeks) >= 5 + WEEKS_AHEAD
            assert all(one.until_us == two.since_us for one, two in itertools.pairwise(weeks))
            assert connection.execute(sa.text(f"SELECT count(*) FROM {DEFAULT}")).scalar_one() == 0
            filled = [week for week in weeks if _rows(connection, week.name)]
            assert len(filled) >= 5


def _rows(connection: sa.Connection, table: str) -> int:
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


class TestPartitions:
    def test_an_append_without_its_week_is_taken_all_the_same_and_moves_later(self, postgres_url: str) -> None:
        migrate(postgres_url)
        with EventLog(postgres_url) as log:
            week = Partition.holding(time.time_ns() // 1000)
            with log.engine.begin() as connection:
                connection.execute(sa.text(f"DROP TABLE {week.name}"))
            log.append(records("one", "two"))
            with log.engine.connect() as connection:
                assert _rows(connection, DEFAULT) == 2
            migrate(postgres_url)
            with log.engine.connect() as connection:
                assert (_rows(connection, DEFAULT), _rows(connection, week.name)) == (0, 2)
            assert [stored.record.id for stored in log.read(0, 10)] == ["one", "two"]


class TestRestoredBackup:
    def test_records_from_a_server_with_more_transactions_become_readable(self, postgres_url: str) -> None:
        migrate(postgres_url)
        with EventLog(postgres_url) as log:
            log.append(records("one", "two"))
            with log.engine.begin() as connection:
                connection.execute(sa.text("UPDATE event_log SET transaction_id = '900000000000'"))
            assert log.read(0, 10) == []
            migrate(postgres_url)
            assert [stored.record.id for stored in log.read(0, 10)] == ["one", "two"]
