"""Calibration: intervals cover what they promise, groups apart, and little evidence moves little."""

import numpy as np
import pytest

from merx_models.demand.conformal import Conformal
from merx_models.demand.quantiles import LEVELS, SCORES
from merx_models.demand.sales import Doubles, Ints

ROWS = 30_000


def forecasts(seed: int, spread: float = 1.0) -> tuple[Doubles, Doubles, Ints]:
    """Quantiles that promise too little, of calm and restless rows; group 1 is also too low."""
    rng = np.random.default_rng(seed)
    scale, group = rng.uniform(0.1, 1.0, ROWS), rng.integers(0, 2, ROWS)
    quantiles = 5.0 + 0.5 * scale[:, None] * SCORES
    return quantiles, 5.0 + scale * (spread * rng.normal(size=ROWS) + 0.4 * group), group


class TestConformal:
    def test_each_quantile_covers_its_share_of_new_rows_in_each_group(self) -> None:
        quantiles, actual, group = forecasts(0)
        fitted = Conformal.fit(quantiles, actual, group=group, age=np.zeros(ROWS), half_life=10.0)
        quantiles, actual, group = forecasts(1)
        moved = fitted.apply(quantiles, group)
        for code in (0, 1):
            shares = (actual[:, None] <= moved)[group == code].mean(axis=0)
            np.testing.assert_allclose(
                shares, LEVELS, atol=0.02
            )  # three standard errors, .0041 each in the fit and in the check

    def test_restless_rows_get_wider_intervals(self) -> None:
        quantiles, actual, group = forecasts(0)
        moved = Conformal.fit(quantiles, actual, group=group, age=np.zeros(ROWS), half_life=10.0).apply(
            quantiles, group
        )
        assert np.corrcoef(moved[:, -1] - moved[:, 0], quantiles[:, -1] - quantiles[:, 0])[0, 1] > 0.99

    def test_recent_outcomes_weigh_more(self) -> None:
        old, new = forecasts(0, spread=0.3), forecasts(1, spread=2.0)
        joined = [np.concatenate(pair) for pair in zip(old, new, strict=True)]
        fitted = [
            Conformal.fit(joined[0], joined[1], group=joined[2], age=np.repeat([age, 0.0], ROWS), half_life=2.0)
            for age in (0.0, 20.0)
        ]
        assert fitted[1].everywhere[-1] > fitted[0].everywhere[-1]

    def test_a_group_with_three_rows_stays_near_the_others(self) -> None:
        quantiles, actual, group = forecasts(0)
        group[:] = 0
        group[:3], actual[:3] = 5, 50.0
        fitted = Conformal.fit(quantiles, actual, group=group, age=np.zeros(ROWS), half_life=10.0)
        assert abs(fitted.moves[5][-1] - fitted.everywhere[-1]) < 0.02 * abs(50.0 - 5.0) / 0.1

    def test_a_group_nobody_has_seen_gets_the_moves_of_all(self) -> None:
        quantiles, actual, group = forecasts(0)
        fitted = Conformal.fit(quantiles, actual, group=group, age=np.zeros(ROWS), half_life=10.0)
        width = (quantiles[:, -1] - quantiles[:, 0])[:, None]
        np.testing.assert_allclose(fitted.apply(quantiles, np.full(ROWS, 9)), quantiles + fitted.everywhere * width)

    def test_without_outcomes_nothing_moves(self) -> None:
        nothing = np.zeros(0)
        fitted = Conformal.fit(np.zeros((0, 9)), nothing, group=np.zeros(0, np.int64), age=nothing, half_life=1.0)
        quantiles = forecasts(0)[0]
        np.testing.assert_array_equal(fitted.apply(quantiles, np.zeros(ROWS, np.int64)), quantiles)

    def test_a_constant_series_can_be_moved(self) -> None:
        quantiles, actual = np.full((50, 9), 3.0), np.full(50, 3.5)
        group = np.zeros(50, np.int64)
        moved = Conformal.fit(quantiles, actual, group=group, age=np.zeros(50), half_life=9.0).apply(quantiles, group)
        np.testing.assert_allclose(moved, 3.5)

    def test_its_description_is_the_whole_of_it(self) -> None:
        quantiles, actual, group = forecasts(0)
        fitted = Conformal.fit(quantiles, actual, group=group, age=np.zeros(ROWS), half_life=10.0)
        again = Conformal.of(fitted.described())
        assert again.apply(quantiles, group) == pytest.approx(fitted.apply(quantiles, group))
