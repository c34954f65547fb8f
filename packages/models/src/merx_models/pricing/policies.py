"""How prices are proposed, each way behind one interface: rules of thumb, and the optimiser on a fitted curve."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from merx_models.pricing.demand import Doubles
from merx_models.pricing.exact import Plan, best_place, lot_for, sales_chances, solve
from merx_models.pricing.task import Seller, State, Task


class Policy(Protocol):
    """Anything that can price a season. `begin` may be slow (minutes never); what it returns answers in microseconds to
    milliseconds and may learn from the weeks that it is told of."""

    @property
    def name(self) -> str: ...

    def begin(self, task: Task) -> Seller: ...


@dataclass(frozen=True, slots=True)
class CostPlus:
    """The fixed rule: cost plus a markup, in every week (`markup` .5 = half the cost on top)."""

    markup: float
    name: str = "fixed rule"

    def begin(self, task: Task) -> Seller:
        price = task.terms.cost * (1.0 + self.markup)
        return lambda _: price


@dataclass(frozen=True, slots=True)
class ElasticityRule:
    """The markup that the mean elasticity asks for: cost * e / (1 + e) (Lerner 1934); where demand is inelastic the
    rule has no answer but the ceiling.

    With `minds_stock` a unit costs what it would be worth at the end, and the price is at least the one at which what
    is left just sells out (Gallego & van Ryzin 1994: best for sales without chance).
    """

    minds_stock: bool = False

    @property
    def name(self) -> str:
        return "elasticity rule with stock" if self.minds_stock else "elasticity rule"

    def begin(self, task: Task) -> Seller:
        elasticity = float(task.belief.elasticity.mean())
        highest = float(task.ladder.prices[-1])
        unit = task.terms.salvage if self.minds_stock else task.terms.cost
        lerner = unit * elasticity / (1.0 + elasticity) if elasticity < -1.0 else highest
        prices = task.ladder.prices.astype(np.float64)
        weekly = task.belief.mean(prices, task.start_price).mean(axis=0)

        def propose(state: State) -> float:
            if not self.minds_stock:
                return lerner
            fits = np.flatnonzero(weekly * (task.terms.weeks - state.week) <= state.stock)
            runs_out = prices[fits[0]] if len(fits) else highest
            return max(lerner, float(runs_out))

        return propose


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserSettings:
    """`trust` is the power on the likelihood of each week's sales: below 1 it allows for curves that are all somewhat
    wrong (Bissiri, Holmes & Walker 2016), 0 never learns. Stock beyond `most_lots` units is planned in lots."""

    trust: float = 0.5
    most_lots: int = 400

    def __post_init__(self) -> None:
        if not 0.0 <= self.trust <= 1.0 or self.most_lots < 1:
            raise ValueError("trust lies between 0 and 1, and there is at least one lot")


@dataclass(frozen=True, slots=True)
class Optimiser:
    """For every curve that the sales allow for, the exact plan; the price with the highest mean worth over them, each
    weighted by how well it foretold the weeks so far (QMDP: Littman, Cassandra & Kaelbling 1995).

    It looks to the end of the season, at the stock and at what is not known; it does not try prices in order to learn.
    """

    settings: OptimiserSettings = field(default_factory=OptimiserSettings)
    name: str = "optimiser"

    def begin(self, task: Task) -> Seller:
        return Learner(task, plans_for(task, self.settings), self.settings).propose


def plans_for(task: Task, settings: OptimiserSettings) -> list[Plan]:
    """The plan of every curve in the belief: exact where the stock is small enough."""
    lot = lot_for(task.terms.stock, settings.most_lots)
    chances = sales_chances(task.belief, task.ladder, -(-task.terms.stock // lot), lot=lot)
    return [solve(one, task.terms, task.ladder, lot=lot) for one in chances]


class Learner:
    """One season of the optimiser: the weight [K] of every curve, and their plans."""

    def __init__(self, task: Task, plans: list[Plan], settings: OptimiserSettings) -> None:
        self.task, self.plans, self.settings = task, plans, settings
        self.weights: Doubles = np.full(len(plans), 1.0 / len(plans))

    def propose(self, state: State) -> float:
        self.learn(state)
        worth = self.weights @ np.stack([plan.worth_of(state) for plan in self.plans])
        return float(self.task.ladder.prices[best_place(worth, self.task.ladder, state.place)])

    def learn(self, state: State) -> None:
        """Weigh the curves anew by the last week's sales."""
        if state.sold is None or state.before is None or self.settings.trust == 0.0:
            return
        prices = self.task.ladder.prices
        mean = self.task.belief.mean(float(prices[state.place]), float(prices[state.before]))
        likelihood = self.task.belief.likelihood(state.sold, mean, sold_out=state.sold_out)
        weights = self.weights * np.maximum(likelihood, 1e-12) ** self.settings.trust
        self.weights = weights / weights.sum()
