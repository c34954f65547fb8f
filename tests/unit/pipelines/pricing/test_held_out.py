from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.demand.forecaster import DemandForecast
from merx_models.demand.sales import SalesTable
from merx_pipelines.demand_tables import best_sold, demand_table
from merx_pipelines.held_out import AVERAGE, LAST_YEAR, MERX, naive, scored
from merx_pipelines.steps.judge_demand import DemandVerdict, judge
from merx_pipelines.weekly_sales import NothingSold
from tests.unit.models.demand.test_forecast_table import made_forecasts
from tests.unit.pipelines.pricing.made_weeks import made_held_out, made_shelf, write_weeks

ORIGIN, HORIZON = 35, 4


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> SalesTable:
    sales, about = write_weeks(tmp_path_factory.mktemp("sales"))
    return demand_table(best_sold(sales, 4, until=ORIGIN + 1), made_shelf(), about, ahead=0)


def forecast_of(table: SalesTable, median: float) -> DemandForecast:
    """The same median for all series and weeks after ORIGIN, half of it either side."""
    series = np.tile(np.arange(len(table.names)), HORIZON)
    horizon = np.repeat(np.arange(1, HORIZON + 1), len(table.names))
    point = np.full(len(series), median)
    return DemandForecast(
        series=series,
        period=ORIGIN + horizon,
        horizon=horizon,
        newness=np.zeros(len(series), np.int64),
        quantiles=point[:, None] * np.linspace(0.5, 1.5, 9),
        point=point,
        members=("boosted",),
        member=np.zeros(len(series), np.int64),
    )


class TestTable:
    def test_the_best_sold_products_are_in_it_by_channel(self, table: SalesTable) -> None:
        assert table.names == tuple(f"{channel} p{number}" for channel in ("shop", "web") for number in (6, 7, 8, 9))
        assert table.families == ("Food", "Tea")

    def test_after_its_last_sale_a_product_sells_nothing(self, table: SalesTable) -> None:
        assert table.sold[table.names.index("web p9"), -3:].tolist() == [0.0, 0.0, 0.0]

    def test_neither_prices_nor_promotions_are_known(self, table: SalesTable) -> None:
        assert np.isnan(table.price).all()
        assert table.promotion_names == ()


class TestNaive:
    def test_without_a_year_the_last_week_is_said_again(self, table: SalesTable) -> None:
        forecast = forecast_of(table, 20.0)
        said = naive(table, ORIGIN, forecast)
        assert said[LAST_YEAR].tolist() == table.sold[forecast.series, ORIGIN].tolist()
        np.testing.assert_allclose(said[AVERAGE][0], table.sold[0, ORIGIN - 7 : ORIGIN + 1].mean())

    def test_with_a_year_the_same_week_of_it(self, table: SalesTable) -> None:
        short = replace(table, cadence=replace(table.cadence, year=10))
        forecast = forecast_of(short, 20.0)
        said = naive(short, ORIGIN, forecast)
        assert said[LAST_YEAR].tolist() == short.sold[forecast.series, forecast.period - 10].tolist()


class TestScored:
    def test_the_error_is_that_of_the_median_over_the_units(self, table: SalesTable) -> None:
        actual = table.sold[:, ORIGIN + 1 :]
        told = scored(table, ORIGIN, forecast_of(table, 20.0))
        assert told.weeks == HORIZON
        assert told.whole.error[MERX] == pytest.approx(np.abs(actual - 20.0).sum() / actual.sum())
        assert told.whole.covered == pytest.approx(((actual >= 10.0) & (actual <= 30.0)).mean())

    def test_where_nothing_sold_enough_there_is_nothing_to_tell_by(self, table: SalesTable) -> None:
        hardly = replace(table, sold=np.where(np.arange(table.periods) % 20 == 0, 1.0, 0.0) * np.ones_like(table.sold))
        with pytest.raises(NothingSold, match="no series sold 1 a week"):
            scored(hardly, ORIGIN, forecast_of(hardly, 1.0))


class TestJudge:
    def test_a_forecaster_as_good_as_the_better_naive_method_passes(self) -> None:
        verdict = judge(made_held_out(merx=0.5, average=0.5), made_forecasts(), made_forecasts())
        assert verdict.passed
        assert (verdict.naive, verdict.naive_error) == (AVERAGE, 0.5)

    def test_a_worse_one_is_refused_with_both_errors(self, tmp_path: Path) -> None:
        verdict = judge(made_held_out(merx=0.52, average=0.5), made_forecasts(), made_forecasts())
        assert verdict.reasons[0].startswith("the error in the last 8 weeks is 0.520 of the units, that of the moving")
        verdict.write(tmp_path)
        assert DemandVerdict.read(tmp_path) == verdict

    def test_quantiles_that_cross_are_refused(self) -> None:
        made = made_forecasts()
        crossed = replace(made, quantiles=made.quantiles[:, :, ::-1], period="day")
        assert judge(made_held_out(), made, crossed).reasons == ("quantiles cross (day)",)

    def test_demand_below_zero_is_refused(self) -> None:
        made = made_forecasts()
        verdict = judge(made_held_out(), replace(made, quantiles=made.quantiles - 10.0), made)
        assert verdict.reasons == ("demand below zero is forecast (week)",)


def test_what_an_empty_shelf_sold_says_nothing_about_a_forecast(table: SalesTable) -> None:
    forecast = forecast_of(table, 10.0)
    emptied = replace(table, empty_shelf=table.empty_shelf.copy())
    emptied.empty_shelf[0, ORIGIN + 1 :] = True
    whole, told = scored(table, ORIGIN, forecast).whole, scored(emptied, ORIGIN, forecast).whole
    assert told.series == whole.series - 1
    assert told.units == whole.units - table.sold[0, ORIGIN + 1 : ORIGIN + 1 + HORIZON].sum()
