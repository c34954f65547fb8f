"""Retraining by itself: when enough came in, or enough time passed, since the run before."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn, Self

import msgspec
import structlog
from pydantic import Field

from merx_core.events import RecordType
from merx_kit.settings import MerxSettings

log = structlog.get_logger(__name__)

LAST_RUN = "retraining.json"
SECONDS_A_MINUTE = 60.0
NICENESS = "10"
"""A run leaves the processors to the services that answer."""


class RetrainSettings(MerxSettings, env_prefix="RETRAIN_"):
    """When a run is due, and how much it does."""

    every_minutes: int = Field(default=60, ge=0)
    """After this long, where any event came in; 0 is never by time."""
    after_events: int = Field(default=50_000, ge=0)
    """After this many events; 0 is never by number."""
    check_s: float = Field(default=10.0, gt=0)
    profile: str = "quick"


class LastRun(msgspec.Struct, frozen=True):
    """Up to where in the log the last run learned, and when it began (epoch seconds)."""

    head: int = 0
    began: float = 0.0

    @classmethod
    def read(cls, home: Path) -> Self:
        """What `write` left; a run that knew nothing, where there was none or its note is damaged."""
        try:
            return msgspec.json.decode((home / LAST_RUN).read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return cls()

    def write(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        unfinished = home / f"{LAST_RUN}.new"
        unfinished.write_bytes(msgspec.json.encode(self))
        unfinished.replace(home / LAST_RUN)


def due(settings: RetrainSettings, last: LastRun, *, events: int, now: float) -> bool:
    """Whether to train, `events` having come in since `last`; without a new event never."""
    enough = 0 < settings.after_events <= events
    late = settings.every_minutes > 0 and now - last.began >= settings.every_minutes * SECONDS_A_MINUTE
    return events > 0 and (enough or late)


def remember_run(settings: MerxSettings) -> None:
    """Notes that a run begins now, with what the log holds now."""
    from merx_kit.eventlog import EventLog

    with EventLog(settings.database_url) as events:
        LastRun(events.head(), time.time()).write(settings.home)


def train_apart(profile: str) -> int:
    """Trains, indexes and learns prices, each in a process of its own, so that its memory goes with it; returns the
    exit status of `merx train`. The index is built anew for what sells now: what changed in the catalogue it has
    already. A shop that sold too little for prices is not the worse for the try."""
    status = _apart("train", "--profile", profile)
    _apart("index", "--profile", profile)
    _apart("prices", "--profile", profile)
    return status


def _apart(*command: str) -> int:
    nice = ["nice", "-n", NICENESS, sys.executable, "-m", "merx_pipelines.cli", *command]
    return subprocess.run(nice, check=False).returncode  # noqa: S603 - our own command line


def look(settings: RetrainSettings, train: Callable[[str], int] = train_apart) -> bool:
    """One look at the log; trains where a run is due, and says whether it did."""
    from merx_kit.eventlog import EventLog, EventLogError

    last = LastRun.read(settings.home)
    try:
        with EventLog(settings.database_url) as events:
            came_in = events.count([RecordType.EVENT], after=last.head)
    except EventLogError as error:
        log.warning("retraining_cannot_look", code=error.code)
        return False
    if not due(settings, last, events=came_in, now=time.time()):
        return False
    log.info("retraining", events=came_in, profile=settings.profile)
    status = train(settings.profile)
    log.info("retrained", status=status, refused_by_gate=status == GATE_REFUSED)
    return True


def watch(settings: RetrainSettings) -> NoReturn:
    """Looks every `check_s` seconds, until the process is told to stop."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    signal.signal(signal.SIGTERM, _stop)
    if not (settings.home / LAST_RUN).exists():
        # The time to the first run counts from here: one event alone is nothing to learn from.
        LastRun(0, time.time()).write(settings.home)
    scheduler = BlockingScheduler(timezone="UTC")
    # One run at a time; looks that fell into a run are made up for by one.
    scheduler.add_job(look, "interval", [settings], seconds=settings.check_s, coalesce=True, max_instances=1)
    try:
        scheduler.start()
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    raise SystemExit(0)


GATE_REFUSED = 2
"""Exit status of `merx train` where the gate kept the model before."""


def _stop(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)
