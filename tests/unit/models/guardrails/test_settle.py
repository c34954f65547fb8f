import dataclasses
import math
from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_core.money import Money
from merx_models.guardrails import (
    Announced,
    Change,
    Competitor,
    Endings,
    Fairness,
    Family,
    Guardrails,
    ListPrice,
    LowestPrice,
    Margin,
    PriceContext,
    Relative,
    RuleSet,
    verify,
)
from tests.unit.models.guardrails.contexts import contexts, personal_contexts, proposals, rule_sets

SHOP = RuleSet(
    name="shop",
    margin=Margin(floor_bp=1_000),
    change=Change(up_bp=1_000, down_bp=2_000),
    list_price=ListPrice(floor_bp=5_000, ceiling_bp=12_000),
    competitor=Competitor(floor_bp=9_000, ceiling_bp=11_000),
    family=Family(),
    endings={"EUR": Endings(per=10, tails=(5, 9))},
    fairness=Fairness(largest_offer_bp=1_500),
)
PLAIN = PriceContext(product_id="p", currency="EUR", current=1_000, list_price=1_000, cost=600)


def changed(**fields: object) -> PriceContext:
    return msgspec.structs.replace(PLAIN, **fields)


class TestAnyProposal:
    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(rules=rule_sets, context=contexts, proposal=proposals)
    def test_what_is_settled_breaks_no_rule(self, rules: RuleSet, context: PriceContext, proposal: object) -> None:
        settled = Guardrails(rules).settle(proposal, context)
        assert type(settled.price) is int
        assert settled.price in settled.bounds
        assert verify(settled.price, context, rules, announced=settled.announced, prior=settled.prior) == []

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(rules=rule_sets, context=contexts, step=st.integers(-12, 12), top=st.booleans())
    def test_the_range_and_the_check_agree_on_every_price_about_its_ends(
        self, rules: RuleSet, context: PriceContext, step: int, top: bool
    ) -> None:
        allowed = Guardrails(rules).allowed(context)
        price = max((allowed.high if top else allowed.low).price + step, 1)
        passed = not verify(price, context, rules, announced=allowed.announced, prior=allowed.prior)
        assert passed == (price in allowed)

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(rules=rule_sets, context=contexts, low=st.integers(0, 9_000), more=st.integers(0, 900))
    def test_a_higher_proposal_never_settles_lower(
        self, rules: RuleSet, context: PriceContext, low: int, more: int
    ) -> None:
        guard = Guardrails(rules)
        assert guard.settle(low, context).price <= guard.settle(low + more, context).price

    @pytest.mark.parametrize(
        "proposal",
        [math.nan, math.inf, -math.inf, None, "cheap", True, 1j, np.float64("nan"), Decimal("sNaN"), Decimal("inf")],
    )
    def test_what_is_no_number_asks_for_no_change(self, proposal: object) -> None:
        settled = Guardrails(SHOP).settle(proposal, changed(current=995))
        assert settled.price == 995
        assert "proposal_not_a_number" in settled.reasons

    @pytest.mark.parametrize(
        ("proposal", "price"),
        [
            (-5, 805),
            (10**400, 1_099),
            (np.int32(907), 905),
            (908.0, 909),
            (Fraction(10**400, 3), 1_099),
            (Decimal("908.1"), 909),
            (Decimal("-1e999999"), 805),
            (np.float32(908.1), 909),
        ],
    )
    def test_everything_else_goes_to_the_nearest_allowed_price(self, proposal: object, price: int) -> None:
        assert Guardrails(SHOP).settle(proposal, PLAIN).price == price


class TestReasons:
    @pytest.mark.parametrize(
        ("context", "proposal", "reason"),
        [
            (changed(cost=900, tax_bp=0), 1, "change_floor"),
            (changed(cost=800), 1, "margin_floor"),
            (changed(), 5_000, "change_ceiling"),
            (changed(list_price=1_700), 1, "list_floor"),
            (changed(list_price=900), 5_000, "list_ceiling"),
            (changed(competitors=(990, 1_500)), 1, "competitor_floor"),
            (changed(competitors=(990, 1_500)), 5_000, "competitor_ceiling"),
            (changed(relatives=(Relative(product_id="big", size=2, price=1_800),)), 1, "family_floor"),
            (changed(relatives=(Relative(product_id="big", size=2, price=1_050),)), 5_000, "family_ceiling"),
            (changed(legal_floor=950), 1, "legal_floor"),
            (changed(legal_ceiling=950), 5_000, "legal_ceiling"),
            (changed(cost=None), 1, "cost_unknown"),
            (changed(public=1_000), 1, "fairness_floor"),
            (changed(public=1_000), 5_000, "fairness_ceiling"),
            (changed(), 907, "endings"),
        ],
    )
    def test_the_bound_that_held_the_price_is_named(self, context: PriceContext, proposal: int, reason: str) -> None:
        if reason == "change_floor":
            context = msgspec.structs.replace(context, cost=500)
        settled = Guardrails(SHOP).settle(proposal, context)
        assert reason in settled.reasons
        assert settled.bounds.yielded == ()

    def test_the_median_of_an_even_number_of_rivals_is_the_lower_one(self) -> None:
        rules = RuleSet(name="r", competitor=Competitor(floor_bp=10_000, ceiling_bp=10_000, against="median"))
        assert Guardrails(rules).settle(1, changed(competitors=(900, 2_000, 100, 700))).price == 700

    @pytest.mark.parametrize(("ceiling", "price"), [(998, 995), (999, 999), (1_000, 999), (1_004, 999), (1_005, 1_005)])
    def test_an_ending_is_looked_for_up_to_the_bound_and_no_further(self, ceiling: int, price: int) -> None:
        assert Guardrails(SHOP).settle(5_000, changed(legal_ceiling=ceiling)).price == price

    def test_tax_is_no_margin(self) -> None:
        rules = RuleSet(name="m", margin=Margin(floor_bp=2_000))
        settled = Guardrails(rules).settle(1, changed(cost=800, tax_bp=1_900))
        assert settled.price == 1_190  # 1,190 less 19 % is 1,000, of which 800 is 80 %


