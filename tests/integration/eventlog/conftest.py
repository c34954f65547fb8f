"""Every test of the log runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
