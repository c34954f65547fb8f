"""Elasticities and forecasts that serve, to curves of every product, to the policy that prices them: the price book."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from merx_kit.registry import CHAMPION, MlflowRegistry
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.peers import PeerDemand
from merx_models.elasticity import Elasticities
from merx_models.pricing.book import CONTRACT, BookTerms, PriceBook
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.policies import Policy
from merx_pipelines.folders import Folders
from merx_pipelines.plan import pricing_profile_named
from merx_pipelines.price_choice import Trials, chosen
from merx_pipelines.price_curves import curves, last_prices
from merx_pipelines.price_proposals import known
from merx_pipelines.price_trials import BELIEVED, COST_SHARE, DEAREST, Tried, candidates, play_all, seasons_of
from merx_pipelines.profiles import PricingProfile
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import register_demand, register_elasticity
from merx_pipelines.steps.fit_demand import DAILY, FORECAST, MANIFEST, PEERS
from merx_pipelines.weekly_sales import About, categories, read_sales


class CurvesMissing(ValueError):
    """No product has a forecast, and a price from which the guard-rails leave somewhere to go."""


class CurrenciesMissing(ValueError):
    """What serves was learned in another currency than the one that the shop sells in now."""


def run(
    made: Folders, out: Path, *, profile: str = "quick", seed: int = 0, settings: MerxSettings | None = None
) -> Trials:
    """Reads clean and sales, and the champions `elasticity` and `demand`; writes a price book with trials.json and
    manifest.json into `out`. Raises ModelMissing without champions, CurrenciesMissing, CurvesMissing."""
    used, about = pricing_profile_named(profile), About.read(made.sales)
    registry = model_registry(settings or MerxSettings.load())
    with tempfile.TemporaryDirectory() as folder:
        elasticity, elasticities, _ = _champion(registry, register_elasticity.NAME, Path(folder), about)
        demand, forecasts, end = _champion(registry, register_demand.NAME, Path(folder), about)
        fitted, table = Elasticities.load(elasticities), ForecastTable.load(forecasts / FORECAST)
        by_day = ForecastTable.load(forecasts / DAILY)
        # Versions registered before peers were told have none.
        peers = PeerDemand.load(forecasts / PEERS) if (forecasts / PEERS).exists() else None
    category, costs = _catalogue(made.clean, about.currency)
    fits = curves(table, fitted, last_prices(read_sales(made.sales)), category)
    policy, trials = tried(fits, costs, about.currency, used, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    trials.write(out)
    created = datetime.now(UTC).isoformat()
    manifest = {
        CONTRACT_TAG: CONTRACT,
        "created": created,
        "currency": about.currency,
        "end": end,
        "profile": profile,
        "seed": seed,
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1))
    PriceBook(
        terms=BookTerms(
            currency=about.currency,
            window_end=end,
            made=created,
            parts={register_elasticity.NAME: elasticity, register_demand.NAME: demand},
        ),
        policy=PriceModel(policy=policy, fits=fits, families=BELIEVED, draws=used.draws, report=_report(trials)),
        elasticities=fitted,
        forecasts={"week": table, "day": by_day},
        category=category,
        peers=peers,
    ).save(out)
    return trials


def _champion(registry: MlflowRegistry, name: str, folder: Path, about: About) -> tuple[str, Path, str]:
    """Its version, its files and the moment up to which it learned."""
    version = registry.resolve(name, CHAMPION)
    files = registry.fetch(version, folder / name)
    manifest = json.loads((files / MANIFEST).read_text())
    if manifest["currency"] != about.currency:
        raise CurrenciesMissing(f"{version.label} is of {manifest['currency']}, the shop sells in {about.currency}")
    return version.version, files, str(manifest["end"])


def _catalogue(clean: Path, currency: str) -> tuple[dict[str, str], dict[str, float]]:
    """Category and, where it is known in this currency, cost (minor units) by product."""
    import pandas as pd

    products = pd.read_parquet(clean / "catalogue.parquet")
    costs = known(products[products["currency"] == currency], "cost")
    return {str(name): str(value) for name, value in categories(products).items()}, costs


def tried(
    fits: Mapping[str, Fit], costs: Mapping[str, float], currency: str, profile: PricingProfile, *, seed: int
) -> tuple[Policy, Trials]:
    """The policy that serves, chosen on some of the products. Raises CurvesMissing."""
    drawn = to_try(fits, costs, currency, profile.trial_products)
    seasons = seasons_of(drawn, draws=profile.draws, seed=seed)
    if not seasons:
        raise CurvesMissing(f"policies cannot be tried on any of {len(fits):,} products with a demand curve")
    policies = candidates(seasons, markup(fits, costs), profile, seed=seed)
    played = play_all(policies, seasons, seeds=profile.trial_seeds, seed=seed)
    return chosen(policies, played, seasons, costs_known=sum(one.product_id in costs for one in drawn))


def to_try(fits: Mapping[str, Fit], costs: Mapping[str, float], currency: str, count: int) -> list[Tried]:
    """At most `count` products, evenly from the best sold to the least; what costs too much is left out."""
    able = [name for name, fit in fits.items() if costs.get(name, 0.0) < DEAREST * fit.base]
    able.sort(key=lambda name: (-fits[name].mean[0], name))
    places: Sequence[int] = np.unique(np.linspace(0, len(able) - 1, min(count, len(able))).round().astype(int)).tolist()
    return [
        Tried(name, currency, fits[name].base, costs.get(name, COST_SHARE * fits[name].base), fits[name])
        for name in (able[place] for place in places)
    ]


def markup(fits: Mapping[str, Fit], costs: Mapping[str, float]) -> float:
    """On the cost, as the shop usually has it; where no cost is known, as COST_SHARE has it."""
    ratios = [fit.base / costs[name] for name, fit in fits.items() if costs.get(name, fit.base) < DEAREST * fit.base]
    return float(np.median(ratios)) - 1.0 if ratios else 1.0 / COST_SHARE - 1.0


def _report(trials: Trials) -> dict[str, Any]:
    told = trials.policies[trials.chosen]
    return {"chosen": trials.chosen, "seasons": trials.seasons, "over_fixed": list(told.over_fixed)}
