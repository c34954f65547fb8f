"""What Prometheus remembers, at the edges of equal slots of time, and how much a counter grew within each slot."""

from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_SLOTS = 10_999
"""Prometheus answers with at most 11,000 points for each series."""


class EnergyError(RuntimeError):
    """One sentence on why there is no ledger."""


@dataclass(frozen=True)
class Slots:
    """`count` slots of `step_s` seconds from `start` (epoch seconds)."""

    start: float
    step_s: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_SLOTS:
            raise EnergyError(f"{self.count} slots: take 1 to {MOST_SLOTS}, by a longer step or a shorter time")
        if self.step_s < 1:
            raise EnergyError("a slot lasts at least a second")

    @classmethod
    def between(cls, start: float, end: float, step_s: int) -> "Slots":
        """Whole slots that end at `end`; what is left over at the start is left out."""
        return cls(end - int((end - start) // step_s) * step_s, step_s, int((end - start) // step_s))

    @property
    def end(self) -> float:
        return self.start + self.count * self.step_s


@dataclass(frozen=True)
class Series:
    """`values` has one number for each edge, `count` + 1 in all; NaN where there was none."""

    labels: dict[str, str]
    values: Floats

    @property
    def present(self) -> Bools:
        return np.isfinite(self.values)


class History:
    """Range queries of one Prometheus over fixed slots. Raises `EnergyError` where it does not answer."""

    def __init__(self, client: httpx.Client, slots: Slots) -> None:
        self._client = client
        self.slots = slots

    def at_edges(self, query: str) -> list[Series]:
        """The series of a PromQL expression; those without a value in these slots are left out."""
        slots = self.slots
        asked = {"query": query, "start": slots.start, "end": slots.end, "step": slots.step_s}
        try:
            answer = self._client.post("/api/v1/query_range", data=asked)
            document: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise EnergyError(f"Prometheus does not answer at {self._client.base_url}: {error}") from error
        if document.get("status") != "success":
            raise EnergyError(f"Prometheus refuses {query}: {document.get('error', answer.status_code)}")
        return [self._series(found) for found in document["data"]["result"]]

    def _series(self, found: dict[str, Any]) -> Series:
        values = np.full(self.slots.count + 1, np.nan)
        for moment, value in found["values"]:
            values[round((float(moment) - self.slots.start) / self.slots.step_s)] = float(value)
        labels = {name: str(value) for name, value in found["metric"].items() if name != "__name__"}
        return Series(labels, values)


def carried(values: Floats) -> Floats:
    """The value last seen at each edge; NaN before the first."""
    places = np.where(np.isfinite(values), np.arange(len(values)), -1)
    last = np.maximum.accumulate(places)
    return np.where(last >= 0, values[last], np.nan)


def increase(values: Floats, *, existed: Bools | None = None) -> Floats:
    """How much a counter grew in each slot; exact, unlike PromQL's `increase`, which extrapolates.

    A counter that falls was reset, and grew by what it has. One that is first seen in a slot grew by all that it has
    where its process `existed` at the slot's start (a new label), and else by nothing: nobody knows how old it is. What
    came in while it was not seen is counted where it is seen again.
    """
    known = carried(values)
    before, now = known[:-1], known[1:]
    grown = np.where(now >= before, now - before, now)
    born = np.isnan(before) & np.isfinite(now)
    grown[born] = now[born] * existed[:-1][born] if existed is not None else 0.0
    return np.nan_to_num(grown)


def measured(values: Floats) -> Bools:
    """The slots that lie between the first and the last time that a counter was seen."""
    seen = np.flatnonzero(np.isfinite(values))
    within = np.zeros(len(values) - 1, dtype=np.bool_)
    if len(seen):
        within[seen[0] : seen[-1]] = True
    return within
