"""Two checks that an estimate must survive (Sharma & Kiciman 2020, "DoWhy"): a price that never was has no effect, and
a cause that means nothing changes nothing."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from merx_models.elasticity.estimation import Estimates, EstimationSettings, Z, own_estimates
from merx_models.elasticity.history import Doubles, PriceHistory, codes

LARGEST_SHARE = 0.1
"""Of the true mean elasticity, that a placebo may reach."""
LARGEST_MOVE = 0.25
"""Standard errors by which a meaningless control may move an estimate, on average."""


@dataclass(frozen=True, slots=True)
class Refutation:
    """`value` beside the most it may be; `cells` is how many estimates were looked at."""

    name: str
    value: float
    limit: float
    cells: int

    @property
    def passed(self) -> bool:
        return self.value <= self.limit


def refute(
    history: PriceHistory, *, settings: EstimationSettings | None = None, products: int = 40, seed: int = 0
) -> list[Refutation]:
    """The checks on up to `products` products, whole categories at a time; none where nothing can be estimated."""
    chosen = settings or EstimationSettings()
    some = history.take(_sample(history, products))
    rng = np.random.default_rng(seed)
    real = own_estimates(some, settings=chosen)
    if not real.own:
        return []
    same = replace(chosen, response=real.response)
    placebo = own_estimates(replace(some, log_price=shuffled(some, rng)), settings=same)
    crowded = some.with_controls({"random_cause": rng.normal(size=len(some))})
    return [*placebo_checks(real, placebo), *random_cause_check(real, own_estimates(crowded, settings=same))]


def shuffled(history: PriceHistory, rng: np.random.Generator) -> Doubles:
    """Log prices of every series in another order of its periods, the same order in all stores of a product."""
    moment = codes(history.product, history.time)
    key = rng.random(int(moment.max()) + 1)[moment]
    series = history.series
    placebo = np.empty(len(history))
    placebo[np.lexsort((history.time, series))] = history.log_price[np.lexsort((key, series))]
    return placebo


def _sample(history: PriceHistory, products: int) -> NDArray[np.intp]:
    """Rows of whole categories, the fullest first, as long as there is room; of one at least."""
    names = np.unique(np.stack([history.category, history.product]), axis=1)
    categories, sizes = np.unique(names[0], return_counts=True)
    picked: list[str] = []
    room = products
    for place in np.argsort(-sizes, kind="stable"):
        if not picked or sizes[place] <= room:
            picked.append(str(categories[place]))
            room -= int(sizes[place])
    return np.flatnonzero(np.isin(history.category, picked))


def placebo_checks(real: Estimates, placebo: Estimates) -> list[Refutation]:
    """The mean placebo against its noise and a share of the real mean; and how often one looks significant, against
    three standard errors above one in twenty."""
    found = list(placebo.own.values())
    if len(found) < 2:
        return []
    means = np.array([estimate.mean for estimate in found])
    actual = float(np.mean([estimate.mean for estimate in real.own.values()]))
    noise = 2 * float(means.std(ddof=1)) / np.sqrt(len(means))
    significant = float(np.mean([abs(estimate.mean) > Z * estimate.se for estimate in found]))
    chance = 0.05 + 3 * float(np.sqrt(0.05 * 0.95 / len(found)))
    return [
        Refutation("placebo_mean", abs(float(means.mean())), max(noise, LARGEST_SHARE * abs(actual)), len(found)),
        Refutation("placebo_significant", significant, chance, len(found)),
    ]


def random_cause_check(real: Estimates, crowded: Estimates) -> list[Refutation]:
    both = [(estimate, crowded.own[cell]) for cell, estimate in real.own.items() if cell in crowded.own]
    if not both:
        return []
    moved = float(np.mean([abs(after.mean - before.mean) / before.se for before, after in both]))
    return [Refutation("random_common_cause", moved, LARGEST_MOVE, len(both))]
