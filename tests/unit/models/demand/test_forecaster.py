"""The forecaster as a shop meets it: direction, empty shelves, new products, odd series, time going on."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from merx_models.demand.boosted import BoostedSettings
from merx_models.demand.choosing import Choice
from merx_models.demand.features import KNOWN, NEW, NEW_HERE, Panel
from merx_models.demand.forecaster import DemandForecast, DemandForecaster, ForecasterDamaged, ForecastSettings
from merx_models.demand.long_table import read_long
from merx_models.demand.quantiles import MEDIAN
from merx_models.demand.recurrent import RecurrentSettings
from merx_models.demand.sales import DAILY, SalesError, SalesTable
from tests.unit.models.demand.shop import FIRST, PRODUCTS, STORES, WEEKS, columns, shop

ORIGIN = 70
TARGETS = [(ORIGIN + 1, 1), (ORIGIN + 2, 2)]
TREES = BoostedSettings(rounds=80, spread_rounds=20, rate=0.1, min_rows=10)
NETWORK = RecurrentSettings(hidden=4, epochs=2, rows=1_000, batch=64)
SETTINGS = ForecastSettings(horizons=(1, 2), backtest=8, members=("boosted", "baselines"), settings={"boosted": TREES})


def fit(table: SalesTable, **changed: Any) -> DemandForecaster:
    return DemandForecaster.fit(Panel(table), ORIGIN, settings=SETTINGS, **changed)


@pytest.fixture(scope="module")
def fitted() -> DemandForecaster:
    return fit(shop())


def planned(model: DemandForecaster, *, price: float = 1.0, promotion: float | None = None) -> DemandForecast:
    """Forecasts with the planned prices times `price`, and all promoted or not."""
    table = shop()
    prices, promotions = table.price.copy(), table.promotions.copy()
    prices[:, ORIGIN + 1 :] *= price
    if promotion is not None:
        promotions[:, ORIGIN + 1 :] = promotion
    return model.predict(Panel(table.replace(price=prices, promotions=promotions)), TARGETS)


class TestDirection:
    def test_a_higher_price_raises_no_mean_forecast(self, fitted: DemandForecaster) -> None:
        means = [planned(fitted, price=price).point.mean() for price in (0.75, 0.85, 1.0, 1.15)]
        assert means == sorted(means, reverse=True)
        assert means[0] > 1.2 * means[-1]

    def test_a_promotion_raises_the_forecast(self, fitted: DemandForecaster) -> None:
        raised = planned(fitted, promotion=1.0).point / planned(fitted, promotion=0.0).point
        assert raised.mean() > 1.2

    def test_quantiles_do_not_cross_and_are_not_below_nothing(self, fitted: DemandForecaster) -> None:
        quantiles = planned(fitted).quantiles
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert (quantiles >= 0).all()

    def test_forecasts_are_near_what_came(self, fitted: DemandForecaster) -> None:
        found = planned(fitted)
        actual = shop().sold[found.series, found.period]
        assert np.mean(np.abs(found.point - actual) / actual) < 0.25
        covered = (found.quantiles[:, 0] <= actual) & (actual <= found.quantiles[:, -1])
        assert 0.6 < covered.mean() <= 1.0

    def test_a_second_fit_gives_the_same_numbers(self, fitted: DemandForecaster) -> None:
        np.testing.assert_array_equal(planned(fit(shop())).quantiles, planned(fitted).quantiles)

    def test_later_sales_are_not_read(self, fitted: DemandForecaster) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[:, ORIGIN + 1 :] = 1.0
        changed = fit(table.replace(sold=sold))
        np.testing.assert_array_equal(planned(changed).quantiles, planned(fitted).quantiles)


class TestEmptyShelves:
    def test_an_empty_shelf_does_not_pull_the_forecast_down(self, fitted: DemandForecaster) -> None:
        table = shop()
        empty = np.zeros(table.sold.shape, dtype=bool)
        empty[:STORES, ORIGIN - 12 : ORIGIN : 2] = True
        sold = np.where(empty, 0.0, table.sold)
        told, untold = (fit(table.replace(sold=sold, empty_shelf=flags)) for flags in (empty, np.zeros_like(empty)))
        panels = [Panel(table.replace(sold=sold, empty_shelf=flags)) for flags in (empty, np.zeros_like(empty))]
        usual = planned(fitted).quantiles[:STORES, MEDIAN].mean()
        assert told.predict(panels[0], TARGETS).quantiles[:STORES, MEDIAN].mean() > 0.9 * usual
        assert untold.predict(panels[1], TARGETS).quantiles[:STORES, MEDIAN].mean() < 0.9 * usual


class TestNewProducts:
    def test_they_start_from_their_category_with_wider_intervals(self) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[:STORES] = np.nan  # product 0 nowhere
        sold[STORES] = np.nan  # product 1 not in the first store
        changed = table.replace(sold=sold)
        found = fit(changed).predict(Panel(changed), TARGETS[:1])
        np.testing.assert_array_equal(found.newness, [NEW] * STORES + [NEW_HERE] + [KNOWN] * (len(found) - STORES - 1))
        assert np.isfinite(found.quantiles).all()
        spread = np.log1p(found.quantiles[:, -1]) - np.log1p(found.quantiles[:, 0])
        assert spread[:STORES].mean() > 1.5 * np.median(spread[found.newness == KNOWN])
        same = np.arange(STORES * PRODUCTS) // STORES % 2 == 0
        usual = found.quantiles[same & (found.newness == KNOWN), MEDIAN]
        assert usual.min() * 0.5 < found.quantiles[:STORES, MEDIAN].mean() < usual.max() * 2.0


class TestOddTables:
    @pytest.mark.parametrize("value", [0.0, 7.0])
    def test_constant_series_are_forecast_as_they_are(self, value: float) -> None:
        table = shop()
        found = fit(table.replace(sold=np.full_like(table.sold, value))).predict(Panel(table), TARGETS)
        assert np.isfinite(found.quantiles).all()
        np.testing.assert_allclose(fit_constant(value), value, atol=0.5)

    def test_one_series_alone_is_enough(self) -> None:
        table = shop(products=1, stores=1)
        found = fit(table).predict(Panel(table), TARGETS)
        assert np.isfinite(found.quantiles).all()
        assert len(found) == 2

    def test_gaps_and_short_series_are_forecast(self) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[np.random.default_rng(0).random(sold.shape) < 0.3] = np.nan
        sold[3, : ORIGIN - 2] = np.nan
        sold[4, 5:] = np.nan
        price = table.price.copy()
        price[5], price[:, 20:25] = np.nan, np.nan
        changed = table.replace(sold=sold, price=price)
        assert np.isfinite(fit(changed).predict(Panel(changed), TARGETS).quantiles).all()

    def test_a_table_without_sales_is_refused(self) -> None:
        table = shop(products=1, stores=1)
        with pytest.raises(ValueError, match="no series has sales in period 1070"):
            fit(table.replace(sold=np.full_like(table.sold, np.nan)))

    def test_promotions_and_prices_may_be_missing_altogether(self) -> None:
        given = {"series": np.repeat(["a", "b"], 80), "time": np.tile(np.arange(80), 2)}
        table = read_long(given | {"value": np.random.default_rng(0).poisson(20, 160).astype(float)})
        found = fit(table).predict(Panel(table), TARGETS)
        assert np.isfinite(found.quantiles).all()
        assert 10 < found.point.mean() < 30


def fit_constant(value: float) -> Any:
    table = shop()
    constant = table.replace(sold=np.full_like(table.sold, value))
    return fit(constant).predict(Panel(constant), TARGETS).point


class TestTime:
    def test_what_came_true_joins_the_calibration(self, fitted: DemandForecaster) -> None:
        later = fitted.refit(Panel(shop()), ORIGIN + 4)
        assert fitted.scored is not None
        assert later.scored is not None
        assert later.learned.period == FIRST + ORIGIN + 4
        came = range(FIRST + ORIGIN + 1, FIRST + ORIGIN + 5)
        assert set(later.scored.period) == {*fitted.scored.period, *came}
        assert np.isfinite(later.predict(Panel(shop()), [(ORIGIN + 5, 1)]).quantiles).all()

    def test_a_table_that_begins_later_is_read_by_its_period_numbers(self, fitted: DemandForecaster) -> None:
        given = columns()
        late = read_long({name: values[given["time"] >= FIRST + 5] for name, values in given.items()})
        later = fitted.refit(Panel(late), ORIGIN + 4 - 5)
        assert later.scored is not None
        assert later.scored.period.max() == later.learned.period == FIRST + ORIGIN + 4

    def test_time_does_not_run_backwards(self, fitted: DemandForecaster) -> None:
        with pytest.raises(SalesError, match="time: period 1070 is not after 1070"):
            fitted.refit(Panel(shop()), ORIGIN)


class TestRefusals:
    def test_weeks_without_any_sales_are_not_forecast_from(self, fitted: DemandForecaster) -> None:
        missing = shop().until(ORIGIN - 2)
        with pytest.raises(SalesError, match="value: no series has sales in period 1070"):
            fitted.predict(Panel(missing), TARGETS)
        with pytest.raises(SalesError, match="value: no series has sales in period 1070"):
            fit(missing)

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            ((WEEKS, 1), "time: period 1080 is not in the table"),
            ((ORIGIN + 1, 3), "horizon: 3"),
            ((0, 0), "horizon: 0"),
        ],
    )
    def test_what_is_out_of_reach_is_not_forecast(
        self, fitted: DemandForecaster, target: tuple[int, int], said: str
    ) -> None:
        with pytest.raises(SalesError, match=said):
            fitted.predict(Panel(shop()), [target])

    def test_an_unknown_series_is_named(self, fitted: DemandForecaster) -> None:
        with pytest.raises(SalesError, match="series: 'p9/s9' is not in the table"):
            fitted.predict(Panel(shop()), TARGETS, series=["p0/s0", "p9/s9"])

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"promotion_offer": "promotion_sale"}, "promotion_offer: the column is missing"),
            ({"value": "value", "price": "promotion_sale"}, "promotion_sale: the forecaster never learned"),
        ],
    )
    def test_a_table_of_other_covariates_is_refused(
        self, fitted: DemandForecaster, changed: dict[str, str], said: str
    ) -> None:
        table = read_long({changed.get(name, name): values for name, values in columns().items()})
        with pytest.raises(SalesError, match=said):
            fitted.predict(Panel(table), TARGETS)

    def test_a_daily_table_is_not_for_a_weekly_forecaster(self, fitted: DemandForecaster) -> None:
        with pytest.raises(SalesError, match="time: a daily table"):
            fitted.predict(Panel(read_long(columns(), cadence=DAILY)), TARGETS)


class TestOtherTables:
    def test_chosen_series_come_in_the_order_asked_for(self, fitted: DemandForecaster) -> None:
        whole, names = planned(fitted), ["p3/s1", "p0/s2"]
        found = fitted.predict(Panel(shop()), TARGETS, series=names)
        rows = shop().rows_of(names)
        np.testing.assert_array_equal(found.series, np.tile(rows, len(TARGETS)))
        np.testing.assert_array_equal(found.period, np.repeat([ORIGIN + 1, ORIGIN + 2], 2))
        size = PRODUCTS * STORES
        np.testing.assert_allclose(found.point, whole.point[np.concatenate([rows, rows + size])])

    def test_a_series_that_comes_later_moves_nobody_elses_forecast_to_another(self, fitted: DemandForecaster) -> None:
        """The new product's name and family sort before all others, so every place in the table is another."""
        given = columns()
        added = {name: values[given["product"] == "p5"].copy() for name, values in given.items()}
        added |= {"series": np.char.add("a", added["series"]), "product": np.full(len(added["time"]), "a")}
        added |= {"family": np.full(len(added["time"]), "a"), "value": np.full(len(added["time"]), np.nan)}
        table = read_long({name: np.concatenate([values, added[name]]) for name, values in given.items()})
        assert table.names[0] == "ap5/s0"
        found = fitted.predict(Panel(table), TARGETS, series=shop().names)
        before = planned(fitted)
        np.testing.assert_array_equal(found.member, before.member)
        near = found.quantiles[:, MEDIAN] / before.quantiles[:, MEDIAN]
        assert np.abs(np.log(near)).max() < 0.2  # the new neighbour's price moves what is known of the shelf
        new = fitted.predict(Panel(table), TARGETS, series=["ap5/s0"])
        assert (new.newness == NEW).all()
        assert (new.point > 0).all()


