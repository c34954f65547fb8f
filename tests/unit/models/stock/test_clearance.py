import numpy as np
import pytest

from merx_models.pricing.demand import Curves
from merx_models.pricing.task import Ladder, State, Terms
from merx_models.stock.clearance import clear

PRICES = np.array([99, 129, 159, 199, 249], np.int64)
LADDER = Ladder(PRICES, np.ones((5, 5), np.bool_), 3)


def demand(elasticity: float = -2.5, level: float = 8.0) -> Curves:
    return Curves.of("log-log", 199.0, np.array([level]), np.array([elasticity]))


def terms(stock: int, weeks: int = 6, salvage: float = 0.0) -> Terms:
    return Terms(weeks=weeks, stock=stock, cost=110.0, salvage=salvage)


class TestClearance:
    def test_prices_only_fall(self) -> None:
        plan = clear(demand(), terms(150), LADDER).plan
        for week in range(6):
            for stock in (1, 50, 150):
                for place in range(5):
                    assert plan.best(State(week=week, stock=stock, place=place)) <= place

    def test_the_last_week_without_worth_asks_for_the_highest_revenue(self) -> None:
        # plenty of stock, nothing left to gain later: price * demand, which for log-log beyond -1 falls with price
        plan = clear(demand(), terms(2_000, weeks=1), LADDER).plan
        assert plan.best(State(week=0, stock=2_000, place=3)) == 0
        inelastic = clear(demand(-0.5), terms(2_000, weeks=1), LADDER).plan
        assert inelastic.best(State(week=0, stock=2_000, place=3)) == 3

    def test_with_one_unit_of_sure_demand_it_waits(self) -> None:
        assert clear(demand(level=60.0), terms(1), LADDER).prices[0] == 199

    def test_more_stock_is_never_cleared_at_higher_prices(self) -> None:
        firsts = [clear(demand(), terms(stock), LADDER).prices[0] for stock in (10, 40, 80, 160)]
        assert firsts == sorted(firsts, reverse=True)

    def test_it_is_never_worse_than_selling_on(self) -> None:
        for stock in (5, 50, 200):
            assert clear(demand(), terms(stock, salvage=20.0), LADDER).gain >= 0

    def test_too_much_stock_gains_from_it(self) -> None:
        found = clear(demand(), terms(150), LADDER)
        assert found.gain > 0.3 * found.kept
        assert found.prices == tuple(sorted(found.prices, reverse=True))
        assert found.left < 150 - 6 * 8

    def test_a_full_warehouse_is_cleared_as_a_shelf_is(self) -> None:
        shelf = clear(demand(level=80.0), terms(400), LADDER)
        warehouse = clear(demand(level=8_000.0), terms(40_000), LADDER)
        assert warehouse.plan.lot == 100
        assert warehouse.prices == shelf.prices
        assert warehouse.worth == pytest.approx(100 * shelf.worth, rel=0.02)  # chance matters less to the larger one

    def test_shoppers_who_compare_with_last_week_are_not_planned_for(self) -> None:
        with pytest.raises(ValueError, match="reference"):
            clear(demand().referring(0.5, 1.0), terms(10), LADDER)

    def test_one_week_is_the_newsvendor_turned_round(self) -> None:
        one = clear(demand(), terms(12, weeks=1, salvage=10.0), LADDER)
        chances = demand().chances(demand().mean(PRICES.astype(float), 1.0), 200)[0]
        sold = np.minimum(np.arange(201), 12)
        worth = PRICES * (chances @ sold) + 10.0 * (12 - chances @ sold)
        assert one.worth == pytest.approx(worth[:4].max(), abs=0.6)  # whole minor units, and a tail of 1e-9 cut off
