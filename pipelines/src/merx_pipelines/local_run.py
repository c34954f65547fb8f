"""Runs a pipeline's graph on this machine, each step in a process of its own, with progress on the console."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from merx_kit.settings import MerxSettings
from merx_pipelines import progress

POLL_S = 0.2
ERRORS = ("Error", "Bought", "From", "Missing", "Sold", "Unavailable")
"""How the names of exceptions that steps raise end."""


class RunFailed(RuntimeError):
    """A step failed; the message names the log with what it said."""


def run_locally(pipeline: Callable[..., Any], settings: MerxSettings, **arguments: Any) -> Path:
    """Runs `pipeline` to its end and returns the folder with its outputs; those of the run before are removed first.

    Steps read their settings from this process's environment. Raises RunFailed.
    """
    from kfp import local

    name = str(getattr(pipeline, "name", "pipeline"))
    outputs = settings.home / "run" / name
    shutil.rmtree(outputs, ignore_errors=True)
    progress.progress_file(settings).unlink(missing_ok=True)
    log = settings.home / "logs" / f"{name}-pipeline.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    outputs.mkdir(parents=True)
    workspace = outputs / "workspace"
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=str(outputs), workspace_root=str(workspace))
    try:
        with watched(settings, name), log.open("w") as file, contextlib.redirect_stdout(file):
            pipeline(**arguments)
    except RuntimeError as error:
        raise RunFailed(f"the pipeline {name!r} failed: {last_words(log)} (all of it: {log})") from error
    return outputs


@contextlib.contextmanager
def watched(settings: MerxSettings, name: str) -> Iterator[None]:
    """Shows each step as it says what it does, until the block ends."""
    stop = threading.Event()
    bar = Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bar:
        thread = threading.Thread(target=_follow, args=(bar, progress.progress_file(settings), stop), name=name)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def last_words(log: Path) -> str:
    """The last exception that a step printed, or the log's last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.split(":")[0].endswith(ERRORS)]
    return (errors or lines or ["it said nothing"])[-1]


def _finish(bar: Progress, task: TaskID | None) -> None:
    if task is not None:
        bar.update(task, completed=1)


def _follow(bar: Progress, path: Path, stop: threading.Event) -> None:
    offset, step = 0, ""
    task: TaskID | None = None
    while True:
        last = stop.is_set()
        offset, lines = progress.read(path, offset)
        for name, text in lines:
            if name != step:
                _finish(bar, task)
                step, task = name, bar.add_task(name, total=1)
            if task is not None:
                bar.update(task, description=f"{name}: {text}" if text else name)
        if last:
            _finish(bar, task)
            return
        time.sleep(POLL_S)
