"""Features see the past up to the origin and the plan up to the period; what is hidden stays hidden."""

import numpy as np
import pytest

from merx_models.demand.features import KNOWN, NEW, NEW_HERE, Panel, hidden
from merx_models.demand.long_table import read_long
from merx_models.demand.rows import rows_at, training_rows
from merx_models.demand.sales import DAILY
from tests.unit.models.demand.shop import STORES, columns, shop

PERIOD, HORIZON = 60, 3


class TestBlock:
    def test_sales_after_the_origin_change_nothing(self) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[:, PERIOD - HORIZON + 1 :] = 7.0
        first, second = (Panel(each).block(PERIOD, HORIZON) for each in (table, table.replace(sold=sold)))
        np.testing.assert_array_equal(first.features, second.features)
        np.testing.assert_array_equal(first.levels, second.levels)

    def test_sales_at_the_origin_count(self) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[:, PERIOD - HORIZON] *= 3.0
        first, second = (Panel(each).block(PERIOD, HORIZON) for each in (table, table.replace(sold=sold)))
        assert (first.levels[KNOWN] != second.levels[KNOWN]).all()

    def test_plans_beyond_the_period_change_nothing(self) -> None:
        table = shop()
        price, promotions = table.price.copy(), table.promotions.copy()
        price[:, PERIOD + 1 :] = 9.0
        promotions[:, PERIOD + 1 :] = 1.0
        changed = table.replace(price=price, promotions=promotions)
        first, second = (Panel(each).block(PERIOD, HORIZON) for each in (table, changed))
        np.testing.assert_array_equal(first.features, second.features)

    def test_every_column_has_a_name_and_none_is_infinite(self) -> None:
        panel = Panel(shop())
        names = panel.columns
        assert len(set(names)) == len(names)
        for period in (1, 2, 30, PERIOD):
            features = panel.block(period, 1).features
            assert features.shape == (len(panel.table.names), len(names))
            assert not np.isinf(features).any()

    def test_a_weight_of_similar_weeks_follows_price(self) -> None:
        """Past periods at the planned price say more: with a cut planned, they are those with a cut."""
        panel = Panel(shop())
        price = panel.table.price.copy()
        for factor, higher in ((0.8, True), (1.0, False)):
            price[:, PERIOD] = price.max(axis=1) * factor
            planned = Panel(panel.table.replace(price=price))
            means = planned.block(PERIOD, HORIZON).features[:, planned.columns.index("own/similar_3")]
            assert (np.mean(means) > 0.15) == higher

    def test_the_cheapest_of_the_others_is_not_oneself(self) -> None:
        given = {"series": list("abc"), "time": [0] * 3, "value": [1.0] * 3, "category": ["c"] * 3}
        panel = Panel(read_long(given | {"price": [1.0, 2.0, 4.0]}))
        np.testing.assert_array_equal(panel.shelf_cheapest[:, 0], np.log([2.0, 1.0, 1.0]))

    def test_a_competitor_who_is_dearer_is_seen(self) -> None:
        table = shop()
        panel = Panel(table.replace(competitor_price=table.price * 1.25))
        column = panel.block(PERIOD, HORIZON).features[:, panel.columns.index("planned/price_to_competitor")]
        np.testing.assert_allclose(column, -np.log(1.25))

    def test_daily_tables_know_the_day_of_the_week(self) -> None:
        panel = Panel(read_long(columns(), cadence=DAILY))
        assert panel.block(30, 2).features[0, panel.columns.index("planned/weekday")] == 1030 % 7


class TestNewness:
    def test_a_series_without_sales_is_new_here_or_everywhere(self) -> None:
        table = shop()
        sold = table.sold.copy()
        sold[0] = np.nan
        assert Panel(table.replace(sold=sold)).levels(50)[1][0] == NEW_HERE
        sold[:STORES] = np.nan
        np.testing.assert_array_equal(Panel(table.replace(sold=sold)).levels(50)[1][:STORES], [NEW] * STORES)

    @pytest.mark.parametrize(("kind", "rows"), [(NEW_HERE, slice(0, 1)), (NEW, slice(0, STORES))])
    def test_a_hidden_history_shows_nowhere(self, kind: int, rows: slice) -> None:
        """But in the levels that others stand at, which are drawn to it a little."""
        table = shop()
        sold = table.sold.copy()
        sold[rows] *= 10.0
        kept = ~hidden(Panel(table).columns, kind)
        first, second = (Panel(each).block(PERIOD, HORIZON) for each in (table, table.replace(sold=sold)))
        np.testing.assert_allclose(first.features[rows, kept], second.features[rows, kept], atol=0.1)
        np.testing.assert_allclose(first.levels[kind, rows], second.levels[kind, rows])


class TestRows:
    def test_every_known_target_is_learned_once_at_one_of_the_horizons(self) -> None:
        rows = training_rows(Panel(shop()), range(20, 40), (2, 3))
        seen = rows.take(rows.newness == KNOWN)
        assert len(seen) == 20 * len(rows.panel.table.names)
        assert set(seen.horizon.tolist()) == {2, 3}
        assert (rows.newness == NEW).any()
        assert (rows.newness == NEW_HERE).any()

    def test_an_empty_shelf_is_no_target(self) -> None:
        table = shop()
        empty = np.zeros(table.sold.shape, dtype=bool)
        empty[:, 30] = True
        rows = training_rows(Panel(table.replace(empty_shelf=empty)), range(20, 40), (1,))
        assert 30 not in rows.period

    @pytest.mark.parametrize("period", [2, PERIOD])
    def test_windows_end_at_the_origin(self, period: int) -> None:
        table = shop()
        sold, price = table.sold.copy(), table.price.copy()
        sold[:, period:], price[:, period:] = 1.0, 9.0
        first, second = (rows_at(Panel(each), period, 1) for each in (table, table.replace(sold=sold, price=price)))
        np.testing.assert_array_equal(first.windows(26), second.windows(26))
        assert first.windows(26).shape == (len(table.names), 26, 4)

    def test_no_periods_give_no_rows(self) -> None:
        assert len(training_rows(Panel(shop()), range(0), (1,))) == 0
