"""A proposal taken apart adds up again, and each part has the sign that reason gives it."""

import numpy as np
import pytest

from merx_models.guardrails import Guardrails, ListPrice, PriceContext, RuleSet
from merx_models.pricing.explanation import INPUTS, Ordinary, explain_price
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.policies import ElasticityRule, Optimiser
from merx_models.pricing.task import Ladder, Terms

ORDINARY = Ordinary(cost_share=0.6, stock_weeks=6.0)
GUARD = Guardrails(RuleSet(name="wide", list_price=ListPrice(floor_bp=5_000, ceiling_bp=20_000)))
LADDER = Ladder.spread(GUARD, PriceContext(product_id="p", currency="EUR", current=200, list_price=200), weeks=2)
PLAIN = Fit.of(base=200.0, units=(5.0, 0.2), elasticity=(-2.2, 0.3), size=10.0)


def model(own: Fit, policy: object = None) -> PriceModel:
    """The product "p" among ordinary ones."""
    fits = {"p": own, **{f"other{number}": PLAIN for number in range(4)}}
    return PriceModel(policy=policy or Optimiser(), fits=fits, draws=4)  # type: ignore[arg-type]


def test_contributions_add_up_to_the_proposal() -> None:
    made = model(Fit.of(base=180.0, units=(9.0, 0.3), elasticity=(-1.6, 0.4), size=4.0))
    terms = Terms(weeks=4, stock=15, cost=90.0, salvage=45.0)
    told = explain_price(made, "p", terms, LADDER, ordinary=ORDINARY)
    assert set(told.contributions) == set(INPUTS)
    assert told.proposal == made.propose("p", terms, LADDER)
    assert told.base + sum(told.contributions.values()) == pytest.approx(told.proposal)


def test_an_ordinary_product_has_nothing_to_explain() -> None:
    made = model(PLAIN)
    terms = Terms(weeks=4, stock=30, cost=120.0, salvage=60.0)
    told = explain_price(made, "p", terms, LADDER, ordinary=ORDINARY)
    assert told.contributions == pytest.approx(dict.fromkeys(INPUTS, 0.0))
    assert told.base == made.propose("p", terms, LADDER)


def test_a_dearer_product_is_dearer_because_of_its_cost() -> None:
    made = model(PLAIN, ElasticityRule())
    told = explain_price(made, "p", Terms(weeks=4, stock=30, cost=150.0, salvage=75.0), LADDER, ordinary=ORDINARY)
    assert told.contributions["cost"] > 0
    assert told.contributions["stock"] == told.contributions["demand"] == 0.0


def test_a_product_that_shoppers_leave_quickly_is_cheaper_for_it() -> None:
    steep = Fit.of(base=200.0, units=(5.0, 0.2), elasticity=(-5.0, 0.1), size=10.0)
    made = model(steep, ElasticityRule())
    told = explain_price(made, "p", Terms(weeks=4, stock=30, cost=120.0, salvage=60.0), LADDER, ordinary=ORDINARY)
    assert told.contributions["elasticity"] < 0


def test_of_an_unknown_product_there_is_nothing_to_say() -> None:
    with pytest.raises(KeyError):
        explain_price(model(PLAIN), "q", Terms(weeks=1, stock=1, cost=1.0, salvage=0.0), LADDER, ordinary=ORDINARY)


def test_the_ordinary_demand_is_the_median() -> None:
    loud = Fit.of(base=200.0, units=(500.0, 0.2), elasticity=(-9.0, 0.1), size=10.0)
    assert np.exp(model(loud).typical.mean[0]) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="no product"):
        _ = PriceModel(policy=Optimiser(), fits={}).typical
