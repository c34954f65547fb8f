import pytest

from merx_models.stock.dead_stock import DeadStockSettings, Holding, dead_stock


def holding(name: str = "p", **fields: float | None) -> Holding:
    usual = {"stock": 100, "cost": 200, "days_since_sale": 1, "days_since_arrival": 300, "daily_demand": 5.0}
    return Holding(product_id=name, **{**usual, **fields})  # type: ignore[arg-type]


class TestReport:
    def test_what_sells_is_not_in_it(self) -> None:
        assert dead_stock([holding()]) == []

    def test_what_nobody_buys_is_dead_with_all_its_money(self) -> None:
        (found,) = dead_stock([holding(days_since_sale=200, daily_demand=0.0)])
        assert (found.verdict, found.excess, found.value, found.cover_days) == ("dead", 100, 20_000, None)

    def test_what_was_never_sold_is_dead_once_it_is_old(self) -> None:
        assert dead_stock([holding(days_since_sale=None)])[0].verdict == "dead"
        assert dead_stock([holding(days_since_sale=None, days_since_arrival=30, daily_demand=0.0)]) == []

    def test_excess_is_what_the_cover_does_not_take(self) -> None:
        (found,) = dead_stock([holding(stock=1_000)])
        assert (found.verdict, found.excess, found.value) == ("excess", 400, 80_000)
        assert found.cover_days == pytest.approx(200.0)

    def test_slow_is_said_before_it_is_too_much(self) -> None:
        (found,) = dead_stock([holding(stock=400)])
        assert (found.verdict, found.excess) == ("slow", 0)

    def test_the_most_money_comes_first(self) -> None:
        found = dead_stock(
            [holding("cheap", stock=1_000, cost=1), holding("dear", stock=1_000), holding("slow", stock=400)]
        )
        assert [finding.product_id for finding in found] == ["dear", "cheap", "slow"]

    def test_the_cover_is_the_shops_own(self) -> None:
        assert dead_stock([holding(stock=1_000)], DeadStockSettings(cover_days=500)) == []

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [("stock", -1), ("cost", None), ("daily_demand", float("nan")), ("days_since_sale", -1)],
    )
    def test_what_is_missing_or_below_nothing_is_refused_by_product_and_name(
        self, field: str, wrong: float | None
    ) -> None:
        with pytest.raises(ValueError, match=f"^p: {field} .*below 0"):
            holding("p", **{field: wrong})

    def test_a_cover_of_no_days_is_refused(self) -> None:
        with pytest.raises(ValueError, match="cover"):
            DeadStockSettings(cover_days=0)
