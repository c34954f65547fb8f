"""Small seasons for the tests of pricing."""

import numpy as np

from merx_models.guardrails import Change, Endings, Guardrails, ListPrice, Margin, PriceContext, RuleSet
from merx_models.pricing.demand import Curves, Family
from merx_models.pricing.task import Ladder, Task, Terms

RULES = RuleSet(
    name="test",
    margin=Margin(floor_bp=0),
    change=Change(up_bp=1_500, down_bp=2_500),
    list_price=ListPrice(floor_bp=6_000, ceiling_bp=13_000),
    endings={"EUR": Endings(per=10, tails=(9,))},
)
GUARD = Guardrails(RULES)
CONTEXT = PriceContext(product_id="p", currency="EUR", current=199, list_price=199, cost=110)
TERMS = Terms(weeks=5, stock=40, cost=110.0, salvage=30.0, holding=1.0)
LADDER = Ladder.of(GUARD, CONTEXT)
FREE = Ladder(LADDER.prices, np.ones_like(LADDER.steps), LADDER.start)


def curve(elasticity: float = -2.5, *, level: float = 8.0, family: Family = "log-log") -> Curves:
    return Curves.of(family, 199.0, np.array([level]), np.array([elasticity]), size=20.0)


def belief(count: int = 8, seed: int = 0) -> Curves:
    rng = np.random.default_rng(seed)
    return Curves.of("log-log", 199.0, rng.uniform(6.0, 10.0, count), rng.uniform(-3.5, -1.2, count), size=20.0)


def task(terms: Terms = TERMS, *, ladder: Ladder = LADDER) -> Task:
    return Task(terms, ladder, belief())
