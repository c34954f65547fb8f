"""Every test of the framework runs on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from merx_kit.consumers import Consumer, Runner
from merx_kit.eventlog import EventLog, migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/events.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def log(database_url: str) -> Iterator[EventLog]:
    migrate(database_url)
    with EventLog(database_url) as opened:
        yield opened


Running = Callable[..., Runner]


@pytest.fixture
def running(log: EventLog) -> Iterator[Running]:
    """Starts a runner of a consumer, which is stopped at the end of the test."""
    started: list[Runner] = []

    def run(consumer: Consumer, *, source: EventLog | None = None, limit: int = 7) -> Runner:
        runner = Runner(source or log, consumer, limit=limit)
        runner.start()
        started.append(runner)
        return runner

    yield run
    for runner in started:
        runner.stop()
        assert not runner.alive
