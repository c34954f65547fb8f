from dataclasses import replace

import numpy as np

from merx_models.elasticity.estimation import Estimate, Estimates, own_estimates
from merx_models.elasticity.refutation import placebo_checks, random_cause_check, refute, shuffled
from tests.unit.models.elasticity.sales import shop

SHOP = shop(40, 2)
NO_PERIODS, NOTHING = np.empty(0, np.int64), np.empty(0)


def found(*means: float, se: float = 0.1) -> Estimates:
    own = {(f"p{number}", ""): Estimate(mean, se, 100, 0.1, NO_PERIODS, NOTHING) for number, mean in enumerate(means)}
    return Estimates(own, {}, "log")


REAL = found(-2.1, -1.9, -2.0, -2.0)


class TestPlacebo:
    def test_prices_in_another_order_have_no_effect(self) -> None:
        history = SHOP.history()
        placebo = replace(history, log_price=shuffled(history, np.random.default_rng(0)))
        means = [own.mean for own in own_estimates(placebo).own.values()]
        # standard error of one is about .3, of the mean of 40 .05
        assert abs(float(np.mean(means))) < 0.15

    def test_every_series_keeps_its_prices_and_stores_move_together(self) -> None:
        history = SHOP.history()
        history = replace(history, log_price=history.time + 0.5 * (history.store == "south"))
        placebo = shuffled(history, np.random.default_rng(0))
        one = (history.product == "p00") & (history.store == "north")
        other = (history.product == "p00") & (history.store == "south")
        assert sorted(placebo[one]) == sorted(history.log_price[one])
        assert placebo[one].tolist() != history.log_price[one].tolist()
        np.testing.assert_array_equal(placebo[one] + 0.5, placebo[other])

    def test_an_estimator_that_sees_an_effect_where_none_is_fails(self) -> None:
        mean, significant = placebo_checks(REAL, found(-1.1, -0.9, -1.0, -1.0))
        assert (mean.name, mean.passed, round(mean.value, 6)) == ("placebo_mean", False, 1.0)
        assert (significant.name, significant.passed, significant.value) == ("placebo_significant", False, 1.0)

    def test_intervals_that_are_too_narrow_fail(self) -> None:
        scattered = (0.3, -0.3, 0.25, -0.25)
        mean, significant = placebo_checks(REAL, found(*scattered, se=0.1))
        assert mean.passed
        assert not significant.passed
        assert all(check.passed for check in placebo_checks(REAL, found(*scattered, se=0.3)))

    def test_one_placebo_is_no_check(self) -> None:
        assert placebo_checks(REAL, found(0.0)) == []


class TestRandomCause:
    def test_a_meaningless_cause_may_move_estimates_a_little(self) -> None:
        (little,) = random_cause_check(REAL, found(-2.11, -1.91, -1.99, -2.0))
        (much,) = random_cause_check(REAL, found(-2.4, -1.6, -2.3, -1.7))
        assert (little.passed, much.passed) == (True, False)
        assert (little.cells, much.limit) == (4, 0.25)

    def test_cells_that_lost_their_estimate_are_not_compared(self) -> None:
        assert random_cause_check(REAL, found()) == []


class TestRefute:
    def test_right_estimates_pass_all_checks(self) -> None:
        checks = refute(SHOP.history())
        assert [check.name for check in checks] == ["placebo_mean", "placebo_significant", "random_common_cause"]
        assert all(check.passed for check in checks)
        assert all(check.cells == 40 for check in checks)

    def test_whole_categories_are_looked_at(self) -> None:
        assert {check.cells for check in refute(SHOP.history(), products=20)} == {20}
        assert {check.cells for check in refute(SHOP.history(), products=39)} == {20}

    def test_the_same_seed_says_the_same(self) -> None:
        history = SHOP.history()
        first, again, other = (refute(history, products=20, seed=seed) for seed in (1, 1, 2))
        assert first == again
        assert first != other

    def test_a_history_without_estimates_has_nothing_to_refute(self) -> None:
        assert refute(SHOP.history(np.arange(6))) == []
