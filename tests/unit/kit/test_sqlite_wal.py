import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from merx_kit.sqlite_wal import use_wal


class TestUseWal:
    def test_waits_for_a_process_that_holds_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "new.db"
        with (
            closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
            closing(sqlite3.connect(path, timeout=0)) as waiting,
        ):
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                waiting.execute("PRAGMA journal_mode = WAL")
            letting_go = threading.Timer(0.1, other.execute, ["COMMIT"])
            letting_go.start()
            use_wal(waiting)
            letting_go.join()
            assert waiting.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_what_is_no_lock_is_raised_at_the_first_try(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        path.write_bytes(b"no database " * 100)
        with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
            use_wal(connection)
        assert use_wal.statistics["attempt_number"] == 1  # type: ignore[attr-defined]
