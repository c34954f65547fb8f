import numpy as np
import pytest

from merx_models.off_policy import Estimate, Log, bernstein, cross_fitted, doubly_robust, ips, lift, snips

ROUNDS, ARMS = 4_000, 4
LOGGING = np.array([0.4, 0.3, 0.2, 0.1])
TARGET = np.array([0.1, 0.2, 0.3, 0.4])
RATES = np.array([0.1, 0.2, 0.3, 0.4])
TRUTH = float(TARGET @ RATES)


def make_log(seed: int) -> tuple[Log, np.ndarray]:
    rng = np.random.default_rng(seed)
    actions = rng.choice(ARMS, ROUNDS, p=LOGGING)
    rewards = (rng.random(ROUNDS) < RATES[actions]).astype(float)
    return Log(rewards, LOGGING[actions], TARGET[actions]), actions


def doubly(log: Log, actions: np.ndarray, rates: np.ndarray) -> Estimate:
    return doubly_robust(log, expected=np.full(ROUNDS, float(TARGET @ rates)), of_logged=rates[actions])


class TestEstimates:
    def test_intervals_hold_the_truth_as_often_as_they_say(self) -> None:
        held = dict.fromkeys(("ips", "snips", "dr", "bernstein"), 0)
        for seed in range(300):
            log, actions = make_log(seed)
            found = {
                "ips": ips(log),
                "snips": snips(log),
                "dr": doubly(log, actions, RATES),
                "bernstein": bernstein(log),
            }
            for name, estimate in found.items():
                held[name] += estimate.low <= TRUTH <= estimate.high
        # 300 trials at 95 %: 275 to 295 is four standard errors; Bernstein promises at least 95 %
        assert all(273 <= held[name] <= 297 for name in ("ips", "snips", "dr")), held
        assert held["bernstein"] >= 285

    def test_without_a_change_of_policy_nothing_changes(self) -> None:
        log, _ = make_log(0)
        same = Log(log.rewards, log.logged, log.logged)
        assert ips(same).value == pytest.approx(log.rewards.mean())
        assert ips(same).effective == pytest.approx(ROUNDS)

    def test_a_wrong_model_is_put_right_by_the_propensities(self) -> None:
        wrong = np.array([0.9, 0.1, 0.9, 0.1])
        values = [doubly(*make_log(seed), wrong).value for seed in range(60)]
        assert np.mean(values) == pytest.approx(TRUTH, abs=0.006)

    def test_a_good_model_narrows_the_interval(self) -> None:
        log, actions = make_log(1)
        plain, modelled = ips(log), doubly(log, actions, RATES)
        assert modelled.high - modelled.low < plain.high - plain.low

    def test_snips_is_not_moved_by_scaled_propensities(self) -> None:
        log, _ = make_log(2)
        halved = Log(log.rewards, log.logged / 2, log.target)
        assert snips(halved).value == pytest.approx(snips(log).value)

    def test_lift_is_relative_and_carries_the_noise_of_both(self) -> None:
        log, _ = make_log(3)
        gain = lift(ips(log), log.rewards)
        assert gain.value == pytest.approx(ips(log).value / log.rewards.mean() - 1)
        assert gain.low < gain.value < gain.high


class TestRefusals:
    def test_a_round_without_propensity_is_refused(self) -> None:
        with pytest.raises(ValueError, match="propensities"):
            Log(np.zeros(2), np.array([0.5, 0.0]), np.ones(2))

    def test_a_policy_that_was_never_logged_has_no_estimate(self) -> None:
        with pytest.raises(ValueError, match="never"):
            snips(Log(np.ones(3), np.full(3, 0.5), np.zeros(3)))


class TestCrossFitting:
    def test_no_round_is_predicted_from_itself(self) -> None:
        rng = np.random.default_rng(0)
        context, actions = rng.normal(size=(600, 2)), rng.integers(0, 2, 600)
        rewards = rng.random(600)
        changed = rewards.copy()
        changed[0] += 0.5
        first = cross_fitted(context, actions, rewards, arms=2)
        second = cross_fitted(context, actions, changed, arms=2)
        np.testing.assert_array_equal(first[0], second[0])
        assert (first[1] != second[1]).any()

    def test_what_depends_on_the_context_is_found(self) -> None:
        rng = np.random.default_rng(1)
        context, actions = rng.normal(size=(3_000, 1)), rng.integers(0, 2, 3_000)
        truth = np.clip(0.5 + 0.2 * context * np.array([1, -1]), 0, 1)
        rewards = (rng.random(3_000) < truth[np.arange(3_000), actions]).astype(float)
        assert np.abs(cross_fitted(context, actions, rewards, arms=2) - truth).mean() < 0.05
