import doubleml
import numpy as np
import pytest
from doubleml.utils import DMLDummyRegressor
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from merx_models.elasticity import Folds
from merx_models.elasticity.estimation import estimate, final_stage, own_estimates
from merx_models.elasticity.history import within
from merx_models.elasticity.nuisances import PENALTIES, cross_fitted, folds_of, nuisances
from tests.unit.models.elasticity.sales import shop

SHOP = shop()
TRUTH = np.array(list(SHOP.truth.values()))


class TestConfounding:
    def test_the_price_effect_is_found_where_least_squares_is_led_astray(self) -> None:
        history = SHOP.history()
        price, units = within(history.log_price, history.series), within(history.log_units, history.series)
        plain = [price[rows] @ units[rows] / (price[rows] @ price[rows]) for rows in history.cells().values()]
        found = own_estimates(history).own
        means = np.array([estimate.mean for estimate in found.values()])
        assert np.abs(np.array(plain) - TRUTH).mean() > 1.0
        # 118 rows, noise .15, free spread of price .1: standard error .14, so .25 is far outside for a mean of ten
        assert np.abs(means - TRUTH).mean() < 0.25

    def test_intervals_hold_the_truth_about_as_often_as_they_say(self) -> None:
        told = shop(60, 3, seed=7)
        found = own_estimates(told.history()).own
        held = [abs(own.mean - told.truth[cell[0]]) < 1.96 * own.se for cell, own in found.items()]
        # 60 draws at .95: three standard errors are .08
        assert 0.87 <= np.mean(held) <= 1.0


class TestAgainstDoubleMl:
    """The library, given the same folds, says the same."""

    def test_the_final_stage_is_that_of_the_library(self) -> None:
        history = SHOP.history(np.flatnonzero(SHOP.columns["store"] == "north"))
        said, rows = nuisances(history, Folds()), history.cells()["p00", ""]
        data = doubleml.DoubleMLData.from_arrays(np.zeros((len(rows), 1)), said.units[rows], said.price[rows])
        model = doubleml.DoubleMLPLR(data, DMLDummyRegressor(), DMLDummyRegressor(), draw_sample_splitting=False)
        model.set_sample_splitting([splits(said.fold[rows])])
        known = {"ml_l": said.units_said, "ml_m": said.price - said.price_left}
        model.fit(external_predictions={"d": {name: column[rows][:, None] for name, column in known.items()}})
        found = estimate(said, history.time, rows, lasting=0)
        assert found.mean == pytest.approx(model.coef[0], rel=1e-9)
        # beside the library's, the error is widened for few periods
        assert found.se == pytest.approx(model.se[0] * np.sqrt(len(rows) / (len(rows) - 3)), rel=1e-9)

    def test_the_nuisances_are_those_of_a_cross_fitted_ridge(self) -> None:
        rng = np.random.default_rng(4)
        known, fold = rng.normal(size=(200, 6)), rng.integers(0, 5, 200)
        price = known @ rng.normal(size=6) + rng.normal(size=200)
        units = known @ rng.normal(size=6) - 2 * price + rng.normal(size=200)
        model = doubleml.DoubleMLPLR(
            doubleml.DoubleMLData.from_arrays(known, units, price),
            Ridge(30.0),
            Ridge(30.0),
            draw_sample_splitting=False,
        )
        model.set_sample_splitting([splits(fold)])
        model.fit()
        outcomes = np.column_stack([units, price])
        left = outcomes - cross_fitted(known, outcomes, fold, (30.0,))[0]
        found = final_stage(left[:, 0], left[:, 1], np.arange(200), lasting=0)
        assert found.mean == pytest.approx(model.coef[0], rel=1e-9)


def splits(fold: NDArray[np.int64]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in np.unique(fold)]


