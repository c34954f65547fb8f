from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from merx_pipelines.weekly_sales import About, NothingSold, read_days, read_on_offer, read_sales, write

CATALOGUE = pd.DataFrame(
    {"product_id": ["tea", "cup"], "category": ["Tea > Green > Sencha", None]},
)
START = pd.Timestamp("2026-01-01", tz="UTC")


def line(product: str, day: float, units: int = 1, price: int = 500, **changed: Any) -> dict[str, Any]:
    return {
        "product_id": product,
        "time": START + pd.Timedelta(days=day),
        "quantity": units,
        "unit_price": price,
        "currency": "EUR",
        "channel": "web",
        "event_type": "purchase",
        **changed,
    }


def written(tmp_path: Path, lines: list[dict[str, Any]]) -> tuple[About, pd.DataFrame]:
    about = write(pd.DataFrame(lines), CATALOGUE, tmp_path)
    assert About.read(tmp_path) == about
    return about, read_sales(tmp_path)


def test_weeks_are_counted_back_from_the_last_sale_and_the_days_before_them_left_out(tmp_path: Path) -> None:
    about, table = written(tmp_path, [line("tea", 0), line("tea", 2, units=3), line("tea", 8), line("tea", 15)])
    assert about.weeks == 2
    assert table[["week", "units"]].to_numpy().tolist() == [[0, 4], [1, 1]]


def test_a_week_without_a_sale_keeps_the_price_and_none_is_made_before_the_first_or_after_the_last(
    tmp_path: Path,
) -> None:
    lines = [line("cup", 0), line("tea", 8, price=400), line("tea", 22, price=450), line("cup", 36)]
    _, table = written(tmp_path, lines)
    tea = table[table["product_id"] == "tea"]
    assert tea["units"].tolist() == [1, 0, 1]
    assert tea["price"].tolist() == [400.0, 400.0, 450.0]


def test_the_price_is_the_mean_of_what_was_paid_for_a_unit(tmp_path: Path) -> None:
    _, table = written(tmp_path, [line("tea", 0), line("tea", 14, units=3, price=400), line("tea", 15, price=800)])
    last = table[table["week"] == table["week"].max()].iloc[0]
    assert (last["units"], last["price"]) == (4, 500.0)


def test_channels_are_apart_and_categories_two_levels_deep(tmp_path: Path) -> None:
    _, table = written(tmp_path, [line("tea", 0), line("tea", 14), line("tea", 14, channel="shop"), line("cup", 14)])
    assert set(zip(table["product_id"], table["channel"], strict=True)) == {
        ("tea", "web"),
        ("tea", "shop"),
        ("cup", "web"),
    }
    assert dict(zip(table["product_id"], table["category"], strict=True)) == {"tea": "Tea > Green", "cup": ""}


def test_what_has_no_price_or_another_currency_is_counted_and_left_out(tmp_path: Path) -> None:
    lines = [line("tea", 0), line("tea", 14), line("tea", 14, price=0), line("cup", 14, currency="USD")]
    about, table = written(tmp_path, [*lines, line("cup", 14, event_type="view_item")])
    assert about.dropped == {"no_price": 1, "other_currency": 1}
    assert about.currency == "EUR"
    assert set(table["product_id"]) == {"tea"}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([line("tea", 0, price=0)], "none of 1 purchase lines has a price"),
        ([line("tea", 0)], "less than one whole week"),
    ],
)
def test_where_nothing_can_be_learned_it_says_why(tmp_path: Path, lines: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(NothingSold, match=why):
        write(pd.DataFrame(lines), CATALOGUE, tmp_path)


def test_days_are_those_of_the_weeks_and_add_up_to_them(tmp_path: Path) -> None:
    lines = [line("tea", day, units=int(day) + 1) for day in (0, 1, 7, 9, 9.5, 15, 20)]
    about, table = written(tmp_path, [*lines, line("cup", 20, channel="shop")])
    days = read_days(tmp_path)
    assert days["day"].between(0, 7 * about.weeks - 1).all()
    tea = days[days["product_id"] == "tea"]
    by_week = tea.groupby(tea["day"] // 7)["units"].sum()
    weekly = table[table["product_id"] == "tea"].set_index("week")["units"]
    assert by_week.to_dict() == weekly[weekly > 0].to_dict()


def test_all_that_is_on_offer_is_told_sold_or_not(tmp_path: Path) -> None:
    written(tmp_path, [line("tea", 0), line("tea", 14)])
    assert read_on_offer(tmp_path).to_dict() == {"tea": "Tea > Green", "cup": ""}
