"""Runs beside the one that is shown; they are small programs here."""

import io
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest
from rich.console import Console

from merx_pipelines import progress
from merx_pipelines.embedded import beside
from merx_pipelines.embedded.beside import RUN, Beside
from merx_pipelines.embedded.settings import EmbeddedSettings
from merx_pipelines.embedded.up import tell
from merx_pipelines.local_run import RunFailed

PROGRAMS = {
    "index": "print('an index of', __import__('os').environ['MERX_RUN_NAME'])",
    "prices": "print('no prices'); raise SystemExit(2)",
    "long": "__import__('time').sleep(600)",
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[str]"]:
    processes: list[subprocess.Popen[str]] = []

    def start(arguments: Sequence[str], said: IO[str], **environment: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", PROGRAMS[arguments[0]]]
        processes.append(subprocess.Popen(command, stdout=said, text=True, env=environment))
        return processes[-1]

    monkeypatch.setattr(beside, "start_beside", start)
    return processes


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    return EmbeddedSettings(home=tmp_path)


def console() -> Console:
    return Console(file=io.StringIO(), width=100)


def said(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


class TestBeside:
    def test_they_run_in_order_and_say_at_the_end_what_they_said(
        self, settings: EmbeddedSettings, started: list["subprocess.Popen[str]"]
    ) -> None:
        shown = console()
        with Beside(settings, ["index", "prices"]) as runs:
            runs.start()
            runs.start()
            assert runs.finish(shown) == {"index": 0, "prices": 2}
        assert said(shown).splitlines() == [f"an index of {RUN}", "no prices"]
        assert len(started) == 2

    def test_nothing_to_run_is_nothing(
        self, settings: EmbeddedSettings, started: list["subprocess.Popen[str]"]
    ) -> None:
        shown = console()
        with Beside(settings, []) as runs:
            runs.start()
            assert runs.finish(shown) == {}
        assert (said(shown), started) == ("", [])

    def test_what_was_not_begun_begins_when_it_is_waited_for(
        self, settings: EmbeddedSettings, started: list["subprocess.Popen[str]"]
    ) -> None:
        with Beside(settings, ["index"]) as runs:
            assert runs.finish(console()) == {"index": 0}

    def test_where_the_block_fails_none_is_left_at_work(
        self, settings: EmbeddedSettings, started: list["subprocess.Popen[str]"]
    ) -> None:
        def fail() -> None:
            with Beside(settings, ["long", "index"]) as runs:
                runs.start()
                until = time.monotonic() + 30
                while not started and time.monotonic() < until:
                    time.sleep(0.01)
                raise RuntimeError("the training failed")

        with pytest.raises(RuntimeError, match="the training failed"):
            fail()
        assert [process.poll() is not None for process in started] == [True]


class TestTell:
    def test_an_index_that_could_not_be_built_ends_it(self) -> None:
        with pytest.raises(RunFailed, match="index"):
            tell({"index": 1, "prices": 0}, console())

    @pytest.mark.parametrize(
        ("statuses", "told"),
        [
            ({}, ""),
            ({"index": 0, "prices": 0}, ""),
            ({"index": 2}, "The new index was not promoted"),
            ({"prices": 2}, "Not all that was learned of prices was promoted"),
            ({"prices": 1}, "Prices were not learned"),
        ],
    )
    def test_the_rest_is_told_and_stops_nothing(self, statuses: dict[str, int], told: str) -> None:
        shown = console()
        tell(statuses, shown)
        assert said(shown).startswith(told)
        assert bool(said(shown)) == bool(told)


class TestProgress:
    def test_each_run_has_a_file_of_its_own(self, settings: EmbeddedSettings) -> None:
        other = settings.model_copy(update={"run_name": RUN})
        assert progress.progress_file(settings) != progress.progress_file(other)

    def test_a_shorter_file_is_the_next_runs(self, tmp_path: Path) -> None:
        path = tmp_path / "progress.txt"
        path.write_text("1.0\tclean\tfirst\n1.0\tclean\tsecond\n")
        offset, lines = progress.read(path, 0)
        assert [text for _, text in lines] == ["first", "second"]
        path.write_text("2.0\tfit\tanew\n")
        _, lines = progress.read(path, offset)
        assert list(lines) == [("fit", "anew")]
