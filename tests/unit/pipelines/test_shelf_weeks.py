from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from merx_kit.eventlog.shelves import Shelves
from merx_pipelines.shelf_weeks import ShelfWeeks, empty_weeks, write
from merx_pipelines.weekly_sales import About

START, WEEKS = pd.Timestamp("2026-01-01", tz="UTC"), 3
END = START + pd.Timedelta(weeks=WEEKS)
ABOUT = About(currency="EUR", weeks=WEEKS, end=END.isoformat(), products=2, rows=0, dropped={})


def moments(days: Sequence[float | None]) -> "pd.Series[Any]":
    """Days since START; None is never."""
    at = [None if day is None else START + pd.Timedelta(days=day) for day in days]
    return pd.Series(pd.to_datetime(pd.Series(at, dtype="datetime64[ns, UTC]")))


def spans(*told: tuple[str, float, float | None]) -> pd.DataFrame:
    """Empty from one day to another; None: still."""
    products = pd.Series([product for product, _, _ in told], dtype=object)
    begun, ended = [begun for _, begun, _ in told], [ended for _, _, ended in told]
    return pd.DataFrame({"product_id": products, "start": moments(begun), "end": moments(ended)})


def asked(*told: tuple[str, float, int | None, int | None], currency: str = "EUR") -> pd.DataFrame:
    """Product, day, price, list price."""
    return pd.DataFrame(
        {
            "product_id": pd.Series([product for product, *_ in told], dtype=object),
            "time": moments([day for _, day, *_ in told]),
            "price": pd.Series([price for *_, price, _ in told], dtype="Int64"),
            "currency": pd.Series([currency] * len(told), dtype=object),
            "list_price": pd.Series([listed for *_, listed in told], dtype="Int64"),
        }
    )


def rivals(*told: tuple[str, str, float, int | None]) -> pd.DataFrame:
    """Product, competitor, day, price."""
    return pd.DataFrame(
        {
            "product_id": pd.Series([product for product, *_ in told], dtype=object),
            "competitor": pd.Series([competitor for _, competitor, *_ in told], dtype=object),
            "time": moments([day for *_, day, _ in told]),
            "price": pd.Series([price for *_, price in told], dtype="Int64"),
            "currency": pd.Series(["EUR"] * len(told), dtype=object),
        }
    )


class TestEmptyWeeks:
    def empty(self, *told: tuple[str, float, float | None]) -> dict[tuple[str, int], float]:
        found = empty_weeks(spans(*told), END, WEEKS)
        return dict(zip(zip(found["product_id"], found["week"], strict=True), found["days"], strict=True))

    def test_a_span_is_divided_among_its_weeks(self) -> None:
        assert self.empty(("tea", 5, 16)) == {("tea", 0): 2.0, ("tea", 1): 7.0, ("tea", 2): 2.0}

    def test_spans_of_one_week_add_up(self) -> None:
        assert self.empty(("tea", 1, 2), ("tea", 3, 3.5), ("cup", 3, 4)) == {("tea", 0): 1.5, ("cup", 0): 1.0}

    def test_one_that_is_not_over_lasts_until_the_end(self) -> None:
        assert self.empty(("tea", 19, None)) == {("tea", 2): 2.0}

    def test_what_lies_outside_the_weeks_is_left_out(self) -> None:
        assert self.empty(("tea", -9, 1), ("cup", -9, -2), ("pot", 30, None)) == {("tea", 0): 1.0}

    def test_none_is_none(self) -> None:
        assert self.empty() == {}


class TestPrices:
    def prices(self, tmp_path: Path, told: pd.DataFrame, others: pd.DataFrame | None = None) -> pd.DataFrame:
        write(Shelves(spans(), told, rivals() if others is None else others), ABOUT, tmp_path)
        return ShelfWeeks.read(tmp_path).prices.set_index(["product_id", "week"]).sort_index()

    def test_a_week_has_the_price_that_held_in_its_middle(self, tmp_path: Path) -> None:
        found = self.prices(tmp_path, asked(("tea", -30, 500, None), ("tea", 9, 450, None), ("tea", 19, 400, None)))
        assert found["price"].to_dict() == {("tea", 0): 500.0, ("tea", 1): 450.0, ("tea", 2): 450.0}

    def test_of_several_in_one_week_the_last_counts(self, tmp_path: Path) -> None:
        found = self.prices(tmp_path, asked(("tea", 0, 500, None), ("tea", 1, 470, None), ("tea", 2, 450, None)))
        assert found["price"].tolist() == [450.0] * WEEKS

    def test_before_the_first_is_known_there_is_none(self, tmp_path: Path) -> None:
        assert self.prices(tmp_path, asked(("tea", 8, 500, None)))["price"].to_dict() == {
            ("tea", 1): 500.0,
            ("tea", 2): 500.0,
        }

    def test_how_far_a_price_lies_below_the_list_price_is_the_promotion(self, tmp_path: Path) -> None:
        told = asked(("tea", 0, 400, 500), ("cup", 0, 700, None), ("pot", 0, None, 900), ("lid", 0, 300, 200))
        found = self.prices(tmp_path, told).xs(0, level="week")
        assert found["off"].to_dict() == {"tea": 0.2, "cup": 0.0, "pot": 0.0, "lid": 0.0}
        assert found["price"]["pot"] == 900.0

    def test_of_others_the_lowest_counts_while_they_have_any(self, tmp_path: Path) -> None:
        told = rivals(("tea", "a", 0, 480), ("tea", "b", 0, 450), ("tea", "b", 8, None), ("tea", "a", 15, None))
        found = self.prices(tmp_path, asked(("tea", 0, 500, None)), told)
        assert found["rival"].fillna(0.0).tolist() == [450.0, 480.0, 0.0]

    def test_what_others_asked_may_be_told_in_any_order(self, tmp_path: Path) -> None:
        told = rivals(("tea", "a", 15, 430), ("tea", "a", 0, 480), ("tea", "a", 8, 450))
        found = self.prices(tmp_path, asked(("tea", 0, 500, None)), told)
        assert found["rival"].tolist() == [480.0, 450.0, 430.0]

    def test_a_product_that_only_others_sell_for_a_price_is_kept(self, tmp_path: Path) -> None:
        found = self.prices(tmp_path, asked(), rivals(("tea", "a", 0, 480)))
        assert found["price"].isna().all()
        assert found["off"].tolist() == [0.0] * WEEKS

    def test_another_currency_is_left_out(self, tmp_path: Path) -> None:
        assert self.prices(tmp_path, asked(("tea", 0, 500, None), currency="USD")).empty

    def test_a_price_of_nothing_is_none(self, tmp_path: Path) -> None:
        assert self.prices(tmp_path, asked(("tea", 0, 0, None)))["price"].isna().all()
