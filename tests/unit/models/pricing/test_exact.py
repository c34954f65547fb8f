import itertools
from functools import cache

import numpy as np
import pytest

from merx_models.pricing.demand import Curves
from merx_models.pricing.exact import Exact, lot_for, sales_chances, solve, solve_exactly
from merx_models.pricing.policies import CostPlus
from merx_models.pricing.season import play
from merx_models.pricing.task import Ladder, State, Terms
from tests.unit.models.pricing.seasons import CONTEXT, FREE, GUARD, LADDER, TERMS, curve, task


def by_hand(truth: Curves, terms: Terms, ladder: Ladder) -> float:
    """The same optimum, one state at a time."""

    @cache
    def chances(before: int, place: int) -> tuple[float, ...]:
        mean = truth.mean(np.float64(ladder.prices[place]), float(ladder.prices[before]))
        return tuple(truth.chances(mean, terms.stock)[0].tolist())

    @cache
    def value(week: int, stock: int, place: int) -> float:
        if week == terms.weeks:
            return terms.salvage * stock
        return max(worth(week, stock, place, int(after)) for after in ladder.reachable(place))

    def worth(week: int, stock: int, before: int, place: int) -> float:
        total = 0.0
        for wanted, chance in enumerate(chances(before, place)):
            left = stock - min(wanted, stock)
            earned = float(ladder.prices[place]) * (stock - left) - terms.holding * left
            total += chance * (earned + value(week + 1, left, place))
        return total

    return value(0, terms.stock, ladder.start) - terms.cost * terms.stock


SMALL = Terms(weeks=3, stock=9, cost=110.0, salvage=30.0, holding=1.0)


class TestOptimum:
    @pytest.mark.parametrize("gain", [0.0, 0.7])
    def test_it_is_what_enumeration_finds(self, gain: float) -> None:
        truth = curve(level=3.0).referring(gain, 2 * gain)
        # chances are cut where less than 1e-9 is left
        assert solve_exactly(truth, SMALL, LADDER).value(SMALL) == pytest.approx(
            by_hand(truth, SMALL, LADDER), abs=1e-4
        )

    def test_with_plenty_of_stock_it_is_the_best_price_of_a_week(self) -> None:
        terms = Terms(weeks=4, stock=400, cost=110.0, salvage=110.0)
        truth = curve(-2.5)
        plan = solve_exactly(truth, terms, FREE)
        prices = FREE.prices.astype(float)
        weekly = (prices - 110.0) * truth.mean(prices, 1.0)[0]
        for week in range(4):
            assert plan.best(State(week=week, stock=400, place=FREE.start)) == weekly.argmax()
        assert plan.value(terms) == pytest.approx(4 * weekly.max(), rel=1e-6)

    def test_it_is_what_a_season_brings_on_average(self) -> None:
        truth = curve()
        sell = Exact(truth).begin(task())
        dice = np.random.default_rng(0).random((600, TERMS.weeks))
        played = [play(sell, truth, task(), d, guard=GUARD, context=CONTEXT).profit for d in dice]
        value = solve_exactly(truth, TERMS, LADDER).value(TERMS)
        assert abs(np.mean(played) - value) < 4 * np.std(played) / np.sqrt(len(played))

    def test_more_stock_is_never_priced_higher(self) -> None:
        plan = solve_exactly(curve(), TERMS, FREE)
        best = [plan.best(State(week=2, stock=stock, place=0)) for stock in range(1, 41)]
        assert (np.diff(best) <= 0).all()

    def test_prices_follow_the_steps_that_are_allowed(self) -> None:
        sell = Exact(curve(-0.5)).begin(task())
        given = play(sell, curve(-0.5), task(), np.full(5, 0.5), guard=GUARD, context=CONTEXT).prices
        places = [LADDER.start, *np.searchsorted(LADDER.prices, given)]
        assert all(LADDER.steps[a, b] for a, b in itertools.pairwise(places))
        assert given[-1] > 199

    def test_nobody_who_knows_less_earns_more(self) -> None:
        truth = curve()
        dice = np.random.default_rng(1).random((300, TERMS.weeks))
        exact, fixed = Exact(truth).begin(task()), CostPlus(0.8).begin(task())
        gain = [
            play(exact, truth, task(), d, guard=GUARD, context=CONTEXT).profit
            - play(fixed, truth, task(), d, guard=GUARD, context=CONTEXT).profit
            for d in dice
        ]
        assert np.mean(gain) > 0


class TestLots:
    @pytest.mark.parametrize("lot", [2, 5])
    def test_a_season_in_lots_is_worth_about_the_same(self, lot: int) -> None:
        terms, truth = Terms(weeks=4, stock=200, cost=110.0, salvage=30.0), curve(level=30.0)
        exact = solve_exactly(truth, terms, LADDER)
        coarse = solve(sales_chances(truth, LADDER, 200 // lot, lot=lot)[0], terms, LADDER, lot=lot)
        start = State(week=0, stock=200, place=LADDER.start)
        assert coarse.worth_of(start) == pytest.approx(exact.worth_of(start), rel=0.002)

    def test_there_are_never_more_than_may_be(self) -> None:
        assert [lot_for(stock, 400) for stock in (1, 400, 401, 800, 801)] == [1, 1, 2, 2, 3]


class TestChances:
    def test_in_lots_they_are_those_of_their_units(self) -> None:
        units = sales_chances(curve(), LADDER, 10_000)[0, 0]
        lots = sales_chances(curve(), LADDER, 10_000, lot=3)[0, 0]
        np.testing.assert_allclose(lots[:, 0], units[:, :2].sum(axis=1))
        np.testing.assert_allclose(lots[:, 1], units[:, 2:5].sum(axis=1))
        np.testing.assert_allclose(lots.sum(axis=1), 1.0)
        pairs = sales_chances(curve(), LADDER, 10_000, lot=2)[0, 0]  # a half of 1 and of 3 is rounded either way
        np.testing.assert_allclose(pairs[:, 1], units[:, 1] / 2 + units[:, 2] + units[:, 3] / 2)

    def test_they_are_cut_without_loss(self) -> None:
        chances = sales_chances(curve(), LADDER, 10_000)
        assert chances.shape[:3] == (1, 1, len(LADDER.prices))
        assert chances.shape[3] < 200
        np.testing.assert_allclose(chances.sum(axis=-1), 1.0)

    def test_memory_asks_for_the_price_before(self) -> None:
        assert sales_chances(curve().referring(0.5, 1.0), LADDER, 40).shape[1] == len(LADDER.prices)
