"""What would sell, what is known of demand, what to order."""

from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from merx_core.contracts.pricing import Lead, ReplenishLine
from merx_core.money import Money
from merx_pricing.domain import Planned
from merx_pricing.errors import DemandUnknown, ModelNotReady, NoForecast, UnknownProduct
from merx_pricing.service import Adviser, Planner
from tests.unit.pricing.shop import NOW, House, days_ago, facts


@pytest.fixture
def adviser() -> Adviser:
    return House().use_cases.adviser


class TestCurves:
    def test_dearer_sells_less_and_the_mean_lies_within(self, adviser: Adviser) -> None:
        curve = adviser.simulate("p00", (400, 200, 300, 200))
        assert curve.prices == (200, 300, 400)
        mean, low, high = curve.units
        assert (np.diff(mean) < 0).all()
        assert ((low <= mean) & (mean <= high)).all()
        assert curve.profit is not None
        assert curve.profit[0] == pytest.approx(mean * (np.array([200, 300, 400]) - 180))

    def test_without_prices_it_looks_around_the_present_one(self, adviser: Adviser) -> None:
        curve = adviser.simulate("p00", ())
        assert 299 in curve.prices
        assert min(curve.prices) < 299 < max(curve.prices)
        assert [price in curve.allowed for price in (268, 270, 313, 314)] == [False, True, True, False]

    def test_without_a_cost_there_is_no_profit(self) -> None:
        assert House(facts(cost=None)).use_cases.adviser.simulate("p00", (300,)).profit is None

    @pytest.mark.parametrize("changes", [{"price": None}, {"price": Money(299, "USD")}])
    def test_a_price_that_does_not_fit_the_demand_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(DemandUnknown):
            House(facts(**changes)).use_cases.adviser.simulate("p00", ())

    def test_what_is_not_known_is_refused(self) -> None:
        with pytest.raises(UnknownProduct):
            House().use_cases.adviser.simulate("nobody", ())
        with pytest.raises(DemandUnknown):
            House(facts("new")).use_cases.adviser.simulate("new", ())
        with pytest.raises(ModelNotReady):
            House(learned=False).use_cases.adviser.simulate("p00", ())


class TestElasticities:
    def test_a_product_with_a_history_has_its_own(self, adviser: Adviser) -> None:
        version, found, _ = adviser.elasticity("p00")
        assert (version, found.source) == ("pricing/1", "product")
        assert found.low < found.mean < found.high < 0

    def test_a_new_product_takes_its_categorys(self) -> None:
        _, found, _ = House(facts("new", category=("c1",))).use_cases.adviser.elasticity("new")
        assert found.source == "category"


class TestForecasts:
    def test_channels_add_up(self, adviser: Adviser) -> None:
        web, all_of_them = (adviser.forecast("p00", "week", channel)[1] for channel in ("web", None))
        assert web.point[0] == pytest.approx(8.0)
        assert all_of_them.point[0] == pytest.approx(10.0)
        assert all_of_them.begins(1) - all_of_them.begins(0) == timedelta(weeks=1)

    def test_one_that_is_over_is_said_to_be(self) -> None:
        house = House()
        assert not house.use_cases.adviser.forecast("p00", "week", None)[2]
        house.now_us = int((NOW + timedelta(weeks=7)).timestamp() * 1e6)
        assert house.use_cases.adviser.forecast("p00", "week", None)[2]

    def test_what_was_not_forecast_is_refused(self) -> None:
        house = House(facts(), facts("new"))
        for product, period, channel in (("new", "day", None), ("p00", "day", None), ("new", "week", "app")):
            with pytest.raises(NoForecast):
                house.use_cases.adviser.forecast(product, period, channel)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("product", "member", "units"),
        [("seldom1", "peers", 1.0), ("unsold", "category", 0.0), ("new", "category", 1.0)],
    )
    def test_what_is_not_among_the_best_sold_is_forecast_by_what_is_like_it(
        self, product: str, member: str, units: float
    ) -> None:
        adviser = House(facts(product, category=("c0",))).use_cases.adviser
        _, found, over = adviser.forecast(product, "week", "web")
        assert (found.member, over) == (member, False)
        assert found.point == pytest.approx(np.full(6, units), abs=0.25)


