"""What a run must have come to: limits on its figures, which make the exit status."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Counted(Protocol):
    """What locust counted of a kind of request."""

    num_requests: int
    fail_ratio: float

    def get_response_time_percentile(self, percent: float) -> float | None: ...


@dataclass(frozen=True)
class Gate:
    """A figure and its limit, which is an upper one unless `least`; `form` spells both."""

    what: str
    value: float
    limit: float
    form: str = "{:,.0f}"
    least: bool = False

    @property
    def held(self) -> bool:
        """A figure that is no number holds nothing."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.least else "at most"
        return f"{self.what} {self.form.format(self.value)}, {bound} {self.form.format(self.limit)}"


def latency(what: str, entry: Counted, limit_ms: float) -> list[Gate]:
    """The 99th percentile of a kind of request, of which there must have been one."""
    p99 = entry.get_response_time_percentile(0.99) or 0.0
    made = Gate(f"{what}: requests", entry.num_requests, 1, least=True)
    return [made, Gate(f"{what}: p99", p99, limit_ms, "{:.0f} ms")]


def failures(entry: Counted, limit: float) -> Gate:
    """The share that failed."""
    return Gate("failed", entry.fail_ratio, limit, "{:.2%}")


def close(gates: Iterable[Gate]) -> int:
    """Exit status 1 where a gate is missed; a line for each says how it stands."""
    status = 0
    for gate in gates:
        print(f"gate {'held' if gate.held else 'MISSED'}: {gate}")  # noqa: T201
        status |= not gate.held
    return status