class TestSaved:
    def test_a_loaded_forecaster_answers_the_same(self, fitted: DemandForecaster, tmp_path: Path) -> None:
        fitted.save(tmp_path)
        loaded = DemandForecaster.load(tmp_path)
        ours, theirs = planned(fitted), planned(loaded)
        np.testing.assert_allclose(theirs.quantiles, ours.quantiles, rtol=1e-3)  # float32 sums in the graphs
        np.testing.assert_allclose(theirs.point, ours.point, rtol=1e-3)
        assert loaded.calibration.choice == fitted.calibration.choice

    def test_a_forecaster_needs_no_memory_to_go_on(self, fitted: DemandForecaster, tmp_path: Path) -> None:
        fitted.save(tmp_path)
        later = DemandForecaster.load(tmp_path).refit(Panel(shop()), ORIGIN + 4)
        assert later.learned.period == FIRST + ORIGIN + 4

    def test_all_three_members_serve_without_the_libraries_of_training(self, tmp_path: Path) -> None:
        """In a process of its own, because this one has them imported."""
        settings = ForecastSettings(horizons=(1, 2), settings={"boosted": TREES, "recurrent": NETWORK})
        model = DemandForecaster.fit(Panel(shop()), ORIGIN, settings=settings)
        all_serve = Choice(tuple(model.members), 0, {0: 1, 1: 2})
        model.calibration = replace(model.calibration, choice=all_serve)
        model.save(tmp_path / "forecaster")
        served = [sys.executable, "-m", "tests.unit.models.demand.serving", str(tmp_path)]
        subprocess.run(served, check=True)
        theirs = np.load(tmp_path / "quantiles.npy")
        np.testing.assert_allclose(theirs, planned(model).quantiles, rtol=1e-3)

    @pytest.mark.parametrize("file", ["forecaster.json", "boosted/centre.onnx", "boosted/boosted.json"])
    @pytest.mark.parametrize("damage", ["cut off", "missing", "changed"])
    def test_a_damaged_file_is_named(self, fitted: DemandForecaster, tmp_path: Path, file: str, damage: str) -> None:
        fitted.save(tmp_path)
        path = tmp_path / file
        whole = path.read_bytes()
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(whole[: len(whole) // 2] if damage == "cut off" else b"{}" + whole[2:])
        with pytest.raises(ForecasterDamaged, match=file):
            DemandForecaster.load(tmp_path)

    def test_a_description_of_another_format_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "forecaster.json").write_text('{"format": 9}')
        with pytest.raises(ForecasterDamaged, match="format 9"):
            DemandForecaster.load(tmp_path)
