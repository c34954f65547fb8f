"""Weekly sales to elasticities: by product where its prices moved enough, by category else."""

import json
from datetime import UTC, datetime
from pathlib import Path

from merx_kit.registry.ports import CONTRACT_TAG
from merx_models.elasticity import Elasticities, ElasticitySettings, PriceHistory, cross_elasticities, prepared
from merx_pipelines.plan import pricing_profile_named
from merx_pipelines.profiles import PricingProfile
from merx_pipelines.weekly_sales import About, NothingSold, read_sales

MANIFEST, CONTRACT = "manifest.json", "elasticity_1"


def run(sales: Path, out: Path, *, profile: str = "quick", seed: int = 0) -> Elasticities:
    """Writes elasticities.json and manifest.json into `out`. Raises NothingSold where nothing sold in enough weeks."""
    used = pricing_profile_named(profile)
    history = price_history(sales, used)
    settings = ElasticitySettings(checked=used.checked_products, seed=seed)
    best = best_sold(history, used.crossed_products)
    crosses = cross_elasticities(prepared(best, settings), settings=settings.estimation)
    fitted = Elasticities.fit(history, settings=settings, crosses=crosses)
    fitted.save(out)
    about = About.read(sales)
    manifest = {
        CONTRACT_TAG: CONTRACT,
        "created": datetime.now(UTC).isoformat(),
        "currency": about.currency,
        "weeks": about.weeks,
        "end": about.end,
        "profile": profile,
        "seed": seed,
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1))
    return fitted


def price_history(sales: Path, profile: PricingProfile) -> PriceHistory:
    """Products sold in `least_weeks` weeks or more; of the others the category is all that can be told."""
    table = read_sales(sales)
    weeks = (table["units"] > 0).groupby(table["product_id"]).transform("sum")
    kept = table[weeks >= profile.least_weeks]
    if kept.empty:
        raise NothingSold(f"no product was sold in {profile.least_weeks} weeks, which an elasticity needs")
    return PriceHistory.of(
        product=kept["product_id"].to_numpy(str),
        category=kept["category"].to_numpy(str),
        store=kept["channel"].to_numpy(str),
        time=kept["week"].to_numpy(),
        price=kept["price"].to_numpy(),
        units=kept["units"].to_numpy(),
    )


def best_sold(history: PriceHistory, products: int) -> PriceHistory:
    """The rows of the products that sold most units."""
    import numpy as np

    places = np.unique(history.product, return_inverse=True)[1]
    units = np.bincount(places, weights=np.exp(history.log_units))
    best = np.argsort(-units, kind="stable")[:products]
    return history.take(np.flatnonzero(np.isin(places, best)))
