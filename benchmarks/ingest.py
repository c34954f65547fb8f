"""ingest: events taken in durably, on SQLite and on PostgreSQL, with every consumer of the log running beside.

Batches of 20 at 5,000 events a second and 500 requests a second of one event, open loop, from a process of its own; an
event counts when its acknowledgement says that it is committed, and every commit is flushed to the disk. Sender,
service, worker and database share the machine. At the end the log holds exactly what was acknowledged.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psycopg
import sqlalchemy as sa

from benchmarks.ingest_sender import Plan, Sent
from benchmarks.killed_servers import KilledPostgres
from benchmarks.report import Machine, Row, command_line, median_spread, show, skip, write
from benchmarks.service_process import Service, free_port
from merx_core.events import RecordType
from merx_kit.eventlog import EventLog
from merx_kit.features import apply, open_store
from merx_kit.features.live_push import NAME
from merx_kit.settings import MerxSettings

ROUNDS, SECONDS = 3, 60.0
BATCHES, SIZE, SINGLES = 250.0, 20, 500.0
EVENTS = BATCHES * SIZE + SINGLES
CAUGHT_UP_S = 120.0
REPOSITORY = Path(__file__).parents[1] / "feature_repo"


@dataclass(frozen=True)
class Round:
    """What one round came to; CPU in seconds of the service, of its worker and of the database's processes."""

    sent: Sent
    seconds: float
    service_cpu_s: float
    worker_cpu_s: float
    database_cpu_s: float
    lag_records: int
    """How far the live features were behind when the last event had been sent."""
    lag_s: float
    """How long it then took to catch up."""


@dataclass(frozen=True)
class Stand:
    """The processes that are measured."""

    port: int
    log: EventLog
    service: int
    worker: int
    database: tuple[int, ...]


