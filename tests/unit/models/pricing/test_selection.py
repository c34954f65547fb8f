import numpy as np
import pytest

from merx_models.pricing.selection import choose, robustness

RNG = np.random.default_rng(0)
BASE = {"linear": RNG.normal(100.0, 10.0, 200), "logit": RNG.normal(100.0, 10.0, 200)}


class TestRobustness:
    def test_the_lower_bound_lies_below_the_mean_gain(self) -> None:
        earned = {name: base + RNG.normal(5.0, 10.0, 200) for name, base in BASE.items()}
        found = robustness(earned, BASE)
        for name, base in BASE.items():
            mean = (earned[name] - base).mean() / base.mean()
            assert mean - 0.03 < found.lower[name] < mean

    def test_what_is_strong_in_one_family_and_weak_in_another_does_not_serve(self) -> None:
        brilliant = robustness({"linear": BASE["linear"] + 30.0, "logit": BASE["logit"] - 10.0}, BASE)
        steady = robustness({name: base + 5.0 for name, base in BASE.items()}, BASE)
        assert choose({"brilliant": brilliant, "steady": steady}) == "steady"

    def test_of_equals_the_first_serves(self) -> None:
        same = robustness(BASE, BASE)
        assert same.worst == 0.0
        assert choose({"simple": same, "clever": same}) == "simple"

    def test_what_is_not_paired_is_refused(self) -> None:
        with pytest.raises(ValueError, match="same seasons"):
            robustness({"linear": np.ones(3)}, {"linear": np.ones(4)})
        with pytest.raises(ValueError, match="choose"):
            choose({})
