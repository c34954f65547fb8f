"""A small price book for the tests of what serves from one."""

from datetime import UTC, datetime

import numpy as np

from merx_models.demand.forecast_table import ForecastTable
from merx_models.elasticity import Elasticities, ElasticitySettings, PriceHistory
from merx_models.pricing.book import BookTerms, PriceBook
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.policies import ElasticityRule, Policy

PRODUCTS, WEEKS, HORIZON = ("cup", "pot", "tea"), 60, 8
END = datetime(2026, 11, 23, 4, tzinfo=UTC)


def made_elasticities() -> Elasticities:
    """Of three products that are twice as elastic as not."""
    rng = np.random.default_rng(0)
    product = np.repeat(PRODUCTS, WEEKS)
    price = 500.0 * np.exp(rng.normal(0.0, 0.15, len(product)))
    history = PriceHistory.of(
        product=product,
        category=np.repeat("Tea", len(product)),
        store=np.repeat("web", len(product)),
        time=np.tile(np.arange(WEEKS), len(PRODUCTS)),
        price=price,
        units=rng.poisson(50.0 * (price / 500.0) ** -2.0).astype(np.float64) + 1.0,
    )
    return Elasticities.fit(history, settings=ElasticitySettings(checked=0))


def made_forecasts(level: float = 8.0) -> ForecastTable:
    count = len(PRODUCTS)
    return ForecastTable(
        period="week",
        start=END,
        product=np.array(PRODUCTS),
        channel=np.repeat("web", count),
        quantiles=np.full((count, HORIZON, 1), level) * np.linspace(0.5, 1.5, 9),
        point=np.full((count, HORIZON), level),
        members=("boosted",),
        member=np.zeros(count, np.int64),
        last_sale_us=np.full(count, int(END.timestamp() * 1e6)),
    )


def made_book(policy: Policy | None = None) -> PriceBook:
    fits = {
        name: Fit.of(base=500.0 + place, units=(8.0, 0.2), elasticity=(-2.5, 0.4), size=6.0)
        for place, name in enumerate(PRODUCTS)
    }
    return PriceBook(
        terms=BookTerms(
            currency="EUR",
            window_end=END.isoformat(),
            made=END.isoformat(),
            parts={"elasticity": "3", "demand": "2"},
        ),
        policy=PriceModel(policy=policy or ElasticityRule(), fits=fits, families=("log-log", "linear"), draws=4),
        elasticities=made_elasticities(),
        forecasts={"week": made_forecasts()},
        category=dict.fromkeys(PRODUCTS, "Tea"),
    )
