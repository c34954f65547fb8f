import numpy as np
import pytest
from scipy.stats import norm

from merx_models.stock.forecast import Doubles, QuantileForecast
from merx_models.stock.orders import LeadTime, Shelf, Supply, newsvendor, order

LEVELS = np.arange(1, 10) / 10
TWO_WEEKS = LeadTime(periods=(2,), chances=(1.0,))


def normal(mean: float, spread: float, periods: int = 1) -> QuantileForecast:
    return QuantileForecast(LEVELS, np.tile(mean + spread * norm.ppf(LEVELS), (periods, 1)))


def sure(units: float, periods: int) -> QuantileForecast:
    return QuantileForecast(LEVELS, np.full((periods, 9), units))


class TestForecast:
    def test_a_normal_forecast_is_met_beyond_its_levels(self) -> None:
        scores = np.array([[-2.0], [0.0], [3.0]])
        np.testing.assert_allclose(normal(100.0, 10.0).at(scores)[:, 0], [80.0, 100.0, 130.0])

    def test_demand_is_never_below_nothing(self) -> None:
        assert normal(5.0, 10.0).at(np.array([[-3.0]]))[0, 0] == 0.0

    def test_crossing_quantiles_can_be_put_in_order(self) -> None:
        crossed = QuantileForecast.rearranged(np.array([0.1, 0.5, 0.9]), np.array([[5.0, 3.0, 9.0]]))
        drawn = crossed.at(np.linspace(-2.0, 2.0, 9)[:, None])[:, 0]
        assert (np.diff(drawn) >= 0).all()

    def test_errors_that_persist_add_up(self) -> None:
        rng = np.random.default_rng(0)
        spread = [normal(100.0, 10.0, 4).paths(20_000, rng, correlation=c).sum(axis=1).std() for c in (0.0, 1.0)]
        assert spread[0] == pytest.approx(20.0, rel=0.03)  # independent: 10 * sqrt(4); three standard errors are 1.5 %
        assert spread[1] == pytest.approx(40.0, rel=0.03)

    @pytest.mark.parametrize(
        ("levels", "values"),
        [
            (np.array([0.5]), np.ones((1, 1))),
            (np.array([0.5, 0.4]), np.ones((1, 2))),
            (np.array([0.5, np.nan]), np.ones((1, 2))),
            (LEVELS, np.full((1, 9), np.nan)),
            (LEVELS, np.empty((0, 9))),
            (np.array([0.1, 0.5]), np.array([[1.0, 2.0], [3.0, 2.5]])),
        ],
    )
    def test_what_is_no_forecast_is_refused(self, levels: Doubles, values: Doubles) -> None:
        with pytest.raises(ValueError, match=r"levels|values|cross in period 1"):
            QuantileForecast(levels, values)


class TestNewsvendor:
    @pytest.mark.parametrize(("price", "salvage"), [(20.0, 0.0), (11.0, 0.0), (20.0, 8.0)])
    def test_it_is_the_quantile_of_the_critical_ratio(self, price: float, salvage: float) -> None:
        share = (price - 10.0) / (price - salvage)
        ideal = 1_000.0 + 100.0 * norm.ppf(share)
        found = newsvendor(normal(1_000.0, 100.0), price=price, cost=10.0, salvage=salvage)
        assert found == pytest.approx(ideal, abs=1.5)  # rounded up, on 4,000 evenly spaced quantiles

    def test_demand_that_is_known_is_bought(self) -> None:
        assert newsvendor(sure(30.0, 4), price=20.0, cost=10.0) == 120

    def test_what_does_not_pay_is_not_bought(self) -> None:
        assert newsvendor(normal(100.0, 10.0), price=10.0, cost=10.0) == 0

    def test_it_maximises_the_expected_profit(self) -> None:
        demand = normal(50.0, 15.0)
        drawn = demand.at(np.random.default_rng(1).normal(size=(40_000, 1)))[:, 0]

        def profit(units: int) -> float:
            return float((25.0 * np.minimum(drawn, units) + 4.0 * np.maximum(units - drawn, 0)).mean() - 10.0 * units)

        best = newsvendor(demand, price=25.0, cost=10.0, salvage=4.0)
        assert all(profit(best) > profit(best + step) for step in (-4, 4))

    @pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), -1.0])
    @pytest.mark.parametrize("field", ["price", "cost", "salvage"])
    def test_a_missing_amount_is_refused_by_its_name(self, field: str, missing: float | None) -> None:
        amounts = {"price": 20.0, "cost": 10.0, "salvage": 1.0, field: missing}
        with pytest.raises(ValueError, match=f"^{field} must be known"):
            newsvendor(normal(1.0, 1.0), **amounts)  # type: ignore[arg-type]

    def test_stock_that_cannot_lose_is_refused(self) -> None:
        with pytest.raises(ValueError, match="worth less"):
            newsvendor(normal(1.0, 1.0), price=20.0, cost=10.0, salvage=10.0)


