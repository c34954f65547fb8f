"""What came of the day: a table for who ran it, JSON for who compares."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.day_two.steady import Count, Seen

PASSED, FAILED, SKIPPED, NOT_REACHED = "passed", "failed", "skipped", "not reached"


@dataclass(frozen=True)
class Outcome:
    """Of one step; `not_run` are commands that only a cluster can be given, and was not."""

    step: str
    state: str
    seconds: float = 0.0
    seen: str = ""
    not_run: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """`counts` are the steady client's."""

    place: str
    began: str
    outcomes: tuple[Outcome, ...]
    counts: Mapping[Seen, Count]

    @property
    def unexcused(self) -> int:
        """Requests that got something else than a 200 where nothing may be away."""
        return sum(count.requests for seen, count in self.counts.items() if seen.failed and not seen.excuse)

    @property
    def status(self) -> int:
        """Of the process: 1 where a step failed, or a request did that none excuses, or none was sent at all."""
        ended = {outcome.state for outcome in self.outcomes}
        return int(bool(ended & {FAILED, NOT_REACHED} or self.unexcused or not self.counts))

    def json(self) -> dict[str, Any]:
        requests = [{**asdict(seen), **asdict(count)} for seen, count in self.counts.items()]
        return {
            "place": self.place,
            "began": self.began,
            "status": self.status,
            "requests_sent": sum(count.requests for count in self.counts.values()),
            "unexcused_failures": self.unexcused,
            "steps": [asdict(outcome) for outcome in self.outcomes],
            "requests": requests,
        }

    def show(self, console: Console) -> None:
        steps = Table(title=f"Day two: {self.place}")
        for column in ("step", "", "seconds", "seen"):
            steps.add_column(column, overflow="fold")
        for outcome in self.outcomes:
            left = f" (not run: {len(outcome.not_run)} commands of a cluster)" if outcome.not_run else ""
            steps.add_row(outcome.step, outcome.state, f"{outcome.seconds:.0f}", Text(outcome.seen + left))
        console.print(steps)
        console.print(self._requests())
        whole = sum(count.requests for count in self.counts.values())
        console.print(f"{whole} requests, {self.unexcused} failed without an excuse", highlight=False)

    def _requests(self) -> Table:
        """One row for each step and service."""
        table = Table(title="What the client got")
        for column in ("step", "service", "200", "degraded", "5xx", "other", "no answer", "excused", "slowest"):
            table.add_column(column, justify="left" if column in {"step", "service"} else "right")
        for (step, service), found in _grouped(self.counts).items():
            numbers = [sum(count.requests for seen, count in found if _column(seen) == name) for name in COLUMNS]
            degraded, slowest = sum(count.degraded for _, count in found), max(count.slowest_s for _, count in found)
            excused = sum(count.requests for seen, count in found if seen.excuse)
            row = [numbers[0], degraded, *numbers[1:], excused, f"{slowest:.1f} s"]
            table.add_row(step, service, *map(str, row))
        return table


COLUMNS = ("200", "5xx", "other", "no answer")


def _column(seen: Seen) -> str:
    if not seen.failed:
        return "200"
    if not seen.outcome.isdigit():
        return "no answer"
    return "5xx" if seen.outcome.startswith("5") else "other"


def _grouped(counts: Mapping[Seen, Count]) -> dict[tuple[str, str], list[tuple[Seen, Count]]]:
    found: dict[tuple[str, str], list[tuple[Seen, Count]]] = defaultdict(list)
    for seen, count in counts.items():
        found[seen.step, seen.service].append((seen, count))
    return found


def not_reached(steps: Sequence[str]) -> list[Outcome]:
    """Those behind one that failed."""
    return [Outcome(step, NOT_REACHED) for step in steps]
