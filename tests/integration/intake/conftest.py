"""The service on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.intake.running import Intake


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """One service for all tests of a module, on SQLite: each of them uses ids and keys of its own."""
    with Intake(tmp_path_factory.mktemp("intake") / "home") as intake:
        intake.service.wait_ready()
        yield intake


@pytest.fixture(params=["sqlite", "postgresql"])
def intake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    """A service on an empty log, on both databases."""
    url: str = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with Intake(tmp_path / "home", url) as started:
        started.service.wait_ready()
        yield started
