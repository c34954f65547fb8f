"""Which policy serves: the one with the most to show where demand is least like what it was fitted with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from merx_models.pricing.demand import Doubles

RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Robustness:
    """By family of demand the lower bound of the mean profit over the baseline's (share of it), `worst` the lowest."""

    lower: Mapping[str, float]

    @property
    def worst(self) -> float:
        return min(self.lower.values())


def robustness(
    profits: Mapping[str, Doubles], baseline: Mapping[str, Doubles], *, level: float = 0.95, seed: int = 0
) -> Robustness:
    """Of one policy: profits by family [units of chance], paired with the baseline's. Raises ValueError where they are
    not, or where the baseline earns nothing to compare with."""
    lower = {}
    for family, earned in profits.items():
        base = baseline[family]
        if earned.shape != base.shape or base.sum() <= 0:
            raise ValueError(f"{family}: profits and a baseline above zero are of the same seasons")
        gains = bootstrap(earned - base, seed=seed) / base.mean()
        lower[family] = float(np.quantile(gains, (1.0 - level) / 2.0))
    return Robustness(lower)


def choose(found: Mapping[str, Robustness]) -> str:
    """The policy whose worst lower bound is best; of equals the first. Raises ValueError where there is none."""
    if not found:
        raise ValueError("no policy to choose from")
    return max(found, key=lambda name: found[name].worst)


def bootstrap(values: Doubles, *, seed: int = 0, resamples: int = RESAMPLES) -> Doubles:
    """Means [resamples] of resampled `values` [n]."""
    rng = np.random.default_rng(seed)
    return np.asarray(values[rng.integers(0, len(values), (resamples, len(values)))].mean(axis=1))
