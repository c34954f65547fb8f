"""What a pricing policy is asked: which prices there are, how much there is to sell and for how long."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from merx_models.guardrails import Guardrails, PriceContext
from merx_models.pricing.demand import Curves, Ints

Mask = NDArray[np.bool_]
MOST_PRICES = 60
WIDEST = 8
"""Times the current price: further up no curve was ever seen, where guard-rails would allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`weeks` in which `stock` units are sold. A unit cost `cost`; one left at the end is worth `salvage`, and keeping
    one for a week costs `holding` (all minor units, without tax)."""

    weeks: int
    stock: int
    cost: float
    salvage: float
    holding: float = 0.0

    def __post_init__(self) -> None:
        if self.weeks < 1 or self.stock < 1 or self.cost < 0 or self.salvage > self.cost or self.holding < 0:
            raise ValueError("a season has weeks and stock, and what is left is worth no more than it cost")


@dataclass(frozen=True, slots=True)
class Ladder:
    """The prices [P] (minor units, ascending) that guard-rails leave within a season, `start` the place of the price at
    its beginning, and which may follow which: `steps[before, after]`."""

    prices: Ints
    steps: Mask
    start: int

    @classmethod
    def of(cls, guard: Guardrails, context: PriceContext) -> "Ladder":
        """All prices that can be reached from the current one, one decision after another. Raises ValueError where
        guard-rails contradict each other or leave more than MOST_PRICES: coarser endings or closer bounds are needed.
        """
        found: dict[int, list[int]] = {}
        waiting = [context.current]
        while waiting:
            price = waiting.pop()
            if price in found:
                continue
            allowed = guard.allowed(_at(context, price))
            if allowed.yielded or price not in allowed:
                raise ValueError(f"guard-rails do not allow the price {price} to stay as it is")
            found[price] = list(islice(allowed.prices(), MOST_PRICES + 1))  # without bounds there are 10 ** 12
            if len(found) > MOST_PRICES or len(found[price]) > MOST_PRICES:
                raise ValueError(f"more than {MOST_PRICES} prices to choose from")
            waiting += found[price]
        prices = sorted(found)
        steps = np.array([np.isin(prices, found[price]) for price in prices])
        return cls(np.array(prices, np.int64), steps, prices.index(context.current))

    @classmethod
    def spread(cls, guard: Guardrails, context: PriceContext, *, weeks: int, most: int = 24) -> "Ladder":
        """At most `most` of the prices that `weeks` decisions can lead to, in even steps of their logarithm, and the
        current one, allowed to stay or not: for any rules, and any price. From a price to which nothing on the ladder
        may follow, the nearest does; guard-rails settle what is then proposed."""
        low = high = context.current
        for _ in range(weeks):
            low, high = (
                min(low, guard.allowed(_at(context, low)).low.price),
                max(high, guard.allowed(_at(context, high)).high.price),
            )
        high = min(high, context.current * WIDEST)
        grid = np.geomspace(max(low, 1), high, most - 1).round().astype(np.int64).tolist()
        begin = guard.allowed(_at(context, context.current))
        prices = np.unique([context.current, *(begin.nearest(price) if price in begin else price for price in grid)])
        steps = np.zeros((len(prices), len(prices)), np.bool_)
        for place, price in enumerate(prices.tolist()):
            allowed = guard.allowed(_at(context, price))
            steps[place] = (prices >= allowed.low.price) & (prices <= allowed.high.price)
            if not steps[place].any():
                steps[place, np.abs(prices - allowed.nearest(price)).argmin()] = True
        return cls(prices, steps, int(np.searchsorted(prices, context.current)))

    def reachable(self, place: int) -> Ints:
        """Places of the prices that may follow."""
        return np.flatnonzero(self.steps[place])

    def nearest(self, place: int, price: float) -> int:
        """The place of the price closest to `price` among those that may follow; of two the lower."""
        after = self.reachable(place)
        return int(after[np.abs(self.prices[after] - price).argmin()])


@dataclass(frozen=True, slots=True)
class Task:
    """One product's season: its terms, its prices, and what is believed of its demand (equally likely curves)."""

    terms: Terms
    ladder: Ladder
    belief: Curves

    @property
    def start_price(self) -> int:
        return int(self.ladder.prices[self.ladder.start])


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A decision: in `week` (from 0) with `stock` left, the last price being at place `place` of the ladder.

    `before` is the place of the price that held until then, `sold` what went at the last one; both None in week 0.
    `sold_out` says that more might have gone.
    """

    week: int
    stock: int
    place: int
    before: int | None = None
    sold: int | None = None
    sold_out: bool = False


Seller = Callable[[State], float]
"""Proposes a price (minor units) for each state of one season, in the order of its weeks; guard-rails have the last
word, so any number may be proposed."""


def _at(context: PriceContext, price: int) -> PriceContext:
    """The same product on a day that begins with `price`."""
    return msgspec.structs.replace(context, current=price, day_start=price)
