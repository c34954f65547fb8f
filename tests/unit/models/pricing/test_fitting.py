import numpy as np
import pytest

from merx_models.pricing.fitting import FLATTEST, STEEPEST, Fit, Prior, Weeks, fit, fit_all


def weeks(elasticity: float, seed: int, *, count: int = 60, moves: float = 0.2) -> Weeks:
    rng = np.random.default_rng(seed)
    price = 200.0 * np.exp(moves * rng.choice([-1.0, -0.5, 0.0, 0.0, 0.3], count))
    traffic = 1_000.0 * rng.uniform(0.8, 1.25, count)
    mean = 12.0 * (price / 200.0) ** elasticity * traffic / traffic.mean()
    units = rng.negative_binomial(15.0, 15.0 / (15.0 + mean)).astype(np.float64)
    return Weeks(price, units, traffic)


class TestFit:
    def test_the_elasticity_lies_in_its_interval_as_often_as_it_says(self) -> None:
        held = 0
        for seed in range(60):
            found = fit(weeks(-2.2, seed), base=200.0)
            held += abs(found.mean[1] + 2.2) < 1.96 * found.covariance[1, 1] ** 0.5
        assert held >= 52  # of 60 at 95 %: 57 +- 2, less what estimating the size costs

    def test_where_prices_hardly_moved_the_others_decide(self) -> None:
        products = [weeks(-2.2, seed) for seed in range(12)] + [weeks(-2.2, 99, moves=0.002)]
        fits, prior = fit_all(products, [200.0] * 13)
        assert prior.mean == pytest.approx(-2.2, abs=0.25)
        assert fits[-1].mean[1] == pytest.approx(prior.mean, abs=0.1)
        assert fits[-1].covariance[1, 1] ** 0.5 == pytest.approx(prior.spread, rel=0.1)

    def test_products_that_differ_have_a_wide_prior(self) -> None:
        alike = fit_all([weeks(-2.0, seed) for seed in range(60)], [200.0] * 60)[1]
        unlike = fit_all([weeks(-1.0 - seed % 10 / 4, seed) for seed in range(60)], [200.0] * 60)[1]
        # 60 estimates with errors of .5; the true spreads are none (.2 is the least) and .72
        assert alike.spread < 0.4
        assert unlike.spread == pytest.approx(0.72, abs=0.25)

    def test_draws_fall_with_price_and_are_the_same_for_a_seed(self) -> None:
        flat = Fit(200.0, np.array([2.0, -0.3]), np.diag([0.01, 4.0]), 10.0)
        drawn = flat.draws(200, np.random.default_rng(1))
        assert drawn.elasticity.max() <= FLATTEST
        assert drawn.elasticity.min() >= STEEPEST
        np.testing.assert_array_equal(drawn.level, flat.draws(200, np.random.default_rng(1)).level)

    def test_a_forecast_and_an_elasticity_from_elsewhere_are_believed_as_they_are(self) -> None:
        known = Fit.of(base=200.0, units=(12.0, 0.1), elasticity=(-2.0, 0.3), size=15.0)
        drawn = known.believed(["log-log", "logit"], 4_000, np.random.default_rng(0))
        assert len(drawn) == 8_000
        # four standard errors of 4,000 draws
        assert np.log(drawn.level).mean() == pytest.approx(np.log(12.0), abs=0.007)
        assert drawn.elasticity.mean() == pytest.approx(-2.0, abs=0.02)
        assert drawn.elasticity.std() == pytest.approx(0.3, abs=0.02)

    @pytest.mark.parametrize(
        "wrong",
        [{"base": 0.0}, {"units": (0.0, 0.1)}, {"elasticity": (float("nan"), 0.1)}, {"elasticity": (-2.0, 0.0)}],
    )
    def test_a_forecast_without_numbers_is_refused(self, wrong: dict[str, float]) -> None:
        fields = {"base": 200.0, "units": (12.0, 0.1), "elasticity": (-2.0, 0.3), "size": 15.0, **wrong}
        with pytest.raises(ValueError, match="above zero"):
            Fit.of(**fields)  # type: ignore[arg-type]

    def test_a_strong_prior_wins_over_few_weeks(self) -> None:
        found = fit(weeks(-2.2, 3, count=5), base=200.0, prior=Prior(mean=-1.0, spread=0.01))
        assert found.mean[1] == pytest.approx(-1.0, abs=0.02)

    @pytest.mark.parametrize("column", ["price", "traffic"])
    def test_a_week_without_a_price_or_a_shopper_is_refused(self, column: str) -> None:
        columns = {"price": np.ones(4), "units": np.ones(4), "traffic": np.ones(4)}
        columns[column] = np.array([1.0, 1.0, 0.0, 1.0])
        with pytest.raises(ValueError, match="above zero"):
            Weeks(**columns)


def test_a_fit_moved_to_another_price_has_the_same_curves() -> None:
    made = Fit.of(base=200.0, units=(8.0, 0.2), elasticity=(-2.5, 0.4), size=5.0)
    moved = made.at(300.0)
    assert np.exp(moved.mean[0]) == pytest.approx(8.0 * 1.5**-2.5)
    assert moved.mean[1] == -2.5
    assert moved.covariance[0, 0] == pytest.approx(0.2**2 + (0.4 * np.log(1.5)) ** 2)
    np.testing.assert_allclose(moved.at(200.0).covariance, made.covariance, atol=1e-12)
