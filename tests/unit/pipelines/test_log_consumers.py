"""`merx consumers`: what an operator sees of the log's readers, and may ask of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from merx_kit.consumers import Runner, standings
from merx_kit.eventlog import EventLog, migrate
from merx_pipelines.cli import app
from tests.integration.consumers.readers import Filed, Ledgered, numbers, wait_until


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MERX_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    return CliRunner()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    """With a consumer that has read everything and set one record aside, and another that is behind."""
    migrate(f"sqlite:///{tmp_path}/events.db")
    with EventLog(f"sqlite:///{tmp_path}/events.db") as log:
        log.append(numbers(1, "two", 3))
        for consumer in (Ledgered(log), Filed(tmp_path / "sums.json")):
            if isinstance(consumer, Filed):
                consumer.refuses = {3}
                log.append(numbers(4, first=3))
            reading = Runner(log, consumer)
            reading.start()
            wait_until(lambda: consumer.name in {found.name for found in standings(log)})  # noqa: B023
            wait_until(lambda: reading.position == log.head() and not reading._dirty)  # noqa: B023
            reading.stop()
        yield log


class TestList:
    def test_it_shows_how_far_each_is_and_what_is_set_aside(self, runner: CliRunner, log: EventLog) -> None:
        done = runner.invoke(app, ["consumers"])
        assert done.exit_code == 0, done.output
        lines = {line.split("│")[1].strip(): line for line in done.output.splitlines() if line.startswith("│")}
        cells = {name: [cell.strip() for cell in line.split("│")] for name, line in lines.items()}
        assert (cells["in-sql"][2:4], cells["in-sql"][5]) == (["3", "1"], "1")
        assert (cells["in-a-file"][2:4], cells["in-a-file"][5]) == (["4", "0"], "2")
        assert "Expected `int`, got `str`" in done.output

    def test_a_log_that_is_not_there_is_one_sentence(self, runner: CliRunner) -> None:
        done = runner.invoke(app, ["consumers"])
        assert done.exit_code == 1
        assert "no tables yet" in done.output


class TestReplay:
    def test_the_offset_is_moved_and_the_consumer_is_behind(self, runner: CliRunner, log: EventLog) -> None:
        done = runner.invoke(app, ["consumers", "--replay", "in-a-file", "--from", "2"])
        assert done.exit_code == 0, done.output
        assert {found.name: found.offset for found in standings(log)} == {"in-a-file": 2, "in-sql": 3}

    def test_an_unknown_name_is_refused_with_those_there_are(self, runner: CliRunner, log: EventLog) -> None:
        done = runner.invoke(app, ["consumers", "--replay", "nobody"])
        assert done.exit_code == 1
        assert "in-a-file, in-sql" in done.output


class TestRetry:
    def test_it_says_how_many_records_will_be_tried(self, runner: CliRunner, log: EventLog) -> None:
        done = runner.invoke(app, ["consumers", "--retry", "in-sql"])
        assert done.exit_code == 0, done.output
        assert "1 records will be tried again" in done.output
        assert "to be tried again" in done.output
