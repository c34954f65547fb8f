import numpy as np
import pytest

from merx_models.elasticity import PriceHistory
from tests.unit.models.elasticity.sales import shop


def small(**changed: object) -> PriceHistory:
    given: dict[str, object] = {
        "product": ["tea", "tea", "tea", "milk"],
        "category": ["drinks"] * 4,
        "time": [0, 1, 2, 0],
        "price": [2.0, 2.2, 2.1, 1.0],
        "units": [10, 8, 9, 30],
        "controls": {"promotion": [0, 1, 0, 0]},
    }
    return PriceHistory.of(**{**given, **changed})  # type: ignore[arg-type]


class TestTable:
    def test_rows_without_a_sale_are_left_out_and_counted(self) -> None:
        history = small(units=[10, 0, 9, 30])
        assert len(history) == 3
        assert history.unsold == {("tea", ""): 1}

    def test_a_product_that_never_sold_keeps_its_category(self) -> None:
        assert small(units=[10, 8, 9, 0]).listed == {"tea": "drinks", "milk": "drinks"}

    @pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_price_must_be_above_zero(self, price: float) -> None:
        with pytest.raises(ValueError, match="price: missing or not above zero in 1 rows, the first of them row 1"):
            small(price=[2.0, price, 2.1, 1.0])

    @pytest.mark.parametrize("units", [-1.0, float("nan")])
    def test_units_must_be_known(self, units: float) -> None:
        with pytest.raises(ValueError, match="units: missing or below zero in 1 rows"):
            small(units=[10, units, 9, 30])

    def test_a_missing_control_is_named(self) -> None:
        with pytest.raises(ValueError, match="promotion: missing or infinite in 1 rows"):
            small(controls={"promotion": [0, float("nan"), 0, 0]})

    @pytest.mark.parametrize("time", [0.5, float("nan")])
    def test_periods_are_counted(self, time: float) -> None:
        with pytest.raises(ValueError, match="time: not a whole number in 1 rows"):
            small(time=[0, time, 2, 0])

    @pytest.mark.parametrize("name", ["price", "units", "time", "promotion"])
    def test_a_text_is_no_number(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"{name}: not a number"):
            small(**{"controls": {name: [1, "two", 3, 4]}} if name == "promotion" else {name: [1, "two", 3, 4]})

    def test_a_row_is_given_once(self) -> None:
        with pytest.raises(ValueError, match="1 rows repeat a product, segment, store and time"):
            small(time=[0, 1, 1, 0])

    def test_a_product_is_in_one_category(self) -> None:
        with pytest.raises(ValueError, match="'tea' is in more than one category"):
            small(category=["drinks", "drinks", "food", "drinks"])

    def test_columns_have_one_length(self) -> None:
        with pytest.raises(ValueError, match="different lengths"):
            small(time=[0, 1, 2, 0, 1], controls={})
        with pytest.raises(ValueError, match="'promotion': 3"):
            small(controls={"promotion": [0, 1, 0]})

    def test_no_rows_are_refused(self) -> None:
        with pytest.raises(ValueError, match="without rows"):
            small(product=[], category=[], time=[], price=[], units=[], controls={})

    def test_a_shop_that_sold_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="units are zero in all rows"):
            small(units=[0, 0, 0, 0])


class TestLags:
    def test_a_row_gets_what_its_series_had_before(self) -> None:
        history = small().with_lags()
        assert history.time.tolist() == [1, 2]
        np.testing.assert_allclose(history.controls["last_log_units"], np.log([10, 8]))
        np.testing.assert_allclose(history.controls["last_log_price"], np.log([2.0, 2.2]))
        assert history.controls["last_promotion"].tolist() == [0, 1]

    def test_the_order_of_the_rows_changes_nothing(self) -> None:
        told = shop(3, 1, weeks=6)
        shuffled = np.random.default_rng(0).permutation(len(told.visits))
        one, other = told.history().with_lags(), told.history(shuffled).with_lags()
        where = np.lexsort((other.time, other.store, other.product))
        for name, column in one.controls.items():
            np.testing.assert_allclose(column, other.controls[name][where], atol=1e-12)

    def test_single_rows_have_nothing_to_lag(self) -> None:
        with pytest.raises(ValueError, match="nothing to lag"):
            small().take(np.array([0, 3])).with_lags()

    def test_a_name_is_given_once(self) -> None:
        with pytest.raises(ValueError, match="trend"):
            small().with_calendar().with_calendar()
