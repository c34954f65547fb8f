import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from merx_kit.eventlog import EventLog
from merx_pipelines.embedded.settings import EmbeddedSettings
from merx_pipelines.embedded.up import prepare_empty

ROOT = Path(__file__).parents[4]


def test_an_empty_shop_has_all_tables_before_several_processes_ask_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    settings = EmbeddedSettings(home=tmp_path)
    prepare_empty(settings)
    with EventLog(settings.database_url) as log:
        assert log.head() == 0
    (registry,) = (tmp_path / "mlflow").glob("*.db")
    with closing(sqlite3.connect(registry)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"alembic_version", "model_versions"} <= names
