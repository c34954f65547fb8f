"""How a benchmark measures, prints and writes: the JSON that the README's figures are drawn from."""

import json
import os
import platform
import resource
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NoReturn

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """One claim: what Merx reached, what its peers reached on the same rows, and the number it set out to beat."""

    claim: str
    unit: str
    better: Literal["higher", "lower"]
    merx: float
    spread: tuple[float, float]
    peers: Mapping[str, float] = field(default_factory=dict)
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether `merx` reaches `goal`; None where the row has no gate."""
        if self.goal is None:
            return None
        return self.merx >= self.goal if self.better == "higher" else self.merx <= self.goal


@dataclass(frozen=True)
class Machine:
    """The processor, and the load average over one minute before the first measurement."""

    cpu: str
    load: float

    @classmethod
    def now(cls) -> "Machine":
        return cls(cpu=f"{os.cpu_count()} x {_cpu_model()}", load=round(os.getloadavg()[0], 2))


@dataclass(frozen=True)
class Timing:
    """Seconds over the rounds: medians, and the lowest and highest."""

    wall_s: float
    wall_spread: tuple[float, float]
    cpu_s: float
    cpu_spread: tuple[float, float]


@dataclass(frozen=True)
class Contender:
    """One side of a comparison; `pids` are servers whose CPU seconds count beside those of this process."""

    run: Callable[[], object]
    pids: Sequence[int] = ()


def alternate(contenders: Mapping[str, Contender], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Run the contenders in turn, A B A B, so that a drift of the machine falls on all of them."""
    walls: dict[str, list[float]] = {name: [] for name in contenders}
    cpus: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            wall, cpu = time.perf_counter(), cpu_seconds(contender.pids)
            contender.run()
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(cpu_seconds(contender.pids) - cpu)
    return {name: Timing(*median_spread(walls[name]), *median_spread(cpus[name])) for name in contenders}


def median_spread(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The median, and (lowest, highest)."""
    return statistics.median(values), (min(values), max(values))


def cpu_seconds(pids: Sequence[int] = ()) -> float:
    """User and system seconds of this process, its ended children and the running processes `pids`."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    tick = os.sysconf("SC_CLK_TCK") if pids else 1
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / tick
    return spent


def bench_data() -> Path:
    """The folder of public data sets (MERX_BENCH_DATA); ends the run with a reason where there is none."""
    folder = os.environ.get("MERX_BENCH_DATA", "")
    if not folder or not Path(folder).is_dir():
        skip(f"MERX_BENCH_DATA={folder!r} is not a folder; set it to the folder of public data sets")
    return Path(folder)


def data_path() -> Path | None:
    """The other data set to run on (`make bench DATA=<path>`), if one is named."""
    named = os.environ.get("DATA", "")
    if named and not Path(named).exists():
        skip(f"DATA={named!r} does not exist")
    return Path(named) if named else None


def skip(reason: str) -> NoReturn:
    """Say why nothing was measured, and end with status 77 (skipped), so that nobody takes it for a pass."""
    Console(stderr=True).print(f"[yellow]skipped:[/] {reason}")
    sys.exit(77)


def command_line() -> str:
    """The command that reproduces this run, the `DATA=` it read included."""
    module = sys.modules["__main__"].__spec__
    name = module.name if module else sys.argv[0]
    data = os.environ.get("DATA", "")
    prefix = f"DATA={shlex.quote(data)} " if data else ""
    return f"{prefix}python -m {shlex.join([name, *sys.argv[1:]])}"


def write(area: str, rows: Sequence[Row], command: str, *, machine: Machine | None = None) -> Path:
    """Print the table of an area and write its JSON; runs on other data (DATA=) print and leave the committed file."""
    show(area, rows)
    document = {
        "area": area,
        "date": datetime.now(UTC).date().isoformat(),
        "parent_commit": _parent_commit(),
        "command": command,
        "machine": asdict(machine or Machine.now()),
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    name = f"{area}.other.json" if os.environ.get("DATA") else f"{area}.json"
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    return path


def stored(area: str) -> list[Row]:
    """The rows of the committed file; none where the area was never measured."""
    path = RESULTS / f"{area}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    return [Row(**{name: value for name, value in row.items() if name != "met"}) for row in rows]


def show(area: str, rows: Sequence[Row]) -> None:
    """The rows as a table on the terminal."""
    table = Table(title=area, caption="arrow: better is higher or lower")
    for column in ("claim", "unit", "merx", "spread", "peers", "goal", "met"):
        table.add_column(column)
    for row in rows:
        peers = "\n".join(f"{name} {value:.4g}" for name, value in row.peers.items())
        arrow = "↑" if row.better == "higher" else "↓"
        goal = "" if row.goal is None else f"{row.goal:.4g}"
        met = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[row.met]
        spread = f"{row.spread[0]:.4g} to {row.spread[1]:.4g}"
        table.add_row(row.claim, f"{row.unit} {arrow}", f"{row.merx:.4g}", spread, peers, goal, met)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _parent_commit() -> str:
    git = ["git", "rev-parse", "HEAD"]
    return subprocess.run(git, cwd=RESULTS.parent, capture_output=True, text=True, check=True).stdout.strip()


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
