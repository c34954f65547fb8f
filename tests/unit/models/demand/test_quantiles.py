"""Nine quantiles: their loss, their order, the number that a loss asks for."""

import numpy as np
import pytest

from merx_models.demand.quantiles import LEVELS, SCORES, Aim, ordered, pinball, point
from merx_models.demand.sales import Doubles

MEAN, DEVIATION = 6.0, 0.5
LOGNORMAL: Doubles = np.tile(MEAN + DEVIATION * SCORES, (3, 1))


class TestPinball:
    def test_a_unit_too_low_costs_its_level_and_a_unit_too_high_the_rest(self) -> None:
        low, high = pinball(np.full((2, 9), 5.0), np.array([6.0, 4.0]))
        assert low == pytest.approx(LEVELS.mean())
        assert high == pytest.approx((1 - LEVELS).mean())

    def test_quantiles_that_cross_are_put_in_order(self) -> None:
        crossed = np.random.default_rng(0).normal(size=(20, 9))
        assert (np.diff(ordered(crossed), axis=1) >= 0).all()


class TestPoint:
    @pytest.mark.parametrize(
        ("aim", "logged"),
        [("median", MEAN), ("percentage", MEAN - DEVIATION**2), ("mean", MEAN + DEVIATION**2 / 2)],
    )
    def test_of_a_lognormal_it_is_what_theory_says(self, aim: Aim, logged: float) -> None:
        """Within 3 %: the tails stand on 99 values."""
        np.testing.assert_allclose(point(LOGNORMAL, aim), np.exp(logged), rtol=0.03)

    def test_it_minimises_percentage_error_on_draws(self) -> None:
        drawn = np.exp(np.random.default_rng(1).normal(MEAN, DEVIATION, 20_000))
        best = point(LOGNORMAL, "percentage")[0]
        losses = [np.mean(np.abs(drawn - guess) / drawn) for guess in (best, best * 1.1, best / 1.1)]
        assert losses[0] == min(losses)

    def test_where_nothing_sells_the_point_is_nothing(self) -> None:
        for aim in ("median", "mean", "percentage"):
            assert point(np.zeros((1, 9)), aim) == pytest.approx([0.0])
