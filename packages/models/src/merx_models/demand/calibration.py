"""What is chosen on forecasts whose outcome is known: who serves a family, how far its numbers are moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from merx_models.demand.choosing import Choice
from merx_models.demand.conformal import Conformal
from merx_models.demand.features import KNOWN, NEW_HERE
from merx_models.demand.quantiles import Aim, point
from merx_models.demand.sales import Doubles, Ints

OUTCOMES = ("actual", "family", "newness", "period")
MOVES: Doubles = np.linspace(-0.3, 0.3, 61)
"""Of the point, in log1p, that are tried."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Each member's quantiles [M, n, 9] and what came [n], log1p of units; family code, newness and number of the
    period [n]."""

    quantiles: Doubles
    actual: Doubles
    family: Ints
    newness: Ints
    period: Ints

    def after(self, period: int) -> "Scored":
        keep = self.period > period
        return Scored(self.quantiles[:, keep], **{name: getattr(self, name)[keep] for name in OUTCOMES})

    def joined(self, other: "Scored") -> "Scored":
        rows = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in OUTCOMES}
        return Scored(np.concatenate([self.quantiles, other.quantiles], axis=1), **rows)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Which member serves a family, its quantiles' moves by group, and the point's move (log1p of units)."""

    choice: Choice
    conformal: Conformal
    move: float = 0.0

    @classmethod
    def fit(cls, members: Sequence[str], scored: Scored, *, now: int, half_life: float, aim: Aim) -> "Calibration":
        """`now` is the number of the last known period; an outcome weighs half after `half_life` periods."""
        age = (now - scored.period).astype(np.float64)
        weight = np.exp2(-age / half_life) * (scored.newness == KNOWN)
        quantiles = list(scored.quantiles)
        choice = Choice.fit(members, quantiles, scored.actual, family=scored.family, weight=weight)
        if not len(scored.actual):
            return cls(choice, Conformal.identity())
        served = choice.apply(quantiles, scored.family)
        group = grouped(scored.family, scored.newness)
        conformal = Conformal.fit(served, scored.actual, group=group, age=age, half_life=half_life)
        moved = conformal.apply(served, group)
        return cls(choice, conformal, best_move(moved, scored.actual, weight) if aim == "percentage" else 0.0)

    def quantiles(self, parts: Sequence[Doubles], family: Ints, newness: Ints) -> Doubles:
        """[n, 9] in log1p, not below nothing, from each member's."""
        served = self.choice.apply(parts, family)
        return np.maximum(self.conformal.apply(served, grouped(family, newness)), 0.0)

    def point(self, logged: Doubles, aim: Aim) -> Doubles:
        """Units [n]."""
        return shifted(point(logged, aim), self.move)

    def described(self) -> dict[str, Any]:
        """For JSON."""
        return {"choice": self.choice.described(), "conformal": self.conformal.described(), "move": self.move}

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        return cls(Choice.of(described["choice"]), Conformal.of(described["conformal"]), float(described["move"]))


def grouped(family: Ints, newness: Ints) -> Ints:
    """Moved apart: each family, and over all families what is new (-1 in its store, -2 everywhere)."""
    return np.where(newness >= NEW_HERE, -newness, family)


def best_move(logged: Doubles, actual: Doubles, weight: Doubles) -> float:
    """Of `MOVES` the one with the least weighted mean of |actual - point| / actual; sales below one unit are left out,
    as a percentage of them says nothing."""
    units = np.expm1(actual)
    use = (units >= 1.0) & (weight > 0)
    if not use.any():
        return 0.0
    guess = point(logged[use], "percentage")
    errors = [np.average(np.abs(shifted(guess, move) / units[use] - 1.0), weights=weight[use]) for move in MOVES]
    return float(MOVES[int(np.argmin(errors))])


def shifted(units: Doubles, move: float) -> Doubles:
    return np.asarray(np.expm1(np.maximum(np.log1p(units) + move, 0.0)), dtype=np.float64)
