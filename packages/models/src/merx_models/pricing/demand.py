"""Weekly demand of one product as it answers to price: three families, with and without a reference price.

All curves are given by what they share, the units and the elasticity at a base price, so that one that was fitted can
be looked at as another family: equal where the shop has been, different where it has not.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Family = Literal["log-log", "linear", "logit"]
FAMILIES: tuple[Family, ...] = ("log-log", "linear", "logit")
SHARE = 0.3
"""Of the shoppers who might buy, the part that does at the base price (logit)."""


@dataclass(frozen=True, slots=True)
class Curves:
    """K curves of one product (draws of what is not known): at price `base` (minor units) each sells `level` units a
    week on average, with `elasticity` < 0 there.

    Sales are negative binomial: variance mean + mean ** 2 / `size`. Reference effects multiply by
    (reference / price) ** `gain` below the reference price and ** `loss` above it (Kalyanaram & Winer 1995): a loss
    weighs more. All arrays are [K]; `family` holds places in FAMILIES.
    """

    base: float
    family: Ints
    level: Doubles
    elasticity: Doubles
    size: Doubles
    gain: Doubles
    loss: Doubles

    def __post_init__(self) -> None:
        """Raises ValueError where a curve would not fall with price, or sells nothing at its base price."""
        if self.base <= 0 or (self.level <= 0).any() or (self.elasticity >= 0).any() or (self.size <= 0).any():
            raise ValueError("base price, level and size are above zero, elasticities below")

    @classmethod
    def of(cls, family: Family, base: float, level: Doubles, elasticity: Doubles, *, size: float = 1e4) -> "Curves":
        """Curves of one family without reference effects; the default `size` is as good as Poisson."""
        count = len(level)
        return cls(
            base=base,
            family=np.full(count, FAMILIES.index(family)),
            level=np.asarray(level, np.float64),
            elasticity=np.asarray(elasticity, np.float64),
            size=np.full(count, float(size)),
            gain=np.zeros(count),
            loss=np.zeros(count),
        )

    def __len__(self) -> int:
        return len(self.level)

    def __getitem__(self, place: int | Ints) -> "Curves":
        at = np.atleast_1d(place)
        return Curves(
            self.base,
            self.family[at],
            self.level[at],
            self.elasticity[at],
            self.size[at],
            self.gain[at],
            self.loss[at],
        )

    @property
    def remembers(self) -> bool:
        """Whether last week's price matters to any curve."""
        return bool(self.gain.any() or self.loss.any())

    def seen_as(self, family: Family) -> "Curves":
        """The same levels and elasticities at the base price, bent as another family."""
        return replace(self, family=np.full(len(self), FAMILIES.index(family)))

    def referring(self, gain: float, loss: float) -> "Curves":
        """The same curves for shoppers who compare with the price they saw before."""
        return replace(self, gain=np.full(len(self), gain), loss=np.full(len(self), loss))

    def mean(self, price: Doubles | float, reference: Doubles | float) -> Doubles:
        """Units a week, [K, ...] for prices and references of any (one) shape."""
        price = np.asarray(price, np.float64)
        column = (slice(None), *[None] * price.ndim)
        ratio = (price / self.base)[None]
        elasticity, family = self.elasticity[column], self.family[column]
        odds = (1.0 - SHARE) / SHARE * np.exp(np.clip(-elasticity / (1.0 - SHARE) * (ratio - 1.0), -50.0, 50.0))
        bent = [ratio**elasticity, np.maximum(1.0 + elasticity * (ratio - 1.0), 0.0), 1.0 / SHARE / (1.0 + odds)]
        units = np.choose(family, bent) * self.level[column]
        if not self.remembers:
            return np.asarray(units)
        seen = (np.asarray(reference) / price)[None]
        return np.asarray(units * seen ** np.where(seen > 1.0, self.gain[column], self.loss[column]))

    def chances(self, mean: Doubles, most: int) -> Doubles:
        """Probabilities of 0 .. `most` sales [..., most + 1] for means [K, ...]; the last is of `most` or more."""
        size = self.size[(slice(None), *[None] * mean.ndim)]
        mean = np.maximum(mean, 1e-9)[..., None]
        count = np.arange(most, dtype=np.float64)
        ways = gammaln(count + size) - gammaln(size) - gammaln(count + 1.0)
        log = ways + size * np.log(size / (size + mean)) + count * np.log(mean / (size + mean))
        chances = np.exp(log)
        return np.concatenate([chances, np.maximum(1.0 - chances.sum(axis=-1, keepdims=True), 0.0)], axis=-1)

    def likelihood(self, sold: int, mean: Doubles, *, sold_out: bool) -> Doubles:
        """[K]: chance of `sold` units at means [K]; where the shelf was empty, of that many or more."""
        chances = self.chances(mean, sold if sold_out else sold + 1)
        return np.asarray(chances[..., sold])


def mixed(parts: list[Curves]) -> Curves:
    """All curves of several beliefs about one product. Raises ValueError where their base prices differ."""
    if len({part.base for part in parts}) != 1:
        raise ValueError("curves of one product share its base price")
    arrays = [(p.family, p.level, p.elasticity, p.size, p.gain, p.loss) for p in parts]
    return Curves(parts[0].base, *(np.concatenate(columns) for columns in zip(*arrays, strict=True)))