class TestSharedShocks:
    def test_what_all_stores_have_in_common_is_weighed_down(self) -> None:
        rng = np.random.default_rng(8)
        time = np.repeat(np.arange(60), 4)
        errors, plain, held = [], [], []
        for _ in range(300):
            price = rng.normal(0, 0.1, 240)
            units = -2 * price + rng.normal(0, 0.3, 60)[time] + rng.normal(0, 0.1, 240)
            found = final_stage(units, price, time)
            errors.append(found.mean + 2)
            plain.append(price @ units / (price @ price) + 2)
            held.append(abs(errors[-1]) < 1.96 * found.se)
        # the stores' own noise alone is a third of what least squares is left with
        assert np.std(errors) < 0.5 * np.std(plain)
        # 300 draws at .95: three standard errors are .038
        assert 0.91 <= np.mean(held) <= 0.99

    def test_shocks_that_last_widen_the_interval(self) -> None:
        rng = np.random.default_rng(9)
        price, shock = rng.normal(0, 0.1, 200), rng.normal(0, 0.1, 200)
        price, shock = (np.convolve(series, np.ones(4), "valid") for series in (price, shock))
        time = np.arange(len(price))
        alone, lasting = (final_stage(shock - 2 * price, price, time, lasting=lags) for lags in (0, 6))
        assert lasting.mean == alone.mean
        assert lasting.se > 1.3 * alone.se


class TestResponse:
    def test_noise_that_multiplies_is_estimated_in_logs(self) -> None:
        assert own_estimates(SHOP.history()).response == "log"

    def test_noise_that_adds_is_estimated_in_units(self) -> None:
        rng = np.random.default_rng(3)
        price = SHOP.columns["price"].astype(float) / 10
        units = np.maximum(100 * (1 + 0.8 * SHOP.visits - 1.2 * (price - 1)) + rng.normal(0, 12, len(price)), 3)
        found = own_estimates(SHOP.history(units=units))
        assert found.response == "units"
        means = np.array([estimate.mean for estimate in found.own.values()])
        assert means.mean() == pytest.approx(-1.2, abs=0.2)


class TestRefusals:
    def test_a_law_without_noise_is_found(self) -> None:
        units = 50 * (SHOP.columns["price"].astype(float) / 10) ** -2
        found = own_estimates(SHOP.history(units=units)).own
        assert [own.mean for own in found.values()] == pytest.approx([-2.0] * len(SHOP.truth), abs=1e-6)
        assert all(own.se > 0 for own in found.values())

    def test_a_price_that_never_moved_has_no_estimate(self) -> None:
        price = np.where(SHOP.columns["product"] == "p03", 7.0, SHOP.columns["price"].astype(float))
        found = own_estimates(SHOP.history(price=price))
        assert found.without == {("p03", ""): "price_constant"}

    def test_few_weeks_are_too_few(self) -> None:
        assert own_estimates(SHOP.history(SHOP.weeks_of("p04", 10))).without == {("p04", ""): "thin"}

    def test_one_observation_is_too_few(self) -> None:
        assert own_estimates(SHOP.history(np.array([0]))).without == {("p00", ""): "thin"}

    def test_many_weeks_without_a_sale_are_too_many(self) -> None:
        units = SHOP.columns["units"].astype(float).copy()
        own = np.flatnonzero(SHOP.columns["product"] == "p05")
        units[own[::4]] = 0
        assert own_estimates(SHOP.history(units=units)).without == {("p05", ""): "unsold"}


class TestFolds:
    def test_a_block_of_weeks_stays_in_one_fold(self) -> None:
        fold = folds_of(np.arange(100), Folds(folds=5, block=4))
        assert all(len(set(fold[start : start + 4].tolist())) == 1 for start in range(0, 100, 4))
        assert sorted(set(fold[:20].tolist())) == [0, 1, 2, 3, 4]

    def test_what_is_said_of_a_block_does_not_read_it(self) -> None:
        rng = np.random.default_rng(0)
        basis, outcomes, fold = rng.normal(size=(60, 3)), rng.normal(size=(60, 2)), np.arange(60) // 12
        changed = outcomes.copy()
        changed[fold == 2] += 9.0
        before, after = (cross_fitted(basis, given, fold, PENALTIES) for given in (outcomes, changed))
        np.testing.assert_array_equal(after[:, fold == 2], before[:, fold == 2])
        assert (after[:, fold == 1] != before[:, fold == 1]).any()
