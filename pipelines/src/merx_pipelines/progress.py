"""How far a run is: steps run in processes of their own, so they say it through a small file and the log."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from merx_kit.settings import MerxSettings

log = structlog.get_logger(__name__)


def progress_file(settings: MerxSettings) -> Path:
    """Where steps of an embedded run write what they do; one line each."""
    return settings.home / "run" / f"{'-'.join(filter(None, ('progress', settings.run_name)))}.txt"


def report(step: str, text: str = "") -> None:
    """Says that `step` does `text` now."""
    settings = MerxSettings.load()
    log.info("step_progress", step=step, doing=text)
    if not settings.embedded:
        return
    path = progress_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{time.time():.1f}\t{step}\t{text}\n")


def read(path: Path, offset: int) -> tuple[int, Iterator[tuple[str, str]]]:
    """(step, text) of the lines beyond byte `offset`, and where the next reading starts. A file that is shorter is that
    of the next run."""
    if not path.exists():
        return offset, iter(())
    with path.open("rb") as file:
        offset = 0 if file.seek(0, os.SEEK_END) < offset else offset
        file.seek(offset)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    rows = (line.split("\t") for line in whole.decode().splitlines())
    return offset + len(whole), ((row[1], row[2]) for row in rows if len(row) == 3)
