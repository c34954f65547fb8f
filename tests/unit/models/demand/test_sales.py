"""Long tables become one row per series and one column per period, or are refused with a reason."""

from typing import Any

import numpy as np
import pytest

from merx_models.demand.long_table import read_long
from merx_models.demand.sales import DAILY, WEEKLY, SalesError
from tests.unit.models.demand.shop import columns, shop


class TestReadLong:
    def test_the_order_of_the_rows_does_not_count(self) -> None:
        given = columns()
        turn = np.random.default_rng(0).permutation(len(given["time"]))
        turned = read_long({name: values[turn] for name, values in given.items()})
        np.testing.assert_array_equal(turned.sold, shop().sold)
        np.testing.assert_array_equal(turned.codes, shop().codes)

    def test_a_period_without_a_row_is_unknown(self) -> None:
        table = read_long({"series": ["a", "a"], "time": [5, 8], "value": [3.0, 4.0]}, ahead=2)
        np.testing.assert_array_equal(table.sold, [[3, np.nan, np.nan, 4, np.nan, np.nan]])
        assert table.column(8) == 3

    def test_days_become_days_or_weeks(self) -> None:
        days = np.array(["2026-01-01", "2026-01-08"], dtype="datetime64[D]")
        given = {"series": ["a", "a"], "time": days, "value": [1.0, 2.0]}
        assert read_long(given, cadence=DAILY).periods == 8
        assert read_long(given, cadence=WEEKLY).periods == 2

    def test_without_a_product_a_series_is_one(self) -> None:
        table = read_long({"series": ["b", "a"], "time": [1, 1], "value": [1.0, 2.0]})
        assert table.names == ("a", "b")
        np.testing.assert_array_equal(table.code("product"), [0, 1])
        np.testing.assert_array_equal(table.code("category"), [0, 0])
        assert table.families == ("a", "b")

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"value": [1.0, -2.0]}, "value"),
            ({"time": [1, 1]}, "two rows"),
            ({"time": [1.5, 2.5]}, "period numbers"),
            ({"price": [0.0, 1.0]}, "price"),
            ({"series": []}, "no rows"),
            ({"price": [np.inf, 1.0]}, r"price: inf \(series 'a', period 1\)"),
            ({"price": [1.0, -1.0]}, r"price: not above zero \(series 'a', period 2\)"),
            ({"competitor_price": [0.0, 1.0]}, "competitor_price"),
            ({"price": [1.0]}, "price: 1 rows beside 2"),
            ({"price": ["dear", "1"]}, "price: not numbers"),
            ({"promotion_offer": [np.nan, 1.0]}, r"promotion_offer: nan \(series 'a', period 1\)"),
            ({"stock_out": [0.0, np.nan]}, r"stock_out: nan \(series 'a', period 2\)"),
            ({"category": ["c", "d"]}, "category: series 'a' has two"),
            ({"time": np.array(["2026-01-01", "NaT"], dtype="datetime64[D]")}, "time: a date is missing"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, changed: dict[str, Any], said: str) -> None:
        with pytest.raises(SalesError, match=said):
            read_long({"series": ["a", "a"], "time": [1, 2], "value": [1.0, 2.0]} | changed)

    def test_a_missing_column_is_named(self) -> None:
        with pytest.raises(SalesError, match="value"):
            read_long({"series": ["a"], "time": [1]})

    def test_an_unknown_price_is_no_error(self) -> None:
        table = read_long({"series": ["a", "a"], "time": [1, 2], "value": [1.0, 2.0], "price": [np.nan, 2.0]})
        np.testing.assert_array_equal(table.price, [[np.nan, 2.0]])

    def test_a_period_or_a_series_that_is_not_there_is_named(self) -> None:
        with pytest.raises(SalesError, match="period 999 is outside 1000 to 1079"):
            shop().column(999)
        with pytest.raises(SalesError, match="'p9/s0'"):
            shop().rows_of(["p9/s0"])

    def test_until_forgets_later_sales_and_keeps_plans(self) -> None:
        table = shop()
        early = table.until(10)
        assert np.isnan(early.sold[:, 11:]).all()
        np.testing.assert_array_equal(early.sold[:, :11], table.sold[:, :11])
        np.testing.assert_array_equal(early.price, table.price)
