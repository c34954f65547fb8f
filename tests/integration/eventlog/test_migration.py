import subprocess
import sys

import pytest
import sqlalchemy as sa

from merx_kit.eventlog import EventLog, EventLogTooNew, EventLogUnavailable, migrate
from tests.integration.eventlog.records import records


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
