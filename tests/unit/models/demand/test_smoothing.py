"""Statistical baselines: each method on series whose continuation is known, and as statsforecast applies it."""

import numpy as np
import pytest
from statsforecast.models import AutoETS

from merx_models.demand.sales import DAILY, WEEKLY, Cadence, Doubles
from merx_models.demand.smoothing import DAMPED, METHODS, estimated, forecasts, profile, smoothed


def ahead(demand: Doubles, name: str, horizon: int, cadence: Cadence = WEEKLY) -> Doubles:
    own = np.arange(len(demand))
    rates = {each: estimated(demand, cadence, damped=damped).take(own) for each, damped in DAMPED.items()}
    return forecasts(demand, cadence, horizon, rates)[:, METHODS.index(name)]


def wandering(series: int = 4, periods: int = 90, seed: int = 0) -> Doubles:
    rng = np.random.default_rng(seed)
    return 5.0 + np.cumsum(rng.normal(0.01, 0.1, (series, periods)), axis=1) + rng.normal(0, 0.2, (series, periods))


class TestForecasts:
    @pytest.mark.parametrize("name", METHODS)
    def test_a_constant_series_stays_as_it_is(self, name: str) -> None:
        np.testing.assert_allclose(ahead(np.full((1, 60), 3.0), name, 4), 3.0)

    def test_seasonal_naive_repeats_last_year(self) -> None:
        np.testing.assert_array_equal(ahead(np.arange(60.0)[None], "seasonal_naive", 2), [[8.0, 9.0]])

    def test_before_a_whole_season_there_is_no_last_year(self) -> None:
        assert np.isnan(ahead(np.arange(30.0)[None], "seasonal_naive", 2)).all()

    def test_a_moving_average_is_of_the_last_eight_weeks(self) -> None:
        np.testing.assert_allclose(ahead(np.arange(60.0)[None], "moving_average", 2), 55.5)

    def test_a_trend_is_followed_and_simple_smoothing_does_not_follow_it(self) -> None:
        rising = np.arange(60.0)[None] + np.random.default_rng(0).normal(0, 0.1, (1, 60))
        assert ahead(rising, "damped_trend", 2)[0] == pytest.approx([60.0, 61.0], abs=0.7)
        assert ahead(rising, "smoothing", 2)[0] == pytest.approx([59.0, 59.0], abs=0.7)

    @pytest.mark.parametrize("name", list(DAMPED))
    def test_smoothing_is_statsforecasts(self, name: str) -> None:
        """Within .02 in log1p: the filter here starts at the first value, statsforecast's where it fits best."""
        demand = wandering()
        model = "AAN" if DAMPED[name] else "ANN"
        method = AutoETS(season_length=1, model=model, damped=True if DAMPED[name] else None)
        theirs = [method.fit(values).predict(h=3)["mean"] for values in demand]
        np.testing.assert_allclose(ahead(demand, name, 3), theirs, atol=0.02)

    @pytest.mark.parametrize("known", [8, 9, 10])
    def test_a_series_too_short_to_estimate_is_smoothed_as_others_usually_are(self, known: int) -> None:
        demand = np.vstack([wandering(periods=40), np.full(40, np.nan)])
        demand[-1, -known:] = np.arange(known) % 3
        rates = estimated(demand, WEEKLY, damped=True)
        assert (rates.level[-2] == rates.level[-1]) == (known < 10)

    def test_a_week_has_its_profile_in_daily_series(self) -> None:
        week = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 1.0, -2.0])
        daily = 3.0 + np.tile(week, 10)[None]
        np.testing.assert_allclose(ahead(daily, "smoothing", 7, DAILY)[0], 3.0 + week, atol=1e-6)

    def test_a_year_of_weeks_is_not_taken_out(self) -> None:
        assert not profile(wandering(periods=110), WEEKLY, np.arange(110)).any()

    def test_gaps_are_bridged_and_an_empty_series_has_no_forecast(self) -> None:
        values = np.full((3, 30), np.nan)
        values[0, [3, 9, 15, 20, 25]] = 2.0, 3.0, 2.0, 3.0, 2.5
        values[1] = wandering(1, 30)[0]
        found = ahead(values, "smoothing", 2)
        assert np.isfinite(found[:2]).all()
        assert 2.0 <= found[0, 0] <= 3.0
        assert np.isnan(found[2]).all()


class TestEstimated:
    def test_a_restless_level_is_followed_faster_than_a_calm_one_under_noise(self) -> None:
        rng = np.random.default_rng(0)
        calm, restless = rng.normal(5.0, 0.2, 200), 5.0 + np.cumsum(rng.normal(0.0, 0.2, 200))
        slow, fast, _ = estimated(np.stack([calm, restless]), WEEKLY, damped=False).level
        assert slow < 0.2
        assert fast > 0.8

    def test_short_series_take_the_usual_rates(self) -> None:
        demand = wandering()
        demand[1, 3:] = np.nan
        rates = estimated(demand, WEEKLY, damped=True)
        assert len(rates.level) == len(demand) + 1
        assert (rates.level[1], rates.damping[1]) == (rates.level[-1], rates.damping[-1])

    def test_an_unknown_value_is_taken_as_expected(self) -> None:
        demand = wandering(2, 60)
        rates = estimated(demand, WEEKLY, damped=False).take(np.arange(2))
        longer = np.concatenate([demand, np.full((2, 5), np.nan)], axis=1)
        np.testing.assert_allclose(smoothed(longer, rates, 2), smoothed(demand, rates, 2))
