"""Why a price was proposed: Shapley values of what the policy looked at, exact, adding up to the proposal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import msgspec
import numpy as np

from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.task import Ladder, Terms

METHOD = "exact-shapley"
INPUTS = ("cost", "stock", "demand", "elasticity")


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """Minor units: `base` is what would be proposed for a product of ordinary cost, stock, demand and elasticity at the
    same price and within the same bounds; with all `contributions` it adds up to the `proposal`."""

    proposal: float
    base: float
    contributions: Mapping[str, float]


class Ordinary(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop's products are like: cost as a share of the price, and weeks that the stock lasts."""

    cost_share: float
    stock_weeks: float


def explain_price(
    model: PriceModel, product_id: str, terms: Terms, ladder: Ladder, *, ordinary: Ordinary
) -> PriceExplanation:
    """The proposal taken apart (Shapley 1953; Lundberg & Lee 2017): the policy is asked for every one of the sixteen
    mixtures of the product's own inputs with ordinary ones. Raises KeyError where its demand is not known."""
    own = model.fits[product_id]
    current = float(ladder.prices[ladder.start])
    worth: dict[frozenset[str], float] = {}
    for size in range(len(INPUTS) + 1):
        for chosen in combinations(INPUTS, size):
            fit = _mixed(own, model.typical, chosen, current)
            asked = _terms(terms, fit, chosen, stock_weeks=ordinary.stock_weeks, cost=ordinary.cost_share * current)
            worth[frozenset(chosen)] = model.propose(product_id, asked, ladder, fit=fit)
    contributions = {name: _shapley(name, worth) for name in INPUTS}
    return PriceExplanation(worth[frozenset(INPUTS)], worth[frozenset()], contributions)


def _mixed(own: Fit, typical: Fit, chosen: tuple[str, ...], current: float) -> Fit:
    """The product's curve where it is chosen; the ordinary one is as good at today's price as it is at its own."""
    demand, elasticity = "demand" in chosen, "elasticity" in chosen
    mean = np.array([(own if demand else typical).mean[0], (own if elasticity else typical).mean[1]])
    spread = [(own if demand else typical).covariance[0, 0], (own if elasticity else typical).covariance[1, 1]]
    if demand and elasticity:
        return own
    return Fit(own.base if demand else current, mean, np.diag(spread), (own if demand else typical).size)


def _terms(terms: Terms, fit: Fit, chosen: tuple[str, ...], *, stock_weeks: float, cost: float) -> Terms:
    cost = terms.cost if "cost" in chosen else cost
    kept = terms.salvage / terms.cost if terms.cost > 0 else 0.0
    lasting = max(1, round(stock_weeks * float(np.exp(fit.mean[0]))))
    stock = terms.stock if "stock" in chosen else lasting
    return replace(terms, cost=cost, salvage=kept * cost, stock=stock)


def _shapley(name: str, worth: Mapping[frozenset[str], float]) -> float:
    others = [one for one in INPUTS if one != name]
    count, total = len(INPUTS), 0.0
    for size in range(count):
        weight = factorial(size) * factorial(count - size - 1) / factorial(count)
        for chosen in combinations(others, size):
            before = frozenset(chosen)
            total += weight * (worth[before | {name}] - worth[before])
    return total
