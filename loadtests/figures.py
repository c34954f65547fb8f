"""What a run came to, and how that compares with the figures of the last release."""

import json
import math
import platform
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from loadtests.gates import Gate

RELEASED = Path(__file__).parent / "released"
"""Figures by `<what>-<profile>.json`, as `--release` leaves them."""
ENOUGH = 100
"""Requests from which a 99th percentile says something."""


@dataclass(frozen=True)
class Figure:
    """Of one kind of request; latencies from when requests were due, in milliseconds."""

    requests: int
    failures: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Ratio:
    """What is now over what was; below 1 is better."""

    name: str
    p50: float
    p99: float
    telling: bool
    """Whether both runs had ENOUGH requests of the kind."""

    def __str__(self) -> str:
        return f"{self.name}: median {self.p50:.2f} x, p99 {self.p99:.2f} x" + ("" if self.telling else " (few)")


def read(path: Path) -> dict[str, Figure]:
    """The figures in locust's JSON report (`--json-file`), by kind of request. Raises OSError, ValueError, KeyError."""
    return {f"{each['method']} {each['name']}": _figure(each) for each in json.loads(path.read_text())}


def ratios(now: Mapping[str, Figure], before: Mapping[str, Figure]) -> list[Ratio]:
    """Of the kinds of request that both have."""
    return [
        Ratio(
            name=name,
            p50=_over(now[name].p50_ms, before[name].p50_ms),
            p99=_over(now[name].p99_ms, before[name].p99_ms),
            telling=min(now[name].requests, before[name].requests) >= ENOUGH,
        )
        for name in now
        if name in before
    ]


def slower(found: Iterable[Ratio], limit: float) -> list[Gate]:
    """The typical kind of request may be slower than in the last release by so much, at the median and at the 99th
    percentile; by one kind alone chance would decide."""
    telling = [each for each in found if each.telling]
    if not telling:
        return []
    return [
        Gate(f"{name} over the last release's", statistics.median(values), limit, "{:.2f} x")
        for name, values in (("median", [each.p50 for each in telling]), ("p99", [each.p99 for each in telling]))
    ]


def released(path: Path) -> tuple[str, dict[str, Figure]]:
    """Of which version, and the figures. Raises OSError where there are none, ValueError, KeyError, TypeError."""
    told = json.loads(path.read_text())
    return told["version"], {name: Figure(**figure) for name, figure in told["requests"].items()}


def release(path: Path, figures: Mapping[str, Figure], *, command: str) -> None:
    """Leaves the figures for the next release to be compared with."""
    told: dict[str, Any] = {
        "version": version("merx-core"),
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "machine": platform.machine(),
        "requests": {name: asdict(figure) for name, figure in sorted(figures.items())},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1) + "\n")


def _figure(entry: Mapping[str, Any]) -> Figure:
    seconds = (entry["last_request_timestamp"] or 0.0) - entry["start_time"]
    return Figure(
        requests=entry["num_requests"],
        failures=entry["num_failures"],
        per_s=round(entry["num_requests"] / seconds, 2) if seconds > 0.0 else 0.0,
        p50_ms=_percentile(entry["response_times"], 0.50),
        p99_ms=_percentile(entry["response_times"], 0.99),
    )


def _percentile(counts: Mapping[str, int], share: float) -> float:
    """The least latency within which `share` of the requests were answered; 0 of none. Locust rounds to two digits."""
    wanted, seen = math.ceil(share * sum(counts.values())), 0
    for latency, count in sorted((float(told), count) for told, count in counts.items()):
        seen += count
        if seen >= wanted:
            return latency
    return 0.0


def _over(now: float, before: float) -> float:
    return now / before if before > 0.0 else math.inf if now > 0.0 else 1.0
