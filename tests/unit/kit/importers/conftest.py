from collections.abc import Iterator
from pathlib import Path

import pytest

from merx_kit.eventlog import EventLog, migrate


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    url = f"sqlite:///{tmp_path}/log/events.db"
    migrate(url)
    with EventLog(url) as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An empty folder for a shop's files."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder
