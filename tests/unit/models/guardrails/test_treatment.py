import numpy as np
import pytest

from merx_models.guardrails import TreatmentSettings, equal_treatment

RNG = np.random.default_rng(0)


def offers(chance: float, count: int, off_bp: int = 1_000) -> list[int]:
    return [off_bp if luck < chance else 0 for luck in RNG.random(count)]


class TestEqualTreatment:
    def test_groups_that_are_treated_alike_pass(self) -> None:
        found = equal_treatment(["a", "b"] * 2_000, offers(0.2, 4_000))
        assert [group.verdict for group in found] == [True, True]
        assert all(abs(group.gap_bp or 0.0) < 50 for group in found)

    def test_a_group_that_gets_fewer_offers_is_found(self) -> None:
        found = equal_treatment(["a"] * 2_000 + ["b"] * 2_000, offers(0.3, 2_000) + offers(0.1, 2_000))
        few = found[1]
        assert (few.group, few.verdict) == ("b", False)
        assert few.ratio is not None
        assert few.ratio < 0.5
        assert few.gap_interval is not None
        assert few.gap_interval[1] < -50

    def test_a_group_with_as_many_but_smaller_offers_is_found(self) -> None:
        found = equal_treatment(["a"] * 2_000 + ["b"] * 2_000, offers(0.3, 2_000, 1_500) + offers(0.3, 2_000, 500))
        assert found[1].verdict is False
        assert found[1].ratio == pytest.approx(1.0, abs=0.2)

    def test_intervals_hold_no_difference_as_often_as_they_say(self) -> None:
        held = 0
        for seed in range(100):
            given = (1_000 * (np.random.default_rng(seed).random(600) < 0.2)).astype(int).tolist()
            low, high = equal_treatment(["a", "b"] * 300, given, seed=seed)[0].gap_interval or (1.0, 1.0)
            held += low <= 0.0 <= high
        assert 88 <= held <= 100  # 95 +- 2.2, three standard errors below

    def test_a_group_too_small_to_judge_is_not_judged(self) -> None:
        found = equal_treatment(["a"] * 500 + ["b"] * 20, offers(0.2, 520))
        assert found[1].verdict is None
        assert found[1].gap_bp is None

    def test_where_nobody_else_has_an_offer_there_is_no_ratio(self) -> None:
        found = equal_treatment(["a"] * 500 + ["b"] * 500, [500] * 500 + [0] * 500)
        assert found[0].ratio is None
        assert found[0].verdict is False

    @pytest.mark.parametrize(("groups", "given"), [(["a"], [1, 2]), (["a"], [-1]), (["a"], [10_001])])
    def test_what_does_not_belong_together_is_refused(self, groups: list[str], given: list[int]) -> None:
        with pytest.raises(ValueError, match="offer"):
            equal_treatment(groups, given)

    @pytest.mark.parametrize("wrong", [{"least_ratio": 1.5}, {"tolerance_bp": -1}, {"level": 1.0}])
    def test_settings_that_make_no_sense_are_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"tolerances|level"):
            TreatmentSettings(**wrong)  # type: ignore[arg-type]
