"""What is known of every product's demand as it answers to price: a forecast and an elasticity made one curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from merx_models.demand.forecast_table import ForecastTable, ProductForecast
from merx_models.demand.quantiles import SCORES
from merx_models.elasticity import Elasticities, Elasticity
from merx_models.elasticity.estimation import Z
from merx_models.pricing.fitting import SIZES, Fit

if TYPE_CHECKING:
    import pandas as pd

USUAL_WEEKS = 13
"""Over how many of its last weeks a product's usual price is told."""
LASTING = 0.5
"""Of what a forecast may be off beyond chance (Poisson), the part that lasts a season, so that the level of demand is
not known; the rest comes and goes by week. Quantiles of single weeks cannot tell the two apart."""
LEAST_UNITS = 0.01
"""A week; of a product that sells less no curve is made."""


def usual_prices(sales: "pd.DataFrame") -> dict[str, float]:
    """Minor units by product: the median of its last weeks. A forecast is for such a price."""
    last = sales.sort_values("week", kind="stable").groupby("product_id").tail(USUAL_WEEKS)
    return {str(name): float(price) for name, price in last.groupby("product_id")["price"].median().items()}


def curves(
    forecasts: ForecastTable, elasticities: Elasticities, prices: Mapping[str, float], category: Mapping[str, str]
) -> dict[str, Fit]:
    """Of every product that has a forecast and a price."""
    found = {}
    for product in dict.fromkeys(forecasts.product.tolist()):
        told = forecasts.of(product)
        if product in prices and told.point.mean() >= LEAST_UNITS:
            known = elasticities.has(product)
            answer = elasticities.of(product) if known else elasticities.of_category(category.get(product, ""))
            found[product] = curve(told, answer, prices[product])
    return found


def curve(forecast: ProductForecast, elasticity: Elasticity, price: float) -> Fit:
    """The mean of the weeks that were forecast is sold at `price`; how sure that is, and how much weeks differ, is read
    from the quantiles."""
    units = float(forecast.point.mean())
    spread = float(((forecast.quantiles[:, -1] - forecast.quantiles[:, 0]) / (SCORES[-1] - SCORES[0])).mean())
    beyond = max(spread**2 - units, 0.0) / units**2
    size = 1.0 / ((1.0 - LASTING) * beyond) if beyond > 0 else SIZES[1]
    return Fit.of(
        base=price,
        units=(units, float(np.sqrt(np.log1p(max(LASTING * beyond, 1.0 / SIZES[1]))))),
        elasticity=(elasticity.mean, (elasticity.high - elasticity.low) / (2.0 * Z)),
        size=float(np.clip(size, *SIZES)),
    )
