"""What is known of a product's demand: the curve, the elasticity, the forecast."""

import numpy as np

from merx_models.demand.forecast_table import Period, ProductForecast
from merx_models.elasticity import Cross, Elasticity
from merx_models.guardrails.rules import WHOLE
from merx_models.pricing.task import Ladder
from merx_pricing.domain import Curve, Doubles
from merx_pricing.errors import DemandUnknown
from merx_pricing.service.shop import Shop, category_of, forecast_of

LOW, HIGH = 0.1, 0.9
POINTS = 20


class Adviser:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def simulate(self, product_id: str, prices: tuple[int, ...]) -> Curve:
        """Raises UnknownProduct, DemandUnknown, ModelNotReady."""
        (book, version), facts = self._shop.book(), self._shop.facts(product_id)
        if product_id not in book.policy.fits:
            raise DemandUnknown(f"nothing was learned of the demand for product {product_id!r}")
        situation = self._shop.situation(facts, self._shop.clock())
        context = situation.context
        if context.currency != book.terms.currency:
            raise DemandUnknown(f"demand was learned in {book.terms.currency}, not in {context.currency}")
        asked = tuple(sorted(set(prices)))
        if not asked:
            ladder = Ladder.spread(self._shop.guard, context, weeks=self._shop.terms.weeks, most=POINTS)
            asked = tuple(ladder.prices.tolist())
        at = np.array(asked, np.float64)
        units = book.policy.belief(product_id).mean(at, float(context.current))
        profit = None
        if context.cost is not None:
            kept = at / (1.0 + context.tax_bp / WHOLE) - context.cost
            profit = _middle(units * kept)
        return Curve(
            version=version,
            currency=context.currency,
            current=context.current,
            prices=asked,
            units=_middle(units),
            revenue=_middle(units * at),
            profit=profit,
            allowed=self._shop.guard.allowed(context),
        )

    def elasticity(self, product_id: str) -> tuple[str, Elasticity, list[Cross]]:
        """Version, elasticity and substitutes; of a product without a price history what its category says. Raises
        UnknownProduct, ModelNotReady."""
        (book, version), facts = self._shop.book(), self._shop.facts(product_id)
        known = book.elasticities
        if known.has(product_id):
            return version, known.of(product_id), known.substitutes(product_id)
        return version, known.of_category(category_of(book, facts)), []

    def forecast(self, product_id: str, period: Period, channel: str | None) -> tuple[str, ProductForecast, bool]:
        """Version, forecast, and whether its last period is over. Raises UnknownProduct, NoForecast, ModelNotReady."""
        (book, version), facts = self._shop.book(), self._shop.facts(product_id)
        found = forecast_of(book, facts, period, channel)
        return version, found, found.end.timestamp() * 1e6 < self._shop.clock()


def _middle(values: Doubles) -> Doubles:
    """[3, P] of values [K, P]: mean, and the ends of the middle eighty per cent."""
    return np.stack([values.mean(axis=0), *np.quantile(values, [LOW, HIGH], axis=0)])
