from pathlib import Path

import numpy as np
import pytest

from merx_models.exploration import Arms, Thompson, ThompsonSettings, new_products

SETTINGS = ThompsonSettings(prior_trials=4.0, floor=0.05, simulations=2_000)


def fresh(arms: int) -> Thompson:
    return Thompson.fit(Arms(np.arange(arms, dtype=np.int32), np.zeros(arms), np.zeros(arms)), settings=SETTINGS)


class TestThompson:
    def test_probabilities_add_up_to_one_and_none_is_nought(self) -> None:
        arms = Arms(np.arange(30, dtype=np.int32), np.full(30, 500.0), np.arange(30.0))
        bandit = Thompson.fit(arms, settings=SETTINGS)
        assert bandit.probabilities.sum() == pytest.approx(1.0, abs=1e-12)
        assert bandit.probabilities.min() >= SETTINGS.floor / 30 - 1e-12

    def test_it_converges_on_the_best_arm(self) -> None:
        rates = np.array([0.05, 0.1, 0.3])
        rng = np.random.default_rng(0)
        bandit = fresh(3)
        for _ in range(30):
            shown = rng.multinomial(100, bandit.probabilities)
            bandit = bandit.learn(shown.astype(float), rng.binomial(shown, rates).astype(float))
        assert bandit.probabilities.argmax() == 2
        assert bandit.probabilities[2] > 0.9

    def test_an_arm_that_nobody_tried_is_tried_before_one_known_to_be_bad(self) -> None:
        arms = Arms(np.array([7, 8, 9], np.int32), np.array([0.0, 1000.0, 1000.0]), np.array([0.0, 1.0, 100.0]))
        shares = Thompson.fit(arms, settings=SETTINGS).probabilities
        assert shares[0] > shares[1]

    def test_logged_propensities_are_those_of_the_draws(self) -> None:
        arms = Arms(np.arange(4, dtype=np.int32), np.full(4, 50.0), np.array([2.0, 5.0, 10.0, 1.0]))
        bandit = Thompson.fit(arms, settings=SETTINGS)
        rng = np.random.default_rng(1)
        draws = [bandit.draw(2, rng) for _ in range(20_000)]
        first = np.bincount([rows[0] for rows, _ in draws], minlength=4) / len(draws)
        np.testing.assert_allclose(first, bandit.probabilities, atol=0.015)  # four standard errors of 20,000 draws
        # the mean of 1 / propensity of a draw, over arms that can follow, counts those arms: three
        assert np.mean([1 / given[1] for _, given in draws]) == pytest.approx(3.0, rel=0.1)

    def test_draws_are_distinct_and_no_more_than_there_are(self) -> None:
        rows, propensity = fresh(5).draw(9, np.random.default_rng(0))
        assert sorted(rows.tolist()) == [0, 1, 2, 3, 4]
        assert propensity[-1] == pytest.approx(1.0)

    def test_arms_that_differ_by_chance_alone_are_tried_alike(self) -> None:
        rng = np.random.default_rng(3)
        trials = np.full(80, 60.0)
        clicks = rng.binomial(60, 0.004, 80).astype(float)
        shares = Thompson.fit(Arms(np.arange(80, dtype=np.int32), trials, clicks)).probabilities
        assert shares.max() < 4 / 80

    def test_an_empty_pool_draws_nothing(self) -> None:
        rows, propensity = fresh(0).draw(3, np.random.default_rng(0))
        assert len(rows) == len(propensity) == 0

    def test_it_is_the_same_after_loading(self, tmp_path: Path) -> None:
        bandit = fresh(6).learn(np.full(6, 20.0), np.arange(6.0))
        bandit.save(tmp_path)
        loaded = Thompson.load(tmp_path)
        for one, other in zip(
            bandit.draw(4, np.random.default_rng(3)), loaded.draw(4, np.random.default_rng(3)), strict=True
        ):
            np.testing.assert_array_equal(one, other)

    def test_more_successes_than_trials_are_refused(self) -> None:
        with pytest.raises(ValueError, match="successes"):
            Arms(np.array([1], np.int32), np.array([1.0]), np.array([2.0]))


class TestNewProducts:
    def test_new_means_young_and_hardly_sold(self) -> None:
        sales, age = np.array([0, 3, 500, 0]), np.array([5.0, 10.0, 5.0, 400.0], np.float32)
        assert new_products(sales, age, max_sales=5, max_age_days=60.0).tolist() == [0, 1]