def line(**changes: object) -> ReplenishLine:
    plain = {"product_id": "p00", "lead": (Lead(1, 0.5), Lead(2, 0.5)), "on_hand": 10}
    return ReplenishLine(**{**plain, **changes})  # type: ignore[arg-type]


def planned(house: House, *lines: ReplenishLine, weeks: int | None = None) -> list[Planned]:
    planner: Planner = house.use_cases.planner
    _, found, failed = planner.plan(lines, channel=None, clearance_weeks=weeks)
    assert failed == []
    return found


class TestOrders:
    def test_little_stock_is_filled_up_in_whole_packs(self) -> None:
        (found,) = planned(House(), line(pack=6))
        assert found.order.quantity > 0
        assert found.order.quantity % 6 == 0
        assert found.order.runs_out > 0.5

    def test_the_stock_on_record_stands_in(self) -> None:
        told, on_record = (planned(House(facts(stock=33)), line(on_hand=count))[0] for count in (33, None))
        assert told == on_record

    def test_more_that_is_on_its_way_is_less_to_order(self) -> None:
        few, many = (planned(House(), line(on_order=count))[0].order.quantity for count in (0, 12))
        assert many == few - 12

    def test_a_higher_service_orders_more(self) -> None:
        low, high = (planned(House(), line(service=service))[0].order.quantity for service in (0.6, 0.99))
        assert low < high

    def test_lines_fail_alone(self) -> None:
        house = House(facts(), facts("p01", stock=None))
        lines = (
            line(),
            line(product_id="nobody"),
            line(product_id="p01", on_hand=None),
            line(lead=(Lead(1, 0.5),)),
            line(order_cost=5.0),
        )
        _, found, failed = house.use_cases.planner.plan(lines, channel=None, clearance_weeks=None)
        assert [one.product_id for one in found] == ["p00"]
        assert [(one.place, one.error.code) for one in failed] == [
            (1, "unknown_product"),
            (2, "stock_unknown"),
            (3, "supply_refused"),
            (4, "supply_refused"),
        ]

    def test_a_channel_without_sales_has_no_order(self) -> None:
        planner = House().use_cases.planner
        _, _, failed = planner.plan([line()], channel="app", clearance_weeks=None)
        assert [one.error.code for one in failed] == ["no_forecast"]

    def test_a_new_product_is_ordered_by_its_category(self) -> None:
        (found,) = planned(House(facts("new", category=("c0",), stock=0)), line(product_id="new", on_hand=0))
        assert found.order.quantity > 0


class TestSurplus:
    def test_what_sells_has_none(self) -> None:
        assert planned(House(), line())[0].surplus is None

    def test_far_more_than_will_sell_is_told_and_marked_down(self) -> None:
        (found,) = planned(House(), line(on_hand=2_000), weeks=4)
        assert found.surplus is not None
        assert found.surplus.verdict == "excess"
        assert found.surplus.value == found.surplus.excess * 180
        assert found.clearance is not None
        assert list(found.clearance.prices) == sorted(found.clearance.prices, reverse=True)
        assert found.clearance.gain >= 0

    def test_what_has_not_sold_for_months_is_dead(self) -> None:
        house = House()
        house.now_us = int((NOW + timedelta(days=200)).timestamp() * 1e6)
        (found,) = planned(house, line())
        assert found.surplus is not None
        assert (found.surplus.verdict, found.surplus.excess) == ("dead", 10)

    @pytest.mark.parametrize(("listed", "verdict"), [(300, "dead"), (1, None)])
    def test_what_never_sold_is_dead_when_it_was_on_offer_for_long(self, listed: int, verdict: str | None) -> None:
        house = House(facts("unsold", history=((days_ago(listed), 299),), category=("c0",)))
        found = planned(house, line(product_id="unsold"))[0].surplus
        assert (found.verdict if found else None) == verdict

    def test_what_is_new_is_left_alone(self) -> None:
        new = facts(history=((days_ago(1), 299),))
        assert planned(House(new), line(on_hand=2_000))[0].surplus is None

    def test_without_a_cost_nothing_is_said_of_it(self) -> None:
        assert planned(House(facts(cost=None)), line(on_hand=2_000), weeks=4)[0].surplus is None


def test_orders_are_the_same_every_time() -> None:
    first, again = (planned(House(), line(), line(product_id="p01", on_hand=3)) for _ in range(2))
    assert msgspec.json.encode([one.order for one in first]) == msgspec.json.encode([one.order for one in again])
