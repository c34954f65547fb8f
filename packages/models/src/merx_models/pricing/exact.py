"""The best prices for a season by dynamic programming over weeks, stock and last price: exact for a known demand."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from merx_models.pricing.demand import Curves, Doubles
from merx_models.pricing.task import Ladder, Seller, State, Task, Terms

TAIL = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """`worth[week, lots, before, place]`: what the rest of a season brings (minor units, cost of the stock not taken
    off) if the price at `place` follows the one at `before`. Where demand has no memory, `before` has one entry. Stock
    is counted in lots of `lot` units.
    """

    worth: Doubles
    ladder: Ladder
    lot: int = 1

    def best(self, state: State) -> int:
        """Place of the best price that may follow; of equals the lowest."""
        return best_place(self.worth_of(state), self.ladder, state.place)

    def worth_of(self, state: State) -> Doubles:
        """[P]: worth of every price, allowed next or not."""
        before = state.place if self.worth.shape[2] > 1 else 0
        lots = state.stock if self.lot == 1 else min(-(-state.stock // self.lot), self.worth.shape[1] - 1)
        return np.asarray(self.worth[state.week, lots, before])

    def value(self, terms: Terms) -> float:
        """Expected profit of the whole season, the stock paid for."""
        first = State(week=0, stock=terms.stock, place=self.ladder.start)
        after = self.ladder.reachable(first.place)
        return float(self.worth_of(first)[after].max()) - terms.cost * terms.stock


def best_place(worth: Doubles, ladder: Ladder, place: int) -> int:
    after = ladder.reachable(place)
    return int(after[worth[after].argmax()])


def sales_chances(curves: Curves, ladder: Ladder, lots: int, *, lot: int = 1) -> Doubles:
    """[K, before, place, L + 1]: chances of weekly sales in lots of `lot` units (rounded), at most `lots`, cut where
    hardly any is left; the last entry is of that many or more."""
    prices = ladder.prices.astype(np.float64)
    reference = prices[:, None] if curves.remembers else prices[:1, None]
    mean = curves.mean(np.broadcast_to(prices, (len(reference), len(prices))), reference)
    spread = np.sqrt(mean + mean**2 / curves.size[:, None, None])
    most = int(min(lots, np.ceil((mean + 8.0 * spread).max() / lot) + 1))
    chances = curves.chances(mean, most) if lot == 1 else _lot_chances(curves, mean, most, lot)
    beyond = (chances[..., ::-1].cumsum(axis=-1)[..., ::-1] > TAIL).any(axis=(0, 1, 2))
    keep = min(int(np.flatnonzero(beyond)[-1]), most)
    return np.concatenate([chances[..., :keep], chances[..., keep:].sum(axis=-1, keepdims=True)], axis=-1)


def _lot_chances(curves: Curves, mean: Doubles, most: int, lot: int) -> Doubles:
    size = curves.size[:, None, None, None]
    mean = np.maximum(mean, 1e-9)[..., None]
    edges = (np.arange(most) + 0.5) * lot
    sure = size / (size + mean)
    # the negative binomial's distribution function; what lies on an edge goes half to either side
    below = (betainc(size, np.ceil(edges), sure) + betainc(size, np.floor(edges) + 1.0, sure)) / 2.0
    return np.diff(below, prepend=0.0, append=1.0, axis=-1)


def lot_for(stock: int, most: int) -> int:
    """The smallest lot of which at most `most` make up the stock."""
    return -(-stock // most)


def solve(chances: Doubles, terms: Terms, ladder: Ladder, *, lot: int = 1) -> Plan:
    """The plan for weekly sales in lots of `chances` [before, place, L + 1] (one `before` where nobody remembers).

    With a `lot` of 1 it is exact; of larger ones as exact as sales rounded to lots are.
    """
    lots = -(-terms.stock // lot)
    left = np.minimum(np.arange(lots + 1) * float(lot), terms.stock)
    value = np.broadcast_to((terms.salvage * left)[:, None], (lots + 1, len(ladder.prices)))
    worth = np.empty((terms.weeks, lots + 1, len(chances), len(ladder.prices)))
    for week in reversed(range(terms.weeks)):
        for place, price in enumerate(ladder.prices.astype(np.float64)):
            # what is left keeps its value, pays its keep, and was not sold: all linear in the stock left
            after = value[:, place] - (terms.holding + price) * left
            worth[week, :, :, place] = (price * left)[:, None] + _expected(after, chances[:, place])
        allowed = np.where(ladder.steps[None], worth[week], -np.inf)
        value = allowed.max(axis=2)
    return Plan(worth, ladder, lot)


def _expected(after: Doubles, chances: Doubles) -> Doubles:
    """[stock + 1, before]: mean of `after[max(stock - sales, 0)]`."""
    most = chances.shape[-1] - 1
    padded = np.concatenate([np.full(most, after[0]), after])
    if len(chances) == 1:
        return np.convolve(padded, chances[0], mode="valid")[:, None]
    windows = np.lib.stride_tricks.sliding_window_view(padded, most + 1)
    return np.asarray(windows @ chances[:, ::-1].T)


def solve_exactly(truth: Curves, terms: Terms, ladder: Ladder, *, lot: int = 1) -> Plan:
    """The plan of one who knows the demand curve (the first of `truth`), and not the dice."""
    return solve(sales_chances(truth[0], ladder, -(-terms.stock // lot), lot=lot)[0], terms, ladder, lot=lot)


class Exact:
    """The policy that knows: no other earns more on average (but for rounding, where it counts in lots)."""

    name = "exact"

    def __init__(self, truth: Curves, *, lot: int = 1) -> None:
        self.truth, self.lot = truth, lot

    def begin(self, task: Task) -> Seller:
        plan = solve_exactly(self.truth, task.terms, task.ladder, lot=self.lot)
        return lambda state: float(task.ladder.prices[plan.best(state)])
