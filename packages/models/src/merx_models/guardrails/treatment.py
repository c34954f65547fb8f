"""Whether offers treat protected groups alike: measured afterwards, from what was given, never asked when it is given.

Group labels come from surveys or from those who agreed to be asked; no label enters a price (`PriceContext` has none).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
RESAMPLES = 2_000
WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentSettings:
    """A group is treated alike while nothing shows its mean offer to be more than `tolerance_bp` (of the price) from
    everyone else's, and its chance of an offer not below `least_ratio` of theirs (the four-fifths rule, 29 CFR 1607.4).
    Groups below `least_shoppers` are too small to be judged, or to be reported on."""

    tolerance_bp: int = 50
    least_ratio: float = 0.8
    least_shoppers: int = 100
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.tolerance_bp < 0 or not 0.0 <= self.least_ratio <= 1.0 or self.least_shoppers < 2:
            raise ValueError("tolerances are not below 0, ratios at most 1, and a group is more than one shopper")
        if not 0.0 < self.level < 1.0:
            raise ValueError("the level lies between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One group beside all others. `gap_bp`: its mean offer (no offer counts as 0) less theirs, basis points of the
    price; `ratio`: its chance of an offer over theirs (None: they have none); with the intervals of both.

    `verdict` is None where the group is too small, else whether neither interval lies wholly outside the tolerance.
    """

    group: str
    shoppers: int
    gap_bp: float | None = None
    gap_interval: tuple[float, float] | None = None
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    verdict: bool | None = None


def equal_treatment(
    groups: Sequence[str], offers_bp: Sequence[int], *, settings: TreatmentSettings | None = None, seed: int = 0
) -> list[Treatment]:
    """By group in order of name: `groups` and `offers_bp` (what an offer takes off, basis points of the price for
    everyone; 0 where there was none), one for each shopper. Raises ValueError where they do not belong together."""
    chosen = settings or TreatmentSettings()
    labels, offers = np.asarray(groups, dtype=np.str_), np.asarray(offers_bp, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != offers.shape:
        raise ValueError("every shopper has one group and one offer")
    if not ((offers >= 0) & (offers <= WHOLE)).all():
        raise ValueError(f"an offer takes off between 0 and {WHOLE} basis points")
    rng = np.random.default_rng(seed)
    return [_beside(str(group), offers, labels == group, settings=chosen, rng=rng) for group in np.unique(labels)]


def _beside(
    group: str, offers: Doubles, inside: NDArray[np.bool_], *, settings: TreatmentSettings, rng: np.random.Generator
) -> Treatment:
    own, others = offers[inside], offers[~inside]
    if min(len(own), len(others)) < settings.least_shoppers:
        return Treatment(group=group, shoppers=len(own))
    gaps = _interval(_resampled(own, rng) - _resampled(others, rng), settings.level)
    verdict = gaps[0] <= settings.tolerance_bp and gaps[1] >= -settings.tolerance_bp
    ratio, ratios = None, None
    if others.any():
        given, given_others = (own > 0).astype(np.float64), (others > 0).astype(np.float64)
        shares = np.maximum(_resampled(given_others, rng), 1.0 / len(others))
        ratio = float(given.mean() / given_others.mean())
        ratios = _interval(_resampled(given, rng) / shares, settings.level)
        verdict = verdict and ratios[1] >= settings.least_ratio
    return Treatment(
        group=group,
        shoppers=len(own),
        gap_bp=float(own.mean() - others.mean()),
        gap_interval=gaps,
        ratio=ratio,
        ratio_interval=ratios,
        verdict=verdict,
    )


def _resampled(values: Doubles, rng: np.random.Generator) -> Doubles:
    """Means [RESAMPLES] under resampling: each distinct value comes up as often as chance has it (offers are few)."""
    distinct, counts = np.unique(values, return_counts=True)
    drawn = rng.multinomial(len(values), counts / len(values), size=RESAMPLES)
    return np.asarray(drawn @ distinct / len(values))


def _interval(drawn: Doubles, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
