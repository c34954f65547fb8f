"""Trailing statistics, demand behind an empty shelf, levels of what has no past."""

import numpy as np

from merx_models.demand.history import Trailing, demand_history, mean_of_others, relatives_levels
from merx_models.demand.long_table import read_long
from merx_models.demand.sales import Doubles, SalesTable
from tests.unit.models.demand.shop import shop


def with_empty_shelves(share: float = 0.2, seed: int = 1) -> tuple[SalesTable, SalesTable]:
    """The shop as it was, and as it recorded sales where a shelf sold out at half of what was wanted."""
    table = shop()
    empty = np.random.default_rng(seed).random(table.sold.shape) < share
    return table, table.replace(sold=np.where(empty, np.floor(table.sold / 2), table.sold), empty_shelf=empty)


class TestTrailing:
    def test_statistics_are_those_of_the_window(self) -> None:
        rng = np.random.default_rng(0)
        values = rng.normal(size=(5, 30))
        values[rng.random(values.shape) < 0.2] = np.nan
        past, window = Trailing(values), values[:, 13:21]
        np.testing.assert_allclose(past.mean(20, 8), np.nanmean(window, axis=1))
        np.testing.assert_allclose(past.deviation(20, 8), np.nanstd(window, axis=1))
        np.testing.assert_allclose(past.extreme(20, 8, np.fmin), np.nanmin(window, axis=1))
        np.testing.assert_array_equal(past.count(20, 8), np.isfinite(window).sum(axis=1))

    def test_before_the_first_column_nothing_is_known(self) -> None:
        past = Trailing(np.ones((3, 4)))
        for values in (past.mean(-1, 5), past.deviation(-2, 5), past.extreme(-1, 5, np.fmax), past.at(-3)):
            assert np.isnan(values).all()

    def test_a_window_without_values_is_missing(self) -> None:
        assert np.isnan(Trailing(np.full((2, 6), np.nan)).mean(5, 3)).all()


class TestDemandHistory:
    def test_an_empty_shelf_is_not_taken_as_demand(self) -> None:
        truth, recorded = with_empty_shelves()
        empty = recorded.empty_shelf[:, 20:]
        made_good = demand_history(recorded)[:, 20:][empty]
        wanted, sold = np.log1p(truth.sold[:, 20:][empty]), np.log1p(recorded.sold[:, 20:][empty])
        assert (made_good >= sold - 1e-9).all()
        assert abs((made_good - wanted).mean()) < 0.4 * abs((sold - wanted).mean())

    def test_a_shelf_that_sold_more_than_ever_wanted_at_least_that(self) -> None:
        given = {"series": ["a"] * 9, "time": range(9), "value": [10.0] * 8 + [500.0], "stock_out": [0] * 8 + [1]}
        table = read_long({name: np.array(values) for name, values in given.items()})
        assert demand_history(table)[0, -1] > np.log1p(500.0)

    def test_an_empty_shelf_without_a_past_is_unknown(self) -> None:
        table = read_long({"series": ["a", "a"], "time": [0, 1], "value": [2.0, 5.0], "stock_out": [1, 0]})
        np.testing.assert_allclose(demand_history(table), [[np.nan, np.log1p(5.0)]])

    def test_later_sales_do_not_count(self) -> None:
        _, recorded = with_empty_shelves()
        changed = recorded.sold.copy()
        changed[:, 51:] = 1.0
        np.testing.assert_array_equal(
            demand_history(recorded)[:, :51], demand_history(recorded.replace(sold=changed))[:, :51]
        )


class TestRelatives:
    LEVELS: Doubles = np.array([3.0, np.nan, 5.0, 6.0])

    def table(self) -> SalesTable:
        given = {"series": list("abcd"), "time": [0] * 4, "value": [1.0] * 4}
        return read_long(given | {"product": list("xxyy"), "store": list("1212"), "category": ["c"] * 4})

    def test_the_mean_of_others_leaves_each_out(self) -> None:
        means = mean_of_others(self.LEVELS, np.array([0, 0, 1, 1]))
        np.testing.assert_array_equal(means, [np.nan, 3.0, 6.0, 5.0])

    def test_a_product_new_in_a_store_stands_where_it_does_elsewhere_moved_by_the_store(self) -> None:
        here, _ = relatives_levels(self.LEVELS, self.table())
        assert here[1] == 3.0 + (6.0 - 14.0 / 3.0)

    def test_a_new_product_stands_where_its_category_does_in_the_store(self) -> None:
        _, new = relatives_levels(self.LEVELS, self.table())
        assert new[1] == 6.0
        assert new[0] == 5.0

    def test_where_nobody_else_sold_nothing_is_known(self) -> None:
        for levels in relatives_levels(np.array([2.0, np.nan, np.nan, np.nan]), self.table()):
            assert np.isnan(levels[0])
            assert np.isfinite(levels[1:]).all()
