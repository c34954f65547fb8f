"""What is known of every product's demand as it answers to price: a forecast and an elasticity made one curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from merx_models.demand.forecast_table import ForecastTable, ProductForecast
from merx_models.demand.quantiles import SCORES
from merx_models.demand.sales import Doubles
from merx_models.elasticity import Elasticities, Elasticity
from merx_models.elasticity.estimation import Z
from merx_models.pricing.fitting import FLATTEST, SIZES, STEEPEST, Fit

if TYPE_CHECKING:
    import pandas as pd

USUAL_WEEKS = 13
"""Over how many of its last weeks (a channel's each) a product's prices are looked at."""
LASTING = 0.5
"""Of what a forecast may be off beyond chance (Poisson), the part that lasts a season, so that the level of demand is
not known; the rest comes and goes by week. Quantiles of single weeks cannot tell the two apart."""
LEAST_UNITS = 0.01
"""A week; of a product that sells less no curve is made."""


def last_prices(sales: "pd.DataFrame") -> dict[str, Doubles]:
    """Minor units by product, of each of its last weeks; a forecast is for such a mix of them."""
    last = sales.sort_values("week", kind="stable").groupby("product_id").tail(USUAL_WEEKS)
    return {str(name): np.asarray(prices, np.float64) for name, prices in last.groupby("product_id")["price"]}


def curves(
    forecasts: ForecastTable, elasticities: Elasticities, prices: Mapping[str, Doubles], category: Mapping[str, str]
) -> dict[str, Fit]:
    """Of every product that has a forecast and prices."""
    found = {}
    for product in dict.fromkeys(forecasts.product.tolist()):
        told = forecasts.of(product)
        if product in prices and told.point.mean() >= LEAST_UNITS:
            known = elasticities.has(product)
            answer = elasticities.of(product) if known else elasticities.of_category(category.get(product, ""))
            found[product] = curve(told, answer, prices[product])
    return found


def curve(forecast: ProductForecast, elasticity: Elasticity, prices: Doubles) -> Fit:
    """Given at the usual price, the median of `prices`. The mean of the weeks that were forecast is what a mix of all
    `prices` sells: as much as the one price whose demand is the mean of theirs. How sure that is, and how much weeks
    differ, is read from the quantiles."""
    units = float(forecast.point.mean())
    spread = float(((forecast.quantiles[:, -1] - forecast.quantiles[:, 0]) / (SCORES[-1] - SCORES[0])).mean())
    beyond = max(spread**2 - units, 0.0) / units**2
    size = 1.0 / ((1.0 - LASTING) * beyond) if beyond > 0 else SIZES[1]
    power = float(np.clip(elasticity.mean, STEEPEST, FLATTEST))
    mixed = Fit.of(
        base=float(np.mean(prices**power) ** (1.0 / power)),
        units=(units, float(np.sqrt(np.log1p(max(LASTING * beyond, 1.0 / SIZES[1]))))),
        elasticity=(elasticity.mean, (elasticity.high - elasticity.low) / (2.0 * Z)),
        size=float(np.clip(size, *SIZES)),
    )
    return mixed.at(float(np.median(prices)))
