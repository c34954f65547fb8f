"""Selling off: price and stock together, by dynamic programming over the weeks and units that are left.

Prices only fall (shoppers who wait are not to be punished for it); within that and the guard-rails the plan is exact
for the expected demand (Gallego & van Ryzin 1994; Smith & Achabal 1998 for markdowns in practice).
"""

from dataclasses import dataclass, replace

import numpy as np

from merx_models.pricing.demand import Curves
from merx_models.pricing.exact import Plan, lot_for, sales_chances, solve
from merx_models.pricing.task import Ladder, State, Terms

MOST_LOTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """Prices (minor units) week by week if sales come as expected, and what they bring beside `kept`, selling on at the
    present price; both without the cost of the stock, salvage of what is left included. `left` is the mean of units
    that remain."""

    prices: tuple[int, ...]
    worth: int
    kept: int
    left: float
    plan: Plan

    @property
    def gain(self) -> int:
        return self.worth - self.kept


def clear(demand: Curves, terms: Terms, ladder: Ladder) -> Clearance:
    """The markdowns for one product; `demand` are equally likely curves without reference effects, of which the plan
    takes the mixture. `terms.cost` does not matter: the stock is there. More than MOST_LOTS units are planned in lots.

    Raises ValueError where the curves have reference effects."""
    if demand.remembers:
        raise ValueError("clearance is planned for demand without reference effects")
    lot = lot_for(terms.stock, MOST_LOTS)
    falling = replace(ladder, steps=ladder.steps & np.tril(np.ones_like(ladder.steps)))
    chances = sales_chances(demand, falling, -(-terms.stock // lot), lot=lot).mean(axis=0)
    plan = solve(chances, terms, falling, lot=lot)
    still = replace(ladder, steps=np.eye(len(ladder.prices), dtype=np.bool_))
    start = State(week=0, stock=terms.stock, place=ladder.start)
    kept = solve(chances, terms, still, lot=lot).worth_of(start)[ladder.start]
    places, left = _expected_course(plan, demand, terms)
    return Clearance(
        prices=tuple(int(ladder.prices[place]) for place in places),
        worth=round(float(plan.worth_of(start)[plan.best(start)])),
        kept=round(float(kept)),
        left=left,
        plan=plan,
    )


def _expected_course(plan: Plan, demand: Curves, terms: Terms) -> tuple[list[int], float]:
    """Places of the prices if each week sells what is expected of it, and the stock at the end."""
    places: list[int] = []
    stock, place = float(terms.stock), plan.ladder.start
    for week in range(terms.weeks):
        before = float(plan.ladder.prices[place])
        place = plan.best(State(week=week, stock=round(stock), place=place))
        stock = max(stock - float(demand.mean(float(plan.ladder.prices[place]), before).mean()), 0.0)
        places.append(place)
    return places, stock
