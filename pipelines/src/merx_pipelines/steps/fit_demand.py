"""Weekly sales to forecasts: first without the last weeks, which are held out to be told by, then with all of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from merx_kit.registry.ports import CONTRACT_TAG
from merx_models.demand import daily
from merx_models.demand.daily import DailyScore
from merx_models.demand.features import Panel
from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.forecaster import DemandForecast, DemandForecaster, ForecastSettings
from merx_models.demand.peers import PeerDemand
from merx_models.demand.sales import Doubles, SalesTable
from merx_pipelines import held_out, peer_sales
from merx_pipelines.demand_inputs import WITH_PRICES, Weeks, best_of, losses_of_inputs
from merx_pipelines.demand_tables import daily_units
from merx_pipelines.held_out import HeldOut, PeerScore
from merx_pipelines.plan import WEEK, pricing_profile_named
from merx_pipelines.weekly_sales import About, NothingSold

if TYPE_CHECKING:
    import pandas as pd

FORECAST, DAILY, PEERS, FORECASTER = "forecast_week.npz", "forecast_day.npz", "peers.npz", "forecaster"
MANIFEST, CONTRACT = "manifest.json", "demand_1"
HORIZON = 8
"""Weeks that are forecast, and that are held out."""
LEAST_WEEKS = 26
BACKTESTS = (4, 16)
"""Weeks on which members are chosen and calibrated: a sixth of those there are, but no fewer and no more."""


def run(sales: Path, out: Path, *, profile: str = "quick", seed: int = 0) -> HeldOut:
    """Writes the forecasts of the best sold products and the forecaster that made them, what peers say of all others,
    held_out.json and manifest.json into `out`. Raises NothingSold where there are fewer than LEAST_WEEKS, or too little
    sold to tell by."""
    used, weeks = pricing_profile_named(profile), Weeks.read(sales)
    about = weeks.about
    if about.weeks < LEAST_WEEKS:
        raise NothingSold(f"{about.weeks} weeks of sales; a forecast needs {LEAST_WEEKS}")
    known = about.weeks - HORIZON
    settings = ForecastSettings(
        horizons=tuple(range(1, HORIZON + 1)),
        backtest=int(np.clip(about.weeks // 6, *BACKTESTS)),
        members=used.forecasters,
    )
    products = used.forecast_products
    inputs = losses_of_inputs(weeks, products, until=known, settings=settings, seed=seed)
    prices = best_of(inputs) == WITH_PRICES
    earlier = Panel(weeks.table(products, known=known, prices=prices))
    forecaster = DemandForecaster.fit(earlier, known - 1, settings=settings, seed=seed)
    forecast = forecaster.predict(earlier, _ahead(known - 1))
    told = held_out.scored(earlier.table, known - 1, forecast)
    days_told = _told_daily(earlier.table, forecast, weeks.days, known=known)
    now = Panel(weeks.table(products, known=about.weeks, prices=prices, ahead=HORIZON))
    forecaster = forecaster.refit(now, about.weeks - 1, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    weekly = forecast_table(forecaster, now, about)
    weekly.save(out / FORECAST)
    before = daily_units(weeks.days, now.table.names, until=about.weeks)
    daily_table(weekly, now.table, days_told, before).save(out / DAILY)
    forecaster.save(out / FORECASTER)
    told = replace(told, daily=days_told, peers=_peers(weeks, earlier.table.names, known, out), inputs=inputs)
    told.write(out)
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
    return told


def _peers(weeks: Weeks, best: Sequence[str], known: int, out: Path) -> dict[str, PeerScore]:
    """Writes what is expected of all other products; gives how well it was foretold after the first `known` weeks, of
    series that were not among the `best` sold."""
    sales = peer_sales.peer_sales(weeks.sold, weeks.days, weeks.on_offer)
    end = weeks.about.last
    earlier = PeerDemand.fit(sales, known - 1, weeks=HORIZON, start=end - HORIZON * WEEK)
    seldom = ~np.isin(np.char.add(np.char.add(sales.channel, " "), sales.product), list(best))
    PeerDemand.fit(sales, weeks.about.weeks - 1, weeks=HORIZON, start=end).save(out / PEERS)
    return peer_sales.scored(sales, earlier, seldom, known=known)


def _told_daily(table: SalesTable, forecast: DemandForecast, days: "pd.DataFrame", *, known: int) -> DailyScore:
    """How well days of the held-out weeks were foretold, by each way to them."""
    weekly = forecast.point.reshape(HORIZON, len(table.names)).T
    sold = daily_units(days, table.names, until=known + HORIZON)
    actual, before = sold[:, 7 * known :], sold[:, : 7 * known]
    known_days = before[:, -7 * LEAST_WEEKS :]
    return daily.told_by(actual, weekly, known_days, family=table.code("family"), families=table.families)


def daily_table(weekly: ForecastTable, table: SalesTable, told: DailyScore, sold: Doubles) -> ForecastTable:
    """The days of the weeks that were forecast, by the way that foretold the held-out ones best; `sold` [S, D] are all
    days before."""
    family = table.code("family")
    mean = daily.daily_means(weekly.point, sold[:, -7 * LEAST_WEEKS :], family)[told.chosen]
    usual = float(np.median(list(told.sizes.values())))
    sizes = np.array([told.sizes.get(name, usual) for name in table.families])
    return replace(
        weekly,
        period="day",
        quantiles=daily.daily_quantiles(mean, sizes[family]),
        point=mean,
        members=(told.chosen,),
        member=np.zeros(len(mean), np.int64),
    )


def _ahead(origin: int) -> list[tuple[int, int]]:
    return [(origin + step, step) for step in range(1, HORIZON + 1)]


def forecast_table(forecaster: DemandForecaster, panel: Panel, about: About) -> ForecastTable:
    """Of the weeks after the last one. When a series last sold is told to the week: the moment at which it ended."""
    found = forecaster.predict(panel, _ahead(about.weeks - 1))
    names = [name.partition(" ") for name in panel.table.names]
    shape = (HORIZON, len(names))
    sold = panel.table.sold[:, : about.weeks] > 0
    since = sold[:, ::-1].argmax(axis=1)
    return ForecastTable(
        period="week",
        start=about.last,
        product=np.array([product for _, _, product in names], np.str_),
        channel=np.array([channel for channel, _, _ in names], np.str_),
        quantiles=found.quantiles.reshape(*shape, -1).transpose(1, 0, 2),
        point=found.point.reshape(shape).T,
        members=found.members,
        member=found.member.reshape(shape)[0],
        last_sale_us=np.int64(about.last.timestamp() * 1e6) - since * np.int64(WEEK.total_seconds() * 1e6),
    )
