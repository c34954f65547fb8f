from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from merx_models.demand.daily import FLAT
from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.forecaster import DemandForecaster
from merx_models.demand.peers import CATEGORY, PeerDemand
from merx_pipelines.demand_inputs import SALES_ALONE, WITH_PRICES
from merx_pipelines.demand_tables import PROMOTION, stock_outs
from merx_pipelines.held_out import AVERAGE, LAST_YEAR, MERX, NOTHING, HeldOut
from merx_pipelines.plan import pricing_profile_named
from merx_pipelines.steps import fit_demand, judge_demand
from merx_pipelines.steps.fit_demand import DAILY, FORECAST, FORECASTER, HORIZON, PEERS
from merx_pipelines.weekly_sales import SALES, About, NothingSold
from tests.unit.pipelines.pricing.made_weeks import (
    PRODUCTS,
    SHARES,
    WEEKS,
    made_empty,
    made_shelf,
    made_weeks,
    write_weeks,
)


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sales")
    write_weeks(folder)
    return folder


@pytest.fixture(scope="module")
def model(sales: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    fit_demand.run(sales, folder)
    return folder


@pytest.fixture(scope="module")
def forecasts(model: Path) -> ForecastTable:
    return ForecastTable.load(model / FORECAST)


@pytest.fixture(scope="module")
def days(model: Path) -> ForecastTable:
    return ForecastTable.load(model / DAILY)


class TestForecasts:
    def test_every_product_is_forecast_in_each_of_its_channels(self, forecasts: ForecastTable) -> None:
        assert len(forecasts) == 2 * PRODUCTS
        assert forecasts.channels("p3") == ["shop", "web"]
        assert forecasts.point.shape == (2 * PRODUCTS, HORIZON)

    def test_they_lie_where_a_product_sells(self, forecasts: ForecastTable) -> None:
        for number in (0, 4, 8):
            assert forecasts.of(f"p{number}").point.mean() == pytest.approx(2 * (6.0 + 2.0 * number), rel=0.2)

    def test_they_begin_where_the_last_week_ends(self, forecasts: ForecastTable, sales: Path) -> None:
        last = About.read(sales).last
        assert forecasts.of("p1").start == last
        assert forecasts.last_sale("p1") == last
        assert forecasts.last_sale(f"p{PRODUCTS - 1}") == last - timedelta(weeks=3)

    def test_the_forecaster_that_made_them_is_beside_them(self, model: Path) -> None:
        assert DemandForecaster.load(model / FORECASTER).settings.horizons == tuple(range(1, HORIZON + 1))

    def test_a_second_run_gives_the_same(self, sales: Path, forecasts: ForecastTable, tmp_path: Path) -> None:
        fit_demand.run(sales, tmp_path)
        again = ForecastTable.load(tmp_path / FORECAST)
        np.testing.assert_array_equal(again.quantiles, forecasts.quantiles)
        np.testing.assert_array_equal(again.point, forecasts.point)


class TestDays:
    def test_they_are_the_days_of_the_weeks(self, days: ForecastTable, forecasts: ForecastTable) -> None:
        assert days.period == "day"
        assert days.of("p4").start == forecasts.of("p4").start
        assert days.of("p4").end == forecasts.of("p4").end
        week = days.of("p4").point.reshape(HORIZON, 7).sum(axis=1)
        np.testing.assert_allclose(week, forecasts.of("p4").point, rtol=0.25)

    def test_each_weekday_has_its_share(self, days: ForecastTable) -> None:
        week = days.of("p8").point[:7]
        np.testing.assert_allclose(week / week.sum(), SHARES, atol=0.06)

    def test_the_way_that_was_best_on_days_not_seen_serves(self, model: Path, days: ForecastTable) -> None:
        told = HeldOut.read(model).daily
        assert told is not None
        assert told.chosen == min(told.pinball, key=lambda name: told.pinball[name]) != FLAT
        assert days.of("p1").member == told.chosen
        assert 0.75 < told.covered <= 1.0


class TestHeldOut:
    def test_the_last_weeks_are_told_by_and_by_family(self, model: Path) -> None:
        told = HeldOut.read(model)
        assert told.weeks == HORIZON
        assert set(told.families) == {"Food", "Tea"}
        assert told.whole.series == 2 * PRODUCTS
        assert told.whole.units == pytest.approx(sum(score.units for score in told.families.values()))
        assert set(told.whole.error) == {MERX, LAST_YEAR, AVERAGE}
        assert told.whole.error[MERX] < told.whole.error[LAST_YEAR]

    def test_what_is_no_worse_than_a_guess_passes(self, model: Path, tmp_path: Path) -> None:
        assert judge_demand.run(model, tmp_path).passed


def test_too_few_weeks_are_refused_with_their_number(tmp_path: Path) -> None:
    write_weeks(tmp_path / "sales", weeks=20)
    with pytest.raises(NothingSold, match="20 weeks of sales; a forecast needs 26"):
        fit_demand.run(tmp_path / "sales", tmp_path / "model")


class TestEmptyShelves:
    """What was not there to be bought was wanted all the same."""

    def test_a_product_that_was_sold_out_is_forecast_as_it_sold_before(self, tmp_path: Path) -> None:
        forecasts = {}
        for name, weeks in (("told", range(25, WEEKS)), ("untold", ())):
            folder = tmp_path / name
            sales, _ = write_weeks(folder, shelf=made_shelf(made_empty(["p4"], list(weeks))))
            gone = (sales["product_id"] == "p4") & (sales["week"] >= 25)
            sales.assign(units=sales["units"].where(~gone, 0)).to_parquet(folder / SALES, index=False)
            fit_demand.run(folder, tmp_path / f"{name}-model")
            forecasts[name] = ForecastTable.load(tmp_path / f"{name}-model" / FORECAST).of("p4").point.mean()
        before = 2 * (6.0 + 2.0 * 4)
        assert forecasts["told"] > 0.6 * before
        assert forecasts["untold"] < 0.3 * before

    def test_days_that_are_less_than_one_leave_the_week_as_it_is(self) -> None:
        empty = made_empty(["p1", "p9"], [0, 2]).assign(days=[0.9, 1.0, 7.0, 7.0])
        assert stock_outs(empty, ["p1", "p1", "p2"], 3).tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]

    def test_weeks_beyond_the_table_are_left_out(self) -> None:
        assert stock_outs(made_empty(["p1"], [-1, 1, 3]), ["p1"], 3).tolist() == [[0, 1, 0]]


