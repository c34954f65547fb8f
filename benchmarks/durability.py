"""durability: PostgreSQL killed 50 times and intake 200 times while events come in; nothing acknowledged is lost.

A client sends batches of 20 and single events to the real intake service on several connections, and sends each event
again, under its message id, until it is acknowledged. All the while one process is killed with SIGKILL at a moment
drawn by chance, and started again: every process of the PostgreSQL server that holds the log, or intake itself, on
SQLite and on PostgreSQL. At the end every acknowledged event must be in the log once, and no event twice.

The peer is the same PostgreSQL with `synchronous_commit = off`, killed in the same way: it shows that the harness sees
a loss where there is one. What SIGKILL cannot show is a machine that loses its power; that the disk has the bytes
then is what `fsync` and full synchronous commit are for, and both are read back from the servers here.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from benchmarks.killed_servers import KilledIntake, KilledPostgres
from benchmarks.report import Machine, Row, command_line, median_spread, show, write
from benchmarks.stubborn_client import Sent, StubbornClient
from merx_kit.eventlog import EventLog, migrate

POSTGRES_KILLS, INTAKE_KILLS, PEER_KILLS = 50, 200, 10
SHORTEST_S, LONGEST_S = 0.1, 0.8
"""Between the first acknowledgement after a kill and the next kill."""
CHUNK = 50_000


@dataclass
class Phase:
    """What one series of kills came to; times in seconds."""

    sent: Sent = field(default_factory=Sent)
    away_s: list[float] = field(default_factory=list)
    """From each kill until an event was acknowledged again, the start of the process in it."""
    cut: list[int] = field(default_factory=list)
    """Events under way at each kill."""
    lost: int = 0
    twice: int = 0

    def judge(self, database_url: str) -> None:
        """Counts what the log holds against what was acknowledged."""
        with EventLog(database_url) as log:
            held: Counter[str] = Counter()
            after = 0
            while stored := log.read(after, CHUNK):
                held.update(one.record.id for one in stored)
                after = stored[-1].offset
        self.lost = len(self.sent.acknowledged - held.keys())
        self.twice = sum(count > 1 for count in held.values())


async def kill_again_and_again(phase: Phase, port: int, kills: int, *, kill: Callable[[], None]) -> None:
    """`kill` ends a process and starts it again, while the client sends."""
    moments = random.Random(kills)
    client = StubbornClient(port, phase.sent)
    await client.acknowledged_since(0.0)
    for _ in range(kills):
        await asyncio.sleep(moments.uniform(SHORTEST_S, LONGEST_S))
        phase.cut.append(phase.sent.in_flight)
        moment = time.perf_counter()
        await asyncio.to_thread(kill)
        # An answer that was on its way at the kill is none that came after it.
        restarted = time.perf_counter()
        phase.away_s.append(restarted - moment + await client.acknowledged_since(restarted))
    await client.stop()


def kill_intake(kills: int, database_url: str, home: Path) -> Phase:
    phase = Phase()
    with KilledIntake(database_url, home) as intake:

        def kill() -> None:
            intake.kill()
            intake.start()

        asyncio.run(kill_again_and_again(phase, intake.port, kills, kill=kill))
    phase.judge(database_url)
    return phase


def kill_postgres(kills: int, server: KilledPostgres, home: Path, *, synchronous: bool = True) -> Phase:
    """In a database of its own; `synchronous` False acknowledges before the disk has it."""
    database_url = fresh_database(server, "synchronous" if synchronous else "hasty", synchronous=synchronous)
    migrate(database_url)
    phase = Phase()
    with KilledIntake(database_url, home) as intake:

        def kill() -> None:
            server.kill()
            server.start_again()

        asyncio.run(kill_again_and_again(phase, intake.port, kills, kill=kill))
    phase.judge(database_url)
    return phase


def fresh_database(server: KilledPostgres, name: str, *, synchronous: bool = True) -> str:
    """The URL of a new database, which keeps what it commits as told; refuses a server that does not flush."""
    engine = sa.create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {'on' if synchronous else 'off'}")
    engine.dispose()
    engine = sa.create_engine(server.url(name))
    with engine.connect() as connection:
        kept = [connection.exec_driver_sql(f"SHOW {setting}").scalar() for setting in ("fsync", "synchronous_commit")]
    engine.dispose()
    if kept != ["on", "on" if synchronous else "off"]:
        raise SystemExit(f"fsync, synchronous_commit = {kept}")
    return server.url(name)


def rows_of(what: str, phase: Phase, peer: Phase | None = None) -> list[Row]:
    """Lost, twice, and how long the client waited."""
    told = f"{what}, {len(phase.sent.acknowledged):,} events acknowledged"
    lost = {} if peer is None else {f"synchronous_commit = off, {len(peer.away_s)} kills": float(peer.lost)}
    away, spread = median_spread(phase.away_s)
    zero = (0.0, 0.0)
    return [
        Row(claim=f"{told}: lost", unit="events", better="lower", merx=phase.lost, spread=zero, peers=lost, goal=0),
        Row(claim=f"{told}: in the log twice", unit="events", better="lower", merx=phase.twice, spread=zero, goal=0),
        Row(claim=f"{what}: until events are acknowledged again", unit="s", better="lower", merx=away, spread=spread),
    ]


def tell(what: str, phase: Phase) -> None:
    """Whether the kills came at bad moments: without events under way nothing would be shown."""
    print(
        f"{what}: {sum(map(bool, phase.cut))} of {len(phase.cut)} kills cut events short,"
        f" {phase.sent.failures} requests without an answer,"
        f" {len(phase.sent.known)} events committed before their answer was lost,"
        f" {len(phase.sent.wrong)} wrong answers {phase.sent.wrong[:3]}",
        flush=True,
    )
    if phase.sent.wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", type=int, default=POSTGRES_KILLS, help="kills of PostgreSQL")
    parser.add_argument("--intake", type=int, default=INTAKE_KILLS, help="kills of intake, half on each database")
    asked = parser.parse_args()
    machine = Machine.now()
    rows = measure(asked.postgres, asked.intake)
    if (asked.postgres, asked.intake) == (POSTGRES_KILLS, INTAKE_KILLS):
        write("durability", rows, command_line(), machine=machine)
    else:
        show("durability", rows)


def measure(postgres: int, intake: int) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder, KilledPostgres() as server:
        home = Path(folder)
        phase = kill_postgres(postgres, server, home)
        tell(f"PostgreSQL killed {postgres} times", phase)
        peer = kill_postgres(min(PEER_KILLS, postgres), server, home, synchronous=False)
        tell("the same with synchronous_commit = off", peer)
        rows += rows_of(f"PostgreSQL killed {postgres} times", phase, peer)
        for name, url in (("SQLite", f"sqlite:///{home}/events.db"), ("PostgreSQL", fresh_database(server, "kept"))):
            what = f"intake on {name} killed {intake // 2} times"
            phase = kill_intake(intake // 2, url, home)
            tell(what, phase)
            rows += rows_of(what, phase)
    return rows


if __name__ == "__main__":
    main()
