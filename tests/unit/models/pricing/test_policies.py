from dataclasses import replace

import numpy as np
import pytest

from merx_models.pricing.demand import Curves
from merx_models.pricing.exact import Exact
from merx_models.pricing.policies import (
    CostPlus,
    ElasticityRule,
    Learner,
    Optimiser,
    OptimiserSettings,
    Policy,
    plans_for,
)
from merx_models.pricing.season import play
from merx_models.pricing.task import State, Task, Terms
from tests.unit.models.pricing.seasons import CONTEXT, GUARD, LADDER, TERMS, curve, task

FIRST = State(week=0, stock=TERMS.stock, place=LADDER.start)


def profits(policy: Policy, truth: Curves, dice: np.ndarray) -> list[float]:
    return [play(policy.begin(task()), truth, task(), d, guard=GUARD, context=CONTEXT).profit for d in dice]


class TestRules:
    def test_the_fixed_rule_is_cost_plus(self) -> None:
        assert CostPlus(0.8).begin(task())(FIRST) == pytest.approx(198.0)

    def test_the_elasticity_rule_is_lerners(self) -> None:
        sure = replace(task(), belief=curve(-3.0))
        assert ElasticityRule().begin(sure)(FIRST) == pytest.approx(110.0 * 1.5)

    def test_where_demand_is_inelastic_the_rule_asks_for_the_ceiling(self) -> None:
        assert ElasticityRule().begin(replace(task(), belief=curve(-0.8)))(FIRST) == 249.0

    def test_the_rule_that_minds_stock_sells_a_full_shelf_and_saves_an_empty_one(self) -> None:
        sell = ElasticityRule(minds_stock=True).begin(task())
        full = sell(State(week=0, stock=400, place=LADDER.start))
        few = sell(State(week=0, stock=5, place=LADDER.start))
        assert full < 199.0 < few

    def test_a_steeper_demand_never_asks_for_a_higher_price(self) -> None:
        asked = [ElasticityRule().begin(replace(task(), belief=curve(e)))(FIRST) for e in (-1.2, -2.0, -3.0, -6.0)]
        assert asked == sorted(asked, reverse=True)


class TestOptimiser:
    def test_one_that_is_sure_and_right_is_the_exact_plan(self) -> None:
        truth = curve()
        sure = Task(TERMS, LADDER, truth)
        known, optimiser = Exact(truth).begin(sure), Optimiser().begin(sure)
        for week in range(TERMS.weeks):
            for stock in (1, 10, 40):
                state = State(week=week, stock=stock, place=LADDER.start)
                assert optimiser(state) == known(state)

    def test_it_earns_more_than_the_rules_and_less_than_one_who_knows(self) -> None:
        rng = np.random.default_rng(2)
        dice = rng.random((80, TERMS.weeks))
        truths = [task().belief[int(at)] for at in rng.integers(0, 8, 80)]
        means = {}
        for policy in (CostPlus(0.8), ElasticityRule(), Optimiser()):
            means[policy.name] = np.mean([profits(policy, t, d[None])[0] for t, d in zip(truths, dice, strict=True)])
        best = np.mean([profits(Exact(t), t, d[None])[0] for t, d in zip(truths, dice, strict=True)])
        assert means["fixed rule"] < means["optimiser"] < best
        assert means["elasticity rule"] < means["optimiser"]

    def test_sales_tell_it_which_curve_is_true(self) -> None:
        learner = Learner(task(), plans_for(task(), OptimiserSettings()), OptimiserSettings())
        steep = int(task().belief.elasticity.argmin())
        place = len(LADDER.prices) - 1
        mean = task().belief.mean(np.float64(LADDER.prices[place]), 199.0)
        for week in range(1, 5):
            sold = round(float(mean[steep]))
            learner.learn(State(week=week, stock=20, place=place, before=place, sold=sold))
        assert learner.weights.sum() == pytest.approx(1.0)
        assert learner.weights @ task().belief.elasticity < task().belief.elasticity.mean()

    def test_a_full_warehouse_is_planned_in_lots(self) -> None:
        many = Task(Terms(weeks=5, stock=40_000, cost=110.0, salvage=30.0), LADDER, curve(level=8_000.0))
        coarse = Optimiser(OptimiserSettings(most_lots=100)).begin(many)
        fine = Optimiser(OptimiserSettings(most_lots=1_000)).begin(many)
        assert plans_for(many, OptimiserSettings(most_lots=100))[0].lot == 400
        for week in range(5):
            for stock in (40_000, 10_000, 399):
                state = State(week=week, stock=stock, place=LADDER.start)
                after = LADDER.prices[LADDER.reachable(LADDER.start)].tolist()
                assert abs(after.index(coarse(state)) - after.index(fine(state))) <= 1

    def test_without_trust_it_never_learns(self) -> None:
        learner = Learner(task(), plans_for(task(), OptimiserSettings()), OptimiserSettings(trust=0.0))
        learner.propose(State(week=1, stock=20, place=3, before=LADDER.start, sold=0))
        np.testing.assert_array_equal(learner.weights, 1 / 8)

    @pytest.mark.parametrize("wrong", [{"trust": -0.1}, {"trust": 1.1}, {"most_lots": 0}])
    def test_settings_that_make_no_sense_are_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="trust"):
            OptimiserSettings(**wrong)  # type: ignore[arg-type]

    def test_a_week_that_no_curve_foretold_leaves_it_able_to_answer(self) -> None:
        learner = Learner(task(), plans_for(task(), OptimiserSettings()), OptimiserSettings())
        asked = learner.propose(State(week=1, stock=0, place=3, before=LADDER.start, sold=5_000, sold_out=True))
        assert np.isfinite(asked)
        assert np.isfinite(learner.weights).all()


class TestSeason:
    def test_money_and_units_add_up(self) -> None:
        terms = Terms(weeks=3, stock=30, cost=110.0, salvage=30.0, holding=2.0)
        short = replace(task(terms))
        given = play(lambda _: 199.0, curve(), short, np.array([0.2, 0.5, 0.9]), guard=GUARD, context=CONTEXT)
        assert given.prices == (199, 199, 199)
        assert given.revenue == 199 * given.units
        left = 30 - given.units
        assert given.profit <= given.revenue + 30.0 * left - 110.0 * 30 - 2.0 * 3 * left
        assert given.turn == pytest.approx(given.units / given.mean_stock)

    def test_no_more_is_sold_than_there_is(self) -> None:
        few = task(Terms(weeks=5, stock=3, cost=110.0, salvage=30.0))
        given = play(lambda _: 199.0, curve(), few, np.full(5, 0.99), guard=GUARD, context=CONTEXT)
        assert given.units == 3

    @pytest.mark.parametrize("asked", [float("nan"), float("inf"), -1e300, 0.0, 1e18])
    def test_whatever_is_proposed_no_guard_rail_breaks(self, asked: float) -> None:
        given = play(lambda _: asked, curve(), task(), np.full(5, 0.5), guard=GUARD, context=CONTEXT)
        assert given.violations == 0
        assert set(given.prices) <= set(LADDER.prices.tolist())
