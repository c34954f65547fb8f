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


class TestTerms:
    @pytest.mark.parametrize("wrong", [{"weeks": 0}, {"stock": 0}, {"salvage": 200.0}, {"holding": -1.0}])
    def test_a_season_that_makes_no_sense_is_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="season"):
            Terms(**{"weeks": 4, "stock": 10, "cost": 110.0, "salvage": 30.0, **wrong})  # type: ignore[arg-type]

    def test_places_are_whole_numbers(self) -> None:
        assert LADDER.prices.dtype == np.int64
