"""Quotes: never a price that breaks a guard-rail, never one that was not written down, the same for everybody."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merx_core.contracts.pricing import Mode
from merx_core.money import Money
from merx_models.guardrails import Change, Family, Margin, RuleSet, verify
from merx_models.pricing.task import Seller, State, Task
from merx_pricing.domain import DEFAULT_RULES, Answer, Asked, Facts, Given, Line, Rival, Rollout
from merx_pricing.errors import AuditUnavailable, DemandUnknown, TooManyExplanations
from tests.unit.models.guardrails.contexts import rule_sets
from tests.unit.pricing.shop import DAY_US, HOUR_US, NOW, NOW_US, PRODUCTS, House, days_ago, facts

LIVE = Rollout(mode=Mode.LIVE)


class Says:
    """A policy that proposes one thing, whatever it is asked."""

    name = "says"

    def __init__(self, value: Any) -> None:
        self.value = value

    def begin(self, task: Task) -> Seller:
        def propose(state: State) -> float:
            return float(self.value)

        return propose


def ask(house: House, *lines: Line | str, profile_id: str | None = None, explain: bool = False) -> Answer:
    told = tuple(line if isinstance(line, Line) else Line(product_id=line) for line in lines)
    return asyncio.run(house.quoter.quote(Asked(request_id="r", lines=told, profile_id=profile_id, explain=explain)))


def one(house: House, line: Line | str = "p00", **asked: Any) -> Given:
    answer = ask(house, line, **asked)
    assert answer.failed == ()
    return answer.given[0]


class TestPrices:
    def test_the_policys_price_is_given_within_the_bounds(self) -> None:
        house = House(policy=Says(310.0), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert (quoted.price, quoted.applied, quoted.decision.reasons) == (Money(310, "EUR"), True, ())

    def test_a_proposal_beyond_the_bounds_is_moved_and_says_why(self) -> None:
        house = House(policy=Says(900.0), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert quoted.price == Money(313, "EUR")  # 5 % above 299
        assert quoted.decision.reasons == ("change_ceiling",)

    def test_before_the_policy_was_asked_the_price_stays(self) -> None:
        quoted = one(House(rollout=LIVE))
        assert (quoted.price, quoted.decision.reasons) == (Money(299, "EUR"), ("not_decided_yet",))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_no_number_is_no_proposal(self, value: float) -> None:
        house = House(policy=Says(value), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert (quoted.price, quoted.decision.reasons) == (Money(299, "EUR"), ("proposal_not_a_number",))

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"cost": None}, "cost_unknown"),
            ({"cost": Money(180, "USD")}, "currency_mixed"),
            ({"price": Money(299, "USD"), "cost": Money(180, "USD"), "list_price": None}, "currency_mixed"),
            ({"cost_us": days_ago(200)}, "cost_stale"),
            ({"stock": 0}, "out_of_stock"),
        ],
    )
    def test_what_is_not_known_leaves_the_price_as_it_is(self, changes: dict[str, Any], reason: str) -> None:
        house = House(facts(**changes), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert quoted.price.amount == 299
        assert reason in quoted.decision.reasons

    def test_an_unknown_demand_leaves_the_price_as_it_is(self) -> None:
        house = House(facts("new"), rollout=LIVE)
        house.price_all()
        quoted = one(house, "new")
        assert (quoted.price.amount, quoted.decision.reasons) == (299, ("demand_unknown",))

    def test_a_price_below_the_margin_is_mended_without_a_proposal(self) -> None:
        house = House(facts(cost=Money(400, "EUR"), list_price=None), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert quoted.price.amount == 422  # 400 and a margin of 5 %, which is stronger than the change of a day

    def test_an_old_feed_of_competitors_is_named_and_left_out(self) -> None:
        house = House(facts(rivals={"a": Rival(Money(100, "EUR"), days_ago(10))}), policy=Says(310.0), rollout=LIVE)
        house.price_all()
        quoted = one(house)
        assert (quoted.price.amount, quoted.decision.reasons) == (310, ("competitor_price_stale",))

    def test_a_family_stays_in_order(self) -> None:
        rules = RuleSet(name="family", family=Family())
        small, large = facts("p00", family="f", size=1), facts("p01", family="f", size=2, price=Money(320, "EUR"))
        house = House(small, large, policy=Says(330.0), rules=rules, rollout=LIVE)
        house.price_all()
        assert one(house).price.amount == 320  # a small pack costs no more than a large one


class TestErrors:
    def test_lines_fail_alone(self) -> None:
        house = House(facts(), facts("p01", price=None), rollout=LIVE)
        answer = ask(house, "nobody", "p00", "p01")
        assert [(failed.place, failed.error.code) for failed in answer.failed] == [
            (0, "unknown_product"),
            (2, "demand_unknown"),
        ]
        assert [quoted.decision.context.product_id for quoted in answer.given] == ["p00"]

    def test_amounts_beyond_all_bounds_are_an_error_of_their_line(self) -> None:
        answer = ask(House(facts(price=Money(10**15, "EUR")), facts("p01")), "p00", "p01")
        assert answer.failed[0].error.code == "demand_unknown"
        assert "1000000000000" in answer.failed[0].error.detail
        assert len(answer.given) == 1

    def test_what_cannot_be_written_down_is_not_given(self) -> None:
        house = House(rollout=LIVE)
        house.audit.away = True
        with pytest.raises(AuditUnavailable):
            ask(house, "p00")

    def test_the_last_look_stops_what_settling_let_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        house = House(policy=Says(900.0), rollout=LIVE)
        house.price_all()
        loose = RuleSet(name="loose")
        monkeypatch.setattr(house.shop.guard, "_range", type(house.shop.guard)(loose)._range)
        answer = ask(house, "p00")
        assert answer.given == ()
        assert answer.failed[0].error.code == "no_allowed_price"
        assert "change" in answer.failed[0].error.detail
        assert house.audit.given == []


class TestModes:
    def test_shadow_notes_the_decision_and_changes_nothing(self) -> None:
        house = House(policy=Says(310.0))
        house.price_all()
        quoted = one(house)
        assert (quoted.price.amount, quoted.applied) == (299, False)
        assert quoted.decision.settled.price == 310
        assert house.audit.given == [quoted]

    def test_staged_prices_the_same_share_of_products_every_time(self) -> None:
        rollout = Rollout(mode=Mode.STAGED, share_bp=3_000)
        inside = [f"q{number}" for number in range(4_000) if rollout.applies(f"q{number}")]
        assert 0.26 < len(inside) / 4_000 < 0.34
        assert inside == [f"q{number}" for number in range(4_000) if rollout.applies(f"q{number}")]
        other = Rollout(mode=Mode.STAGED, share_bp=3_000, experiment="another")
        assert inside != [f"q{number}" for number in range(4_000) if other.applies(f"q{number}")]

    def test_a_larger_share_keeps_those_that_were_in(self) -> None:
        few, many = (Rollout(mode=Mode.STAGED, share_bp=share) for share in (1_000, 5_000))
        assert all(many.applies(f"q{number}") for number in range(500) if few.applies(f"q{number}"))

    def test_a_family_is_in_or_out_as_a_whole(self) -> None:
        rollout = Rollout(mode=Mode.STAGED, share_bp=5_000)
        assert len({rollout.applies(f"q{number}", "family") for number in range(50)}) == 1


class TestFairness:
    def test_who_asks_changes_nothing(self) -> None:
        house = House(rollout=LIVE)
        house.price_all()
        prices = {one(house, profile_id=who).price for who in (None, "c:1", "c:2", "a:device")}
        assert len(prices) == 1

    def test_an_offer_takes_off_the_price_for_everyone_and_is_capped(self) -> None:
        house = House(policy=Says(300.0), rollout=LIVE)
        house.price_all()
        small = one(house, Line(product_id="p00", offer_bp=1_000), profile_id="c:1")
        large = one(house, Line(product_id="p00", offer_bp=9_000), profile_id="c:1")
        assert small.price.amount == 270
        assert large.price.amount == 240  # 20 % at the most
        assert "fairness_floor" in large.decision.reasons
        assert (small.offer_bp, small.profile_id) == (1_000, "c:1")

    def test_an_offer_keeps_the_margin(self) -> None:
        house = House(facts(cost=Money(280, "EUR")), policy=Says(299.0), rollout=LIVE)
        house.price_all()
        assert one(house, Line(product_id="p00", offer_bp=2_000), profile_id="c:1").price.amount == 295

    def test_in_shadow_an_offer_is_on_the_present_price(self) -> None:
        house = House(policy=Says(310.0))
        house.price_all()
        assert one(house, Line(product_id="p00", offer_bp=1_000), profile_id="c:1").price.amount == 269


class TestAnnouncements:
    def test_a_reduction_names_the_lowest_price_of_thirty_days(self) -> None:
        steps = ((days_ago(90), 340), (days_ago(10), 330))
        house = House(facts(price=Money(330, "EUR"), history=steps), policy=Says(310.0), rollout=LIVE)
        house.price_all()
        settled = one(house, Line(product_id="p00", announce=True)).decision.settled
        assert (settled.price, settled.announced, settled.prior) == (310, True, 330)

    def test_what_was_cheaper_before_is_no_reduction(self) -> None:
        steps = ((days_ago(90), 250), (days_ago(10), 330))
        rules = RuleSet(name="free", margin=Margin(floor_bp=0), change=Change(up_bp=500, down_bp=500))
        house = House(facts(price=Money(330, "EUR"), history=steps), policy=Says(320.0), rules=rules, rollout=LIVE)
        house.price_all()
        settled = one(house, Line(product_id="p00", announce=True)).decision.settled
        assert not settled.announced
        assert "announcement_withdrawn" in settled.reasons


class TestExplanations:
    def test_contributions_add_up_to_the_proposal(self) -> None:
        house = House(rollout=LIVE)
        house.price_all()
        told = one(house, explain=True).decision.proposal
        assert told.explanation is not None
        assert told.explanation.base + sum(told.explanation.contributions.values()) == pytest.approx(told.value)

    def test_once_made_they_come_with_every_quote(self) -> None:
        house = House(rollout=LIVE)
        assert one(house, explain=True).decision.proposal.explanation is not None
        assert one(house).decision.proposal.explanation is not None

    def test_there_is_nothing_to_explain_where_nothing_was_proposed(self) -> None:
        house = House(facts(cost=None), rollout=LIVE)
        assert one(house, explain=True).decision.proposal.explanation is None

    def test_eleven_are_too_many(self) -> None:
        with pytest.raises(TooManyExplanations):
            ask(House(), *["p00"] * 11, explain=True)


class TestWhatHolds:
    def test_a_decision_holds_while_nothing_changes(self) -> None:
        house = House(rollout=LIVE)
        house.price_all()
        first, again = one(house), one(house)
        assert first.decision is again.decision

    def test_a_changed_fact_makes_it_anew(self) -> None:
        house = House(policy=Says(310.0), rollout=LIVE)
        house.price_all()
        before = one(house)
        house.know(facts(cost=Money(300, "EUR")))
        after = one(house)
        assert before.decision.id != after.decision.id
        assert after.price.amount == 316  # the margin holds at once, before the policy is asked again

    def test_a_rival_grows_old_while_nobody_changes_anything(self) -> None:
        rival = Rival(Money(240, "EUR"), days_ago(6.9))
        house = House(facts(rivals={"a": rival}), policy=Says(310.0), rollout=LIVE)
        house.price_all()
        assert one(house).price.amount == 288  # 120 % of the rival's
        house.now_us += 4 * HOUR_US
        assert one(house).price.amount == 310

    def test_a_price_is_valid_to_the_end_of_the_day_at_most(self) -> None:
        house = House(zone=ZoneInfo("Europe/Berlin"))
        assert house.shop.valid_until(NOW_US) == NOW + timedelta(seconds=900)
        late = NOW_US + 10 * HOUR_US + HOUR_US * 9 // 10  # 23:54 in Berlin
        assert house.shop.valid_until(late) == NOW + timedelta(hours=11)

    def test_silent_feeds_are_named(self) -> None:
        house = House()
        assert house.shop.degraded(NOW_US) == ()
        house.knowledge.table.rivals_us = days_ago(10)
        house.knowledge.table.costs_us = days_ago(10)
        assert house.shop.degraded(NOW_US) == ("competitor_prices_stale",)


money = st.integers(-5, 3_000) | st.integers(1, 10**13)
currencies = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
moments = st.integers(0, 40).map(lambda days: NOW_US - days * DAY_US)
moneys = st.builds(Money, money, currencies)
any_facts = st.builds(
    Facts,
    product_id=st.sampled_from(PRODUCTS),
    price=st.none() | moneys,
    list_price=st.none() | moneys,
    cost=st.none() | moneys,
    cost_us=moments,
    stock=st.none() | st.integers(0, 10**6),
    stock_us=moments,
    rivals=st.dictionaries(st.text(max_size=3), st.builds(Rival, moneys, moments, st.booleans()), max_size=3),
    history=st.lists(st.tuples(moments, st.integers(1, 3_000)), max_size=4).map(lambda steps: tuple(sorted(steps))),
    family=st.sampled_from(["", "f"]),
    size=st.integers(1, 4),
)
any_value = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-10.0, 4_000.0)
any_line = st.builds(
    Line, product_id=st.sampled_from(PRODUCTS), announce=st.booleans(), offer_bp=st.none() | st.integers(0, 10_000)
)


class TestAnything:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(any_facts, min_size=1, max_size=4), any_value, rule_sets | st.just(DEFAULT_RULES), st.lists(any_line)
    )
    def test_no_facts_no_rules_and_no_model_break_a_guard_rail(
        self, known: list[Facts], value: float, rules: RuleSet, lines: list[Line]
    ) -> None:
        house = House(*known, policy=Says(value), rules=rules, rollout=LIVE)
        for one_known in known:
            with suppress(DemandUnknown):  # no price, or one beyond all bounds
                house.pricer.renew(one_known)
        answer = ask(house, *lines)
        assert len(answer.given) + len(answer.failed) == len(lines)
        assert all(failed.error.code in {"unknown_product", "demand_unknown"} for failed in answer.failed)
        for quoted in answer.given:
            settled, context = quoted.decision.settled, quoted.decision.context
            assert quoted.price.amount == settled.price
            assert verify(settled.price, context, rules, announced=settled.announced, prior=settled.prior) == []
