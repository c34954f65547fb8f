"""A log-log demand curve from weekly prices and units, with what is not known of it as draws.

Negative binomial regression of units on log price, with the shop's traffic as an offset, by iteratively reweighted
least squares; a normal prior holds the elasticity where a product's prices hardly moved, and its mean and spread come
from all products (empirical Bayes, by the method of moments of DerSimonian & Laird 1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from merx_models.pricing.demand import Curves, Doubles, Family, mixed

ROUNDS = 50
STEEPEST, FLATTEST = -8.0, -0.2
SIZES = (0.5, 1e4)


@dataclass(frozen=True, slots=True)
class Weeks:
    """What was sold: prices in minor units, units, and the shop's traffic (any unit) of the same weeks, [n] each."""

    price: Doubles
    units: Doubles
    traffic: Doubles

    def __post_init__(self) -> None:
        if not len(self.price) == len(self.units) == len(self.traffic) >= 3:
            raise ValueError("prices, units and traffic are of the same weeks, at least three")
        if (self.price <= 0).any() or (self.traffic <= 0).any() or (self.units < 0).any() or not self.units.any():
            raise ValueError("prices and traffic are above zero, and something was sold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What elasticities of such products are like."""

    mean: float = -2.0
    spread: float = 1.5


@dataclass(frozen=True, slots=True)
class Fit:
    """Log units a week (at average traffic) and elasticity at price `base`: mean [2], covariance [2, 2]; and `size`."""

    base: float
    mean: Doubles
    covariance: Doubles
    size: float

    @classmethod
    def of(cls, *, base: float, units: tuple[float, float], elasticity: tuple[float, float], size: float) -> "Fit":
        """From a forecast and an elasticity that were made elsewhere: `units` a week at price `base` and what is not
        known of them (standard deviation of their logarithm), elasticity and its standard error, `size` as in Curves.
        """
        if not (base > 0 and units[0] > 0 and size > 0 and np.isfinite([base, *units, *elasticity, size]).all()):
            raise ValueError("base price, units and size are above zero, and all is finite")
        if min(units[1], elasticity[1]) <= 0:
            raise ValueError("a forecast and an elasticity come with what is not known of them, above zero")
        mean = np.array([np.log(units[0]), elasticity[0]])
        return cls(float(base), mean, np.diag(np.square([units[1], elasticity[1]])), float(size))

    def at(self, price: float) -> "Fit":
        """The same curves, given at another price; what is not known of the elasticity widens what is of the level."""
        moved = np.array([[1.0, np.log(price / self.base)], [0.0, 1.0]])
        return Fit(float(price), moved @ self.mean, moved @ self.covariance @ moved.T, self.size)

    def believed(self, families: Sequence[Family], count: int, rng: np.random.Generator) -> Curves:
        """`count` draws, each bent as every one of `families`, for a policy that is not sure of the family."""
        own = self.draws(count, rng)
        return mixed([own.seen_as(family) for family in families])

    def draws(self, count: int, rng: np.random.Generator) -> Curves:
        """`count` log-log curves that the sales allow for; elasticities between STEEPEST and FLATTEST."""
        drawn = rng.multivariate_normal(self.mean, self.covariance, size=count, method="cholesky")
        elasticity = np.clip(drawn[:, 1], STEEPEST, FLATTEST)
        return Curves.of("log-log", self.base, np.exp(drawn[:, 0]), elasticity, size=self.size)


def fit(weeks: Weeks, *, base: float | None = None, prior: Prior = Prior()) -> Fit:
    """The curve of one product; `base` is the median price where it is not given."""
    center = float(np.median(weeks.price)) if base is None else base
    offset = np.log(weeks.traffic / weeks.traffic.mean())
    design = np.column_stack([np.ones(len(weeks.price)), np.log(weeks.price / center)])
    precision = np.diag([0.0, prior.spread**-2])
    known = np.array([0.0, prior.mean])
    beta = np.array([np.log(weeks.units.mean()), prior.mean])
    size = 10.0
    information = np.eye(2)
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(design @ beta + offset, -10.0, 20.0))
        weight = mean / (1.0 + mean / size)
        answer = design @ beta + (weeks.units - mean) / mean
        information = design.T @ (weight[:, None] * design) + precision
        moved = np.linalg.solve(information, design.T @ (weight * answer) + precision @ known)
        size = _size(weeks.units, mean)
        done = np.abs(moved - beta).max() < 1e-8
        beta = moved
        if done:
            break
    return Fit(center, beta, np.asarray(np.linalg.inv(information), np.float64), size)


def fit_all(products: Sequence[Weeks], bases: Sequence[float]) -> tuple[list[Fit], Prior]:
    """Curves of many products that lend each other what elasticities are like."""
    alone = [fit(weeks, base=base) for weeks, base in zip(products, bases, strict=True)]
    shared = _shared(alone, Prior())
    return [fit(weeks, base=base, prior=shared) for weeks, base in zip(products, bases, strict=True)], shared


def _shared(fits: Sequence[Fit], first: Prior) -> Prior:
    """Mean and spread of elasticities, the weak first prior taken out of each."""
    precision = np.array([1.0 / one.covariance[1, 1] for one in fits])
    own = np.maximum(precision - first.spread**-2, 1e-6)
    values = (np.array([one.mean[1] for one in fits]) * precision - first.mean * first.spread**-2) / own
    fixed = float((own * values).sum() / own.sum())
    excess = float((own * (values - fixed) ** 2).sum()) - (len(fits) - 1)
    room = float(own.sum() - (own**2).sum() / own.sum())
    between = max(excess / room, 0.0) if room > 0 else 0.0
    spread = float(np.clip(np.sqrt(between), 0.2, first.spread))
    weight = 1.0 / (1.0 / own + spread**2)
    return Prior(mean=float((weight * values).sum() / weight.sum()), spread=spread)


def _size(units: Doubles, mean: Doubles) -> float:
    """Of the negative binomial, by moments: the excess of the squared residuals over the mean."""
    excess = float(((units - mean) ** 2 - mean).sum())
    return float(np.clip((mean**2).sum() / excess, *SIZES)) if excess > 0 else SIZES[1]
