"""Every test of the audit runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from merx_kit.eventlog import EventLog, migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """An empty, prepared database."""
    url = f"sqlite:///{tmp_path}/events.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url)
    with EventLog(url) as opened:
        yield opened
