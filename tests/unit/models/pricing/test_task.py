import msgspec
import numpy as np
import pytest

from merx_models.guardrails import Guardrails, RuleSet
from merx_models.pricing.task import Ladder, Terms
from tests.unit.models.pricing.seasons import CONTEXT, GUARD, LADDER, RULES


class TestLadder:
    def test_every_step_is_one_that_guard_rails_allow(self) -> None:
        for place, price in enumerate(LADDER.prices.tolist()):
            context = msgspec.structs.replace(CONTEXT, current=price)
            assert LADDER.prices[LADDER.reachable(place)].tolist() == list(GUARD.allowed(context).prices())

    def test_it_starts_at_the_current_price_and_ends_at_the_outer_bounds(self) -> None:
        assert LADDER.prices[LADDER.start] == 199
        assert LADDER.prices[0] == 129  # 60 % of 199 is 119.4
        assert LADDER.prices[-1] == 249  # 130 % is 258.7

    def test_the_nearest_price_is_one_that_may_follow(self) -> None:
        assert LADDER.prices[LADDER.nearest(LADDER.start, 1.0)] == 159
        assert LADDER.prices[LADDER.nearest(LADDER.start, 204.0)] == 199
        assert LADDER.prices[LADDER.nearest(LADDER.start, 1e9)] == 219

    def test_contradicting_guard_rails_make_no_ladder(self) -> None:
        with pytest.raises(ValueError, match="stay"):
            Ladder.of(GUARD, msgspec.structs.replace(CONTEXT, cost=260))

    def test_a_price_of_any_ending_is_too_fine(self) -> None:
        fine = Guardrails(msgspec.structs.replace(RULES, endings={}))
        with pytest.raises(ValueError, match="more than"):
            Ladder.of(fine, CONTEXT)
        with pytest.raises(ValueError, match="more than"):
            Ladder.of(Guardrails(RuleSet(name="none")), CONTEXT)


class TestSpreadLadder:
    @pytest.mark.parametrize("rules", [RULES, msgspec.structs.replace(RULES, endings={}), RuleSet(name="none")])
    @pytest.mark.parametrize("current", [1, 7, 199, 1_999_999])
    def test_any_rules_and_any_price_have_one(self, rules: RuleSet, current: int) -> None:
        guard = Guardrails(rules)
        context = msgspec.structs.replace(CONTEXT, current=current, list_price=current, cost=0)
        ladder = Ladder.spread(guard, context, weeks=4)
        assert len(ladder.prices) <= 24 + 1
        assert ladder.prices[ladder.start] == current
        assert (np.diff(ladder.prices) > 0).all()
        assert all(len(ladder.reachable(place)) for place in range(len(ladder.prices)))

    def test_what_may_follow_lies_within_the_bounds_of_that_day(self) -> None:
        ladder = Ladder.spread(GUARD, CONTEXT, weeks=4)
        for place in ladder.reachable(ladder.start):
            assert 199 * 0.75 <= ladder.prices[place] <= 199 * 1.15

    def test_more_decisions_lead_further(self) -> None:
        near, far = (Ladder.spread(GUARD, CONTEXT, weeks=weeks) for weeks in (1, 4))
        assert far.prices[0] < near.prices[0] < 199 < near.prices[-1] < far.prices[-1]
        assert far.prices[0] >= 119  # 60 % of the list price holds, however many weeks

    def test_a_price_that_may_not_stay_is_left(self) -> None:
        ladder = Ladder.spread(GUARD, msgspec.structs.replace(CONTEXT, cost=215), weeks=4)  # sold below cost
        assert not ladder.steps[ladder.start, ladder.start]
        assert ladder.prices[ladder.reachable(ladder.start)].min() > 199


class TestTerms:
    @pytest.mark.parametrize("wrong", [{"weeks": 0}, {"stock": 0}, {"salvage": 200.0}, {"holding": -1.0}])
    def test_a_season_that_makes_no_sense_is_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="season"):
            Terms(**{"weeks": 4, "stock": 10, "cost": 110.0, "salvage": 30.0, **wrong})  # type: ignore[arg-type]

    def test_places_are_whole_numbers(self) -> None:
        assert LADDER.prices.dtype == np.int64