def main() -> None:
    arguments = _arguments()
    machine = Machine.now()
    rows: list[Row] = []
    for name in arguments.databases.split(","):
        with tempfile.TemporaryDirectory() as home, standing(name, Path(home)) as stand:
            one_round(stand, seconds=3.0, run="warm")
            rounds = [one_round(stand, seconds=arguments.seconds, run=f"r{n}") for n in range(arguments.rounds)]
            check_whole(stand, rounds)
            rows += rows_of(name, rounds)
    if arguments.rounds < ROUNDS or arguments.seconds < SECONDS or "," not in arguments.databases:
        show("ingest", rows)
        return
    write("ingest", rows, command_line(), machine=machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


@contextmanager
def standing(database: str, home: Path) -> Iterator[Stand]:
    """Service and worker over a fresh database."""
    with ExitStack() as stack:
        processes: tuple[int, ...] = ()
        url = f"sqlite:///{home}/events.db"
        if database == "postgresql":
            url = stack.enter_context(KilledPostgres()).url()
        elif database != "sqlite":
            skip(f"no such database: {database}")
        port = free_port()
        own = {"MERX_HOME": str(home), "MERX_DATABASE_URL": url, "MERX_LOG_LEVEL": "WARNING", "MERX_CURRENCY": "EUR"}
        service = Service("merx_intake", port, {**own, "INTAKE_PORT": str(port)}, home / "intake.log")
        stack.enter_context(service).wait_ready()
        # The live features are pushed to what is declared; without it their consumer would wait.
        apply(open_store(MerxSettings(home=home, database_url=url)), REPOSITORY)
        worker_port = free_port()
        worker = Service(
            "merx_intake.worker", worker_port, {**own, "WORKER_PORT": str(worker_port)}, home / "worker.log"
        )
        stack.enter_context(worker).wait_ready()
        log = stack.enter_context(EventLog(url))
        if database == "postgresql":
            processes = _backends(url)
        yield Stand(port, log, service.process.pid, worker.process.pid, processes)


def _backends(url: str) -> tuple[int, ...]:
    """The processes of the server that work for everybody, and those of the connections that are open now."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    return tuple(pid for (pid,) in found)


def one_round(stand: Stand, *, seconds: float, run: str) -> Round:
    plan = Plan(stand.port, seconds, BATCHES, SIZE, SINGLES, run)
    before = _cpu(stand)
    command = [sys.executable, "-m", "benchmarks.ingest_sender", json.dumps(asdict(plan))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    sent = Sent(**json.loads(done.stdout))
    lag_records, ended = _lag(stand.log), time.monotonic()
    while _lag(stand.log) > 0 and time.monotonic() < ended + CAUGHT_UP_S:
        time.sleep(0.02)
    lag_s = time.monotonic() - ended
    service, worker, database = (after - earlier for after, earlier in zip(_cpu(stand), before, strict=True))
    found = Round(sent, seconds, service, worker, database, lag_records, lag_s)
    print(
        f"  {run}: accepted {sent.accepted}, refused {sent.refused}, single p50/p99 "
        f"{_ms(sent.single_s, 0.5):.1f}/{_ms(sent.single_s, 0.99):.1f} ms, batch {_ms(sent.batch_s, 0.5):.1f}/"
        f"{_ms(sent.batch_s, 0.99):.1f} ms, cpu service {service:.1f} worker {worker:.1f} database {database:.1f} s, "
        f"behind by {lag_records} for {lag_s:.2f} s, sender behind {sent.behind_s * 1000:.0f} ms",
        flush=True,
    )
    return found


def _cpu(stand: Stand) -> tuple[float, float, float]:
    return _seconds(stand.service), _seconds(stand.worker), sum(map(_seconds, stand.database))


def _seconds(pid: int) -> float:
    """User and system seconds of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lag(log: EventLog) -> int:
    """Offsets between the log's head and what the live features have stored; a consumer has its row once it began.

    The history of the live features reads as far, but stores its offset with a file, every five minutes.
    """
    with log.engine.connect() as connection:
        query = sa.text("SELECT log_offset FROM consumer_offsets WHERE name = :name")
        stored = connection.execute(query, {"name": NAME}).scalar()
    return log.head() - int(stored or 0)


def check_whole(stand: Stand, rounds: list[Round]) -> None:
    """Every acknowledged event is there, once; ids are unique by the log's own key."""
    acknowledged = sum(one.sent.accepted for one in rounds)
    held = stand.log.count([RecordType.EVENT])
    if held < acknowledged:
        sys.exit(f"{acknowledged} events were acknowledged, and the log holds {held}")


def _ms(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def rows_of(database: str, rounds: list[Round]) -> list[Row]:
    def row(claim: str, unit: str, values: list[float], *, goal: float | None = None, higher: bool = False) -> Row:
        middle, spread = median_spread(values)
        better: Literal["higher", "lower"] = "higher" if higher else "lower"
        return Row(claim=f"{database}: {claim}", unit=unit, better=better, merx=middle, spread=spread, goal=goal)

    thousands = [one.sent.accepted / 1000 for one in rounds]
    return [
        row(
            "events committed, of 5,000 a second in batches of 20 and 500 a second alone",
            "events/s",
            [one.sent.accepted / one.seconds for one in rounds],
            goal=EVENTS,
            higher=True,
        ),
        row("requests refused or failed", "requests", [float(one.sent.refused) for one in rounds], goal=0.0),
        row("one event, p50", "ms", [_ms(one.sent.single_s, 0.5) for one in rounds]),
        row("one event, p99", "ms", [_ms(one.sent.single_s, 0.99) for one in rounds]),
        row("batch of 20, p50", "ms", [_ms(one.sent.batch_s, 0.5) for one in rounds]),
        row("batch of 20, p99", "ms", [_ms(one.sent.batch_s, 0.99) for one in rounds]),
        row(
            "CPU of the service for 1,000 events",
            "CPU s",
            [one.service_cpu_s / size for one, size in zip(rounds, thousands, strict=True)],
        ),
        row(
            "CPU of the worker for 1,000 events",
            "CPU s",
            [one.worker_cpu_s / size for one, size in zip(rounds, thousands, strict=True)],
        ),
        row("time until the live features have it all, after the last event", "s", [one.lag_s for one in rounds]),
    ]


if __name__ == "__main__":
    main()
