"""Quantiles moved until they cover what they promise: conformal calibration on forecasts whose outcome is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from merx_models.demand.quantiles import LEVELS, ordered
from merx_models.demand.sales import Doubles, Ints

DRAWN_TO_ALL = 1000.0
"""How many scores of all groups together each group's own are weighed against. Many, because the stores of a chain
stray together: a thousand scores of one product may be twelve weeks."""


@dataclass(frozen=True, slots=True)
class Conformal:
    """Moves [9] by group, in widths of a forecast's own 80 % interval; `everywhere` for a group nobody has seen.

    Conformalised quantile regression (Romano, Patterson, Candes 2019), each level on its own and one-sided, with scores
    divided by the interval's width so that a calm and a restless series share them, and weighed by age (Barber et al.
    2023), because shops drift.
    """

    everywhere: Doubles
    moves: Mapping[int, Doubles] = field(default_factory=dict)

    @classmethod
    def identity(cls) -> "Conformal":
        return cls(np.zeros(len(LEVELS)))

    @classmethod
    def fit(cls, quantiles: Doubles, actual: Doubles, *, group: Ints, age: Doubles, half_life: float) -> "Conformal":
        """From quantiles [n, 9] and what came [n], both log1p of units; `age` [n] and `half_life` in periods."""
        if not len(actual):
            return cls.identity()
        scores = (actual[:, None] - quantiles) / width(quantiles)[:, None]
        weights = np.exp2(-age / half_life)
        everywhere = _weighted_quantiles(scores, weights)
        moves: dict[int, Doubles] = {}
        for code in np.unique(group).tolist():
            here = group == code
            own = _weighted_quantiles(scores[here], weights[here])
            share = weights[here].sum() / (weights[here].sum() + DRAWN_TO_ALL)
            moves[code] = share * own + (1.0 - share) * everywhere
        return cls(everywhere, moves)

    def apply(self, quantiles: Doubles, group: Ints) -> Doubles:
        """Moved and in order [n, 9]."""
        if not len(quantiles):
            return quantiles
        codes, place = np.unique(group, return_inverse=True)
        moves = np.stack([self.moves.get(code, self.everywhere) for code in codes.tolist()])[place]
        return ordered(quantiles + moves * width(quantiles)[:, None])

    def described(self) -> dict[str, Any]:
        """For JSON."""
        moves = {str(code): move.tolist() for code, move in self.moves.items()}
        return {"everywhere": self.everywhere.tolist(), "moves": moves}

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        moves = {int(code): np.array(move) for code, move in described["moves"].items()}
        return cls(np.array(described["everywhere"]), moves)


def width(quantiles: Doubles) -> Doubles:
    """Of the 80 % interval [n]; never nothing, or a constant series could not be moved."""
    return np.asarray(np.maximum(quantiles[:, -1] - quantiles[:, 0], 1e-3), dtype=np.float64)


def _weighted_quantiles(scores: Doubles, weights: Doubles) -> Doubles:
    """The quantile at each level of its column of scores [n, 9]; below the middle from below, above it from above,
    with room for one more score, as the guarantee asks for finite samples."""
    out = np.empty(len(LEVELS))
    for number, level in enumerate(LEVELS.tolist()):
        sign = 1.0 if level >= 0.5 else -1.0
        order = np.argsort(sign * scores[:, number])
        reached = np.cumsum(weights[order]) / (weights.sum() + weights.mean())
        place = min(int(np.searchsorted(reached, max(level, 1.0 - level))), len(order) - 1)
        out[number] = scores[order[place], number]
    return out
