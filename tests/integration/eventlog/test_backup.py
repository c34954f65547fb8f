"""The drill of the runbook: a backup taken while the shop sends events, and restored, on both databases."""

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa

from benchmarks.killed_servers import KilledPostgres
from merx_kit.eventlog import EventLog, LogTail, migrate
from merx_kit.eventlog.errors import EventLogUnavailable
from tests.integration.eventlog.records import record, records
from tests.integration.eventlog.test_tail import PATIENCE_S, Kept, until

Opens = Callable[[str], EventLog]


class Drill(Protocol):
    url: str
    elsewhere: str
    """Where nothing is yet: a restore after the loss of everything."""

    def back_up(self) -> None: ...

    def restore_elsewhere(self) -> None: ...

    def restore_in_place(self) -> None: ...


class SqliteDrill:
    """SQLite's online backup, by which `sqlite3 <file> .backup` and `.restore` go as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url, self.elsewhere = (f"sqlite:///{folder}/{name}.db" for name in ("events", "elsewhere"))

    def back_up(self) -> None:
        self._copy("events", "backup")

    def restore_elsewhere(self) -> None:
        self._copy("backup", "elsewhere")

    def restore_in_place(self) -> None:
        self._copy("backup", "events")

    def _copy(self, source: str, target: str) -> None:
        with (
            closing(sqlite3.connect(self._folder / f"{source}.db")) as read,
            closing(sqlite3.connect(self._folder / f"{target}.db", timeout=30.0)) as written,
        ):
            read.backup(written)


class PostgresDrill:
    """pg_dump and pg_restore; `elsewhere` is another server, which has counted fewer transactions than the first."""

    def __init__(self, folder: Path, server: KilledPostgres, other: KilledPostgres) -> None:
        self._dump, self._programs = folder / "events.dump", server.programs
        self._server, self._other = server, other
        self._command(server, "createdb", "merx")
        self.url, self.elsewhere = server.url("merx"), other.url("merx")

    def back_up(self) -> None:
        self._command(self._server, "pg_dump", "--format=custom", f"--file={self._dump}", "merx")

    def restore_elsewhere(self) -> None:
        self._command(self._other, "createdb", "merx")
        self._restore(self._other)

    def restore_in_place(self) -> None:
        self._command(self._server, "dropdb", "--force", "merx")
        self._command(self._server, "createdb", "merx")
        self._restore(self._server)

    def _restore(self, server: KilledPostgres) -> None:
        self._command(server, "pg_restore", "--exit-on-error", "--dbname=merx", str(self._dump))

    def _command(self, server: KilledPostgres, program: str, *arguments: str) -> None:
        host = sa.make_url(server.url()).query["host"]
        command = [str(self._programs / program), "--username=postgres", f"--host={host}", *arguments]
        subprocess.run(command, check=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def drill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drill]:
    if request.param == "sqlite":
        yield SqliteDrill(tmp_path)
        return
    with KilledPostgres() as server, KilledPostgres() as other:
        yield PostgresDrill(tmp_path, server, other)


@contextmanager
def writing(url: str) -> Iterator[list[int]]:
    """Appends to the log, beside what the block does; gives the offsets that were acknowledged so far."""
    acknowledged: list[int] = []
    stopped = threading.Event()

    def write() -> None:
        with EventLog(url) as log:
            while not stopped.is_set():
                first = len(acknowledged)
                acknowledged.extend(log.append(records(*(f"r{first + number}" for number in range(3)))).offsets)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield acknowledged
    finally:
        stopped.set()
        writer.join()


class TestRestore:
    def test_a_backup_taken_under_writes_holds_all_that_was_acknowledged_before_it(self, drill: Drill) -> None:
        migrate(drill.url)
        with writing(drill.url) as acknowledged:
            until(lambda: len(acknowledged) > 600, "the writer")
            before = len(acknowledged)
            drill.back_up()
            until(lambda: len(acknowledged) > before + 30, "writes go on")
        drill.restore_elsewhere()
        migrate(drill.elsewhere)
        with EventLog(drill.elsewhere) as log:
            restored = log.read(0, 100_000)
            assert [one.offset for one in restored] == acknowledged[: len(restored)]
            assert before <= len(restored) < len(acknowledged)
            again = log.append([record("r0"), record("new")])
            assert len(again.offsets) == 1
            assert again.offsets[0] > restored[-1].offset
            assert [one.record.id for one in log.read(restored[-1].offset, 10)] == ["new"]


class TestReadersOfALogRestoredBehindThem:
    def test_a_tail_begins_anew_and_misses_nothing_that_comes(self, drill: Drill, log_of: Opens) -> None:
        migrate(drill.url)
        log = log_of(drill.url)
        log.append(records("a", "b"))
        drill.back_up()
        log.append(records("c", "lost"))
        kept, begun = Kept(), []

        def begin() -> int:
            # As a service does: what it knows is made anew from all that the log has.
            head = log.head()
            begun.append(head)
            return head

        tail = LogTail(log, kept, begin=begin, types=["test.v1"], poll_s=0.005)
        tail.start()
        assert tail.wait_until_caught_up(PATIENCE_S)
        log.engine.dispose()
        drill.restore_in_place()
        _migrate_when_it_answers(drill.url)
        until(lambda: len(begun) == 2, "the tail begins anew")
        log.append(records("d"))
        until(lambda: bool(kept.subjects), "the record that took an offset given before")
        tail.stop()
        assert kept.names() == ["d"]
        assert begun[1] < begun[0]


@pytest.fixture
def log_of() -> Iterator[Opens]:
    opened: list[EventLog] = []

    def open_log(url: str) -> EventLog:
        opened.append(EventLog(url))
        return opened[-1]

    yield open_log
    for log in opened:
        log.close()


def _migrate_when_it_answers(url: str) -> None:
    def done() -> bool:
        try:
            migrate(url)
        except EventLogUnavailable:
            return False
        return True

    until(done, "the database answers")