class TestReorderPoint:
    def test_it_is_mean_and_safety_of_lead_time_and_review(self) -> None:
        supply = Supply(lead_time=TWO_WEEKS, review=1, service=0.9)
        found = order(normal(100.0, 10.0, 3), supply, Shelf(on_hand=500), correlation=0.0)
        ideal = 300.0 + norm.ppf(0.9) * 10.0 * np.sqrt(3.0)
        assert found.reorder_point == pytest.approx(ideal, abs=3.0)  # a quantile of 4,000 draws
        assert found.safety == pytest.approx(ideal - 300.0, abs=3.0)

    def test_a_lead_time_that_varies_asks_for_more(self) -> None:
        varies = LeadTime(periods=(1, 2, 3), chances=(0.25, 0.5, 0.25))
        steady, shaky = (
            order(
                normal(100.0, 5.0, 5), Supply(lead_time=lead, review=0, service=0.9), Shelf(on_hand=0), correlation=0.0
            )
            for lead in (TWO_WEEKS, varies)
        )
        assert varies.mean == TWO_WEEKS.mean
        # the nine in ten cover three weeks with the chance (.9 - .75) / .25 of them
        assert shaky.reorder_point == pytest.approx(300.0 + 5.0 * np.sqrt(3.0) * norm.ppf(0.6), abs=3.0)
        assert shaky.reorder_point > steady.reorder_point + 50

    def test_more_service_is_never_less_stock(self) -> None:
        points = [
            order(normal(50.0, 20.0, 3), Supply(lead_time=TWO_WEEKS, service=level), Shelf(on_hand=0)).reorder_point
            for level in (0.5, 0.8, 0.95, 0.99)
        ]
        assert points == sorted(points)

    def test_the_chance_of_running_out_is_that_of_the_position(self) -> None:
        supply = Supply(lead_time=TWO_WEEKS, review=1, service=0.9)
        found = order(normal(100.0, 10.0, 3), supply, Shelf(on_hand=300), correlation=0.0)
        assert found.runs_out == pytest.approx(0.5, abs=0.04)  # five standard errors of 4,000 draws


class TestOrder:
    def test_ordering_that_costs_is_done_in_lots(self) -> None:
        supply = Supply(lead_time=TWO_WEEKS, review=0, order_cost=800.0, holding=1.0)
        found = order(sure(100.0, 2), supply, Shelf(on_hand=200))
        assert found.order_up_to - found.reorder_point == 400  # sqrt(2 * 800 * 100 / 1)
        assert found.quantity == 400

    def test_where_ordering_is_free_it_fills_up_to_the_point(self) -> None:
        found = order(sure(100.0, 3), Supply(lead_time=TWO_WEEKS), Shelf(on_hand=120, on_order=100, owed=10))
        assert (found.position, found.order_up_to, found.quantity) == (210, 300, 90)

    def test_above_the_point_nothing_is_ordered(self) -> None:
        found = order(sure(100.0, 3), Supply(lead_time=TWO_WEEKS), Shelf(on_hand=301))
        assert (found.quantity, found.reasons) == (0, ("enough",))

    def test_packs_and_least_orders_round_up_and_say_so(self) -> None:
        supply = Supply(lead_time=TWO_WEEKS, pack=24, least=50)
        found = order(sure(100.0, 3), supply, Shelf(on_hand=290))
        assert found.quantity == 72
        assert found.reasons == ("below_reorder_point", "least_order", "whole_packs")

    def test_a_forecast_that_is_too_short_is_extended_and_says_so(self) -> None:
        found = order(sure(100.0, 1), Supply(lead_time=TWO_WEEKS), Shelf(on_hand=0))
        assert found.order_up_to == 300
        assert "forecast_extended" in found.reasons

    def test_the_same_seed_is_the_same_order(self) -> None:
        supply = Supply(lead_time=TWO_WEEKS)
        assert order(normal(9.0, 5.0, 3), supply, Shelf(on_hand=3)) == order(
            normal(9.0, 5.0, 3), supply, Shelf(on_hand=3)
        )


class TestRefusals:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"service": 1.0},
            {"pack": 0},
            {"review": -1},
            {"order_cost": 5.0},
            {"order_cost": None},
            {"order_cost": 5.0, "holding": float("nan")},
        ],
    )
    def test_terms_of_supply_that_make_no_sense(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"service|holding|order_cost"):
            Supply(lead_time=TWO_WEEKS, **wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize("chances", [(0.5, 0.4), (1.5, -0.5), (float("nan"), 1.0)])
    def test_chances_that_do_not_add_up(self, chances: tuple[float, ...]) -> None:
        with pytest.raises(ValueError, match="add up"):
            LeadTime(periods=(1, 2), chances=chances)

    @pytest.mark.parametrize("periods", [(-1, 2), (1,), ()])
    def test_a_lead_time_below_nothing_or_without_a_chance(self, periods: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="lead time"):
            LeadTime(periods=periods, chances=(0.5, 0.5))

    @pytest.mark.parametrize("wrong", [{"on_hand": -1}, {"on_hand": 1, "on_order": -1}, {"on_hand": 1, "owed": -1}])
    def test_a_shelf_with_less_than_nothing(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="below 0"):
            Shelf(**wrong)
