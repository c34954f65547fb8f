"""Which policy serves, and what the others did in the same seasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from merx_models.pricing.policies import Policy
from merx_models.pricing.selection import choose, robustness
from merx_pipelines.price_trials import FIXED, RULE, Played, Season, gain

TRIALS = "trials.json"


@dataclass(frozen=True)
class Told:
    """Of one policy: profit of a mean season (minor units); profit above the fixed rule and above the elasticity rule,
    each as a share of the fixed rule's with its 95 % interval; `worst`, the lower bound over the fixed rule in the
    world that suits it least; revenue over the fixed rule's; and `broken` of its `prices`."""

    profit: float
    over_fixed: tuple[float, float, float]
    over_rule: tuple[float, float, float]
    worst: float
    revenue: float
    broken: int
    prices: int


@dataclass(frozen=True)
class Trials:
    """`chosen` is the policy whose `worst` is best; `costs_known` counts products of the trials, the others cost a
    usual share of their price."""

    chosen: str
    products: int
    seasons: int
    costs_known: int
    policies: Mapping[str, Told]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TRIALS).write_text(json.dumps(asdict(self), indent=1, allow_nan=False))

    @classmethod
    def read(cls, folder: Path) -> "Trials":
        told = json.loads((folder / TRIALS).read_text())
        return cls(**{**told, "policies": {name: _told(one) for name, one in told["policies"].items()}})


def _told(fields: Mapping[str, Any]) -> Told:
    """From JSON, which knows no tuples."""
    intervals = {name: tuple(fields[name]) for name in ("over_fixed", "over_rule")}
    return Told(**{**fields, **intervals})


def chosen(
    policies: Sequence[Policy], played: Mapping[str, Played], seasons: Sequence[Season], *, costs_known: int
) -> tuple[Policy, Trials]:
    """By the lower bound of the profit over the fixed rule, in the world where it is lowest. Raises ValueError where
    the fixed rule loses money, so that there is nothing to compare with."""
    fixed, rule = played[FIXED], played[RULE]
    found = {name: robustness(one.profit, fixed.profit) for name, one in played.items()}
    serving = choose(found)
    told = {
        name: Told(
            profit=float(one.whole.mean()),
            over_fixed=gain(one, fixed, fixed),
            over_rule=gain(one, rule, fixed),
            worst=found[name].worst,
            revenue=one.revenue / fixed.revenue - 1.0,
            broken=one.broken,
            prices=one.prices,
        )
        for name, one in played.items()
    }
    products = len({season.context.product_id for season in seasons})
    trials = Trials(serving, products, len(fixed.whole), costs_known, told)
    return next(policy for policy in policies if policy.name == serving), trials