class TestOtherProducts:
    def test_what_never_sold_is_forecast_as_new_ones_of_its_category(self, model: Path, sales: Path) -> None:
        peers = PeerDemand.load(model / PEERS)
        found = peers.of("new", "week", "web", category="Tea > Green", listed=False)
        sold = pd.read_parquet(sales / SALES)
        usual = sold[(sold["category"] == "Tea > Green") & (sold["channel"] == "web")]["units"].mean()
        assert found.member == CATEGORY
        assert found.start == About.read(sales).last
        assert found.point.mean() == pytest.approx(usual, rel=0.5)

    def test_those_past_the_best_sold_are_told_by_their_peers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = replace(pricing_profile_named("quick"), forecast_products=PRODUCTS)
        monkeypatch.setattr(fit_demand, "pricing_profile_named", lambda _: few)
        write_weeks(tmp_path / "sales", table=_with_a_tail())
        told = fit_demand.run(tmp_path / "sales", tmp_path / "model")
        assert HeldOut.read(tmp_path / "model") == told
        seldom = told.peers["peers"]
        assert seldom.weeks == TAIL * HORIZON
        assert seldom.pinball[MERX] < min(seldom.pinball[AVERAGE], seldom.pinball[NOTHING])
        assert seldom.forecast == pytest.approx(seldom.sold, rel=0.2)
        assert judge_demand.run(tmp_path / "model", tmp_path / "check").passed
        worse = replace(told, peers={"peers": replace(seldom, pinball={**seldom.pinball, MERX: 9.0})})
        worse.write(tmp_path / "model")
        reasons = judge_demand.run(tmp_path / "model", tmp_path / "check").reasons
        assert any("past the best sold" in reason for reason in reasons)


class TestPrices:
    """Half the price sells three times as much."""

    def test_they_are_used_where_they_foretell_better(self, tmp_path: Path) -> None:
        weeks = 56
        sales, prices = made_weeks(weeks), _prices(weeks)
        cheap = sales.merge(prices, on=["product_id", "week"])["off"] > 0
        units = sales["units"] * np.where(cheap, 3, 1)
        write_weeks(tmp_path / "sales", weeks, made_shelf(prices=prices), sales.assign(units=units))
        inputs = fit_demand.run(tmp_path / "sales", tmp_path / "model").inputs
        assert inputs[WITH_PRICES] < 0.9 * inputs[SALES_ALONE]
        assert DemandForecaster.load(tmp_path / "model" / FORECASTER).learned.promotions == (PROMOTION,)

    def test_where_they_never_change_nobody_looks_at_them(self, tmp_path: Path) -> None:
        prices = _prices(WEEKS).assign(price=500.0, off=0.0)
        write_weeks(tmp_path / "sales", shelf=made_shelf(prices=prices))
        told = fit_demand.run(tmp_path / "sales", tmp_path / "model")
        assert told.inputs == {}
        assert DemandForecaster.load(tmp_path / "model" / FORECASTER).learned.promotions == ()


TAIL = 150


def _with_a_tail() -> pd.DataFrame:
    """TAIL products more, which sell once in three weeks or so, all in the first."""
    rng = np.random.default_rng(3)
    units = rng.poisson(0.3, (TAIL, WEEKS))
    units[:, 0] = 1
    number, week = np.divmod(np.arange(TAIL * WEEKS), WEEKS)
    tail = pd.DataFrame(
        {
            "product_id": np.char.add("t", number.astype(str)),
            "channel": "web",
            "week": week,
            "units": units.ravel(),
            "price": 400.0,
            "category": "Food > Rare",
        }
    )
    return pd.concat([made_weeks(), tail], ignore_index=True)


def _prices(weeks: int) -> pd.DataFrame:
    """Half price or full price for eight weeks each, as it falls; the last change comes a week before the last eight
    that are known."""
    number, week = np.divmod(np.arange(PRODUCTS * weeks), weeks)
    drawn = np.random.default_rng(5).random((PRODUCTS, weeks)) < 0.5
    cheap = drawn[number, (week + 1) // 8]
    return pd.DataFrame(
        {
            "product_id": np.char.add("p", number.astype(str)).astype(object),
            "week": week,
            "price": np.where(cheap, 250.0, 500.0),
            "off": np.where(cheap, 0.5, 0.0),
            "rival": 480.0,
        }
    )
