"""Which member serves a family: the one that forecast it best, by pinball loss on forecasts whose outcome is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from merx_models.demand.quantiles import pinball
from merx_models.demand.sales import Doubles, Ints

DRAWN_TO_ALL = 1000.0
"""How many rows of all families together a family's own are weighed against."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The place among `members` of who serves each family, and who serves `everywhere` for a family nobody has seen.

    One member and no blend: on orange juice, before the weeks of the test, a convex blend gave the LSTM a fifth of the
    weight and 2 % more pinball loss than the trees alone.
    """

    members: tuple[str, ...]
    everywhere: int = 0
    families: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def fit(
        cls, members: Sequence[str], quantiles: Sequence[Doubles], actual: Doubles, *, family: Ints, weight: Doubles
    ) -> "Choice":
        """From each member's quantiles [n, 9] and what came [n], both log1p of units; `weight` [n] of the rows.
        Without outcomes the first member serves."""
        if not weight.any():
            return cls(tuple(members))
        losses = np.stack([pinball(each, actual) for each in quantiles])
        overall = losses @ weight / weight.sum()
        families: dict[int, int] = {}
        for code in np.unique(family).tolist():
            here = family == code
            drawn = losses[:, here] @ weight[here] + DRAWN_TO_ALL * overall
            families[code] = int(drawn.argmin())
        return cls(tuple(members), int(overall.argmin()), families)

    def apply(self, quantiles: Sequence[Doubles], family: Ints) -> Doubles:
        """[n, 9]: each row from the member that serves its family."""
        stacked = np.stack(quantiles)
        return np.asarray(stacked[self.of_families(family), np.arange(stacked.shape[1])], dtype=np.float64)

    def of_families(self, family: Ints) -> Ints:
        """Place [n] among the members."""
        return np.array([self.families.get(code, self.everywhere) for code in family.tolist()], dtype=np.int64)

    def used(self) -> tuple[str, ...]:
        """Members that serve anywhere."""
        serving = {self.everywhere, *self.families.values()}
        return tuple(name for place, name in enumerate(self.members) if place in serving)

    def described(self) -> dict[str, Any]:
        """For JSON."""
        families = {str(code): place for code, place in self.families.items()}
        return {"members": list(self.members), "everywhere": self.everywhere, "families": families}

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        families = {int(code): int(place) for code, place in described["families"].items()}
        return cls(tuple(described["members"]), int(described["everywhere"]), families)
