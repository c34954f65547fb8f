"""A price for a product as a price book proposes it, for people and for the check: the service asks with what it knows
of the day."""

from typing import TYPE_CHECKING

import numpy as np

from merx_models.guardrails import Guardrails, PriceContext
from merx_models.pricing.book import PriceBook
from merx_models.pricing.task import Ladder, Terms
from merx_pipelines.price_trials import COST_SHARE, HOLDING, REGIMES, WEEKS, rules_for

if TYPE_CHECKING:
    import pandas as pd

PLENTY, KEEPS = REGIMES["steady"]


def proposal(book: PriceBook, product: str, *, cost: float | None = None, stock: int | None = None) -> float:
    """The price (minor units) that a season begins with at the product's usual price, after the guard-rails of the
    trials; cost and stock are usual ones where they are not known. Raises KeyError for a product without a curve."""
    fit = book.policy.fits[product]
    current = max(round(fit.base), 1)
    paid = COST_SHARE * fit.base if cost is None else cost
    guard = Guardrails(rules_for(fit.base, book.terms.currency)[0])
    context = PriceContext(
        product_id=product, currency=book.terms.currency, current=current, list_price=current, cost=round(paid)
    )
    usual = max(round(PLENTY * WEEKS * float(np.exp(fit.mean[0]))), 1)
    terms = Terms(weeks=WEEKS, stock=stock or usual, cost=paid, salvage=KEEPS * paid, holding=HOLDING * paid)
    ladder = Ladder.spread(guard, context, weeks=WEEKS)
    return float(guard.settle(book.policy.propose(product, terms, ladder), context).price)


def known(products: "pd.DataFrame", column: str) -> dict[str, float]:
    """`column` of a catalogue by product, where it is told and above zero."""
    told = products[["product_id", column]].dropna()
    return {str(name): float(value) for name, value in zip(told["product_id"], told[column], strict=True) if value > 0}