class TestContradictions:
    def test_the_stronger_bound_holds_and_the_price_moves_no_further_than_it_must(self) -> None:
        settled = Guardrails(SHOP).settle(3_000, changed(cost=1_350))
        assert settled.price == 1_505  # the margin alone: 1,500, and an ending
        assert settled.bounds.yielded == ("change_ceiling", "list_ceiling")
        assert "bounds_contradict" in settled.reasons

    def test_the_current_price_stays_where_the_stronger_bounds_allow_it(self) -> None:
        settled = Guardrails(SHOP).settle(1_100, changed(current=1_005, competitors=(300,)))
        assert settled.price == 1_005
        assert settled.bounds.yielded == ("competitor_ceiling",)

    def test_law_comes_before_margin(self) -> None:
        assert Guardrails(SHOP).settle(900, changed(legal_ceiling=500)).price <= 500

    def test_endings_give_way_first_and_then_the_proposal_counts(self) -> None:
        rules = RuleSet(name="e", change=Change(up_bp=100, down_bp=100), endings={"EUR": Endings(per=100, tails=(99,))})
        settled = Guardrails(rules).settle(960, changed(current=950))
        assert settled.price == 959
        assert settled.bounds.yielded == ("endings",)


class TestAnnouncedDiscounts:
    rules = RuleSet(name="omnibus")
    history = ((0, 900), (50, 700), (60, 1_000), (95, 800))

    def settle(
        self, proposal: int, today: int, since: int | None = None, progressive: bool = False
    ) -> tuple[int, bool]:
        rules = msgspec.structs.replace(self.rules, lowest_price=LowestPrice(progressive=progressive))
        context = changed(history=self.history, announced=Announced(today=today, since=since))
        settled = Guardrails(rules).settle(proposal, context)
        return settled.price, settled.announced

    def test_it_lies_below_the_lowest_price_of_thirty_days(self) -> None:
        assert self.settle(990, 94) == (990, True)
        assert self.settle(1_200, 94) == (999, True)

    def test_a_price_that_held_on_the_first_day_of_the_window_counts(self) -> None:
        assert self.settle(950, 89) == (699, True)  # day 59, the last one at 700, is 30 days before
        assert self.settle(950, 90) == (950, True)

    def test_what_was_cheap_during_the_window_counts(self) -> None:
        assert self.settle(950, 100) == (799, True)

    def test_steps_of_one_reduction_count_from_before_the_first_where_the_law_says_so(self) -> None:
        assert self.settle(850, 100, since=95, progressive=True) == (850, True)
        assert self.settle(850, 100, since=95, progressive=False) == (799, True)

    def test_the_earlier_price_to_show_is_the_lowest(self) -> None:
        context = changed(history=self.history, announced=Announced(today=94))
        assert Guardrails(self.rules).settle(900, context).prior == 1_000

    def test_without_a_known_earlier_price_nothing_is_announced(self) -> None:
        settled = Guardrails(self.rules).settle(900, changed(announced=Announced(today=5)))
        assert (settled.price, settled.announced, settled.prior) == (900, False, None)
        assert "announcement_withdrawn" in settled.reasons

    def test_an_announcement_that_costs_the_margin_is_withdrawn(self) -> None:
        rules = RuleSet(name="m", margin=Margin(floor_bp=1_000))
        context = changed(cost=950, history=((0, 1_000),), announced=Announced(today=60))
        settled = Guardrails(rules).settle(980, context)
        assert not settled.announced
        assert settled.price == 1_056


class TestPersonalPrices:
    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(rules=rule_sets, context=personal_contexts, proposal=proposals)
    def test_nobody_is_asked_more_than_everyone_nor_given_more_than_the_cap(
        self, rules: RuleSet, context: PriceContext, proposal: object
    ) -> None:
        price, public = Guardrails(rules).settle(proposal, context).price, context.public
        assert public is not None
        assert price <= public
        assert (public - price) * 10_000 <= rules.fairness.largest_offer_bp * public

    def test_without_a_cap_there_is_no_personal_price(self) -> None:
        assert Guardrails(RuleSet(name="none")).settle(1, changed(public=950)).price == 950

    def test_a_context_cannot_say_who_asks(self) -> None:
        assert not {name for name in PriceContext.__struct_fields__ if "customer" in name or "profile" in name}


class TestRange:
    def test_it_lists_its_prices(self) -> None:
        assert list(Guardrails(SHOP).allowed(changed(legal_floor=990, legal_ceiling=1_010)).prices()) == [
            995,
            999,
            1_005,
            1_009,
        ]

    def test_an_answer_carries_money_and_the_version_of_the_rules(self) -> None:
        settled = Guardrails(SHOP).settle(905, PLAIN)
        assert settled.money == Money(905, "EUR")
        assert settled.rules == SHOP.version
        assert dataclasses.is_dataclass(settled)
