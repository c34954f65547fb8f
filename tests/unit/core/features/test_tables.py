import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_core.features import MAX_HISTORY, PROFILE_COLUMNS, SEGMENTS
from merx_core.features.activity import activity, histories, segments, top_affinities
from merx_core.features.copurchase import strongest_partners
from merx_core.features.demand import median_by, popularity, position_in_group, prices, smoothed_share, trend
from merx_core.features.inputs import HABIT_HALF_LIFE_DAYS
from merx_core.features.names import POPULARITY_COLUMNS, PRICE_COLUMNS
from merx_core.features.purchases import Purchases, distinct, pair_keys, split_keys

DAY = 86_400.0
UNTIL = 100 * DAY
Line = tuple[int, int, int, float, int, int, int]


def bought(*lines: Line) -> Purchases:
    """Lines of (shopper, product, order, day, quantity, unit price, discount)."""
    columns = np.array(sorted(lines, key=lambda line: line[3]), np.float64).reshape(-1, 7).T
    shopper, product, order = (columns[place].astype(np.int32) for place in range(3))
    return Purchases.of(shopper, product, order, time=columns[3] * DAY, amounts=tuple(columns[4:]))


# Shopper 0: two orders of product 0, the first with product 1 as well; shopper 1: one order long ago.
SMALL = bought(
    (1, 1, 7, 2.0, 1, 300, 0),
    (0, 0, 8, 80.0, 2, 100, 20),
    (0, 1, 8, 80.0, 1, 300, 0),
    (0, 0, 9, 97.0, 1, 120, 0),
)
LEAF = np.array([0, 0, 1], np.int32)
NOWHERE = np.full(3, np.nan)


class TestPurchases:
    def test_a_window_holds_its_start_and_not_its_end(self) -> None:
        assert SMALL.between(80 * DAY, 97 * DAY).time.tolist() == [80 * DAY, 80 * DAY]
        assert SMALL.window(3, UNTIL).time.tolist() == [97 * DAY]

    def test_gaps_look_back_to_the_same_product_of_the_same_shopper(self) -> None:
        np.testing.assert_array_equal(SMALL.gap_days, [np.nan, np.nan, np.nan, 17.0])

    def test_lines_out_of_order_are_refused(self) -> None:
        codes = np.zeros(2, np.int32)
        with pytest.raises(ValueError, match="sorted"):
            Purchases.of(codes, codes, codes, time=np.array([2.0, 1.0]), amounts=(np.ones(2),) * 3)

    @given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
    @settings(deadline=None)
    def test_a_key_gives_its_codes_back(self, left: int, right: int) -> None:
        keys = pair_keys(np.array([left], np.int32), np.array([right], np.int32))
        assert [codes.tolist() for codes in split_keys(keys)] == [[left], [right]]

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4)), max_size=40))
    @settings(deadline=None)
    def test_distinct_counts_what_a_set_would(self, pairs: list[tuple[int, int]]) -> None:
        owner, thing = (np.array([pair[place] for pair in pairs], np.int32) for place in (0, 1))
        expected = [len({pair for pair in pairs if pair[0] == one and pair[1] >= 0}) for one in range(5)]
        assert distinct(owner, thing, 5).tolist() == expected


class TestActivity:
    def columns(self) -> dict[str, np.ndarray]:
        positions = np.array([0.0, 1.0, np.nan])
        return activity(SMALL, leaf=LEAF, price_position=positions, size=3, until=UNTIL)

    def test_has_every_column_in_order(self) -> None:
        assert tuple(self.columns()) == PROFILE_COLUMNS

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("orders_7d", 1),
            ("orders_28d", 2),
            ("items_28d", 4),
            ("spend_28d", 620),
            ("days_since_order", 3),
            ("order_interval_days", 17),
            ("basket_items", 2),
            ("basket_spend", 310),
            ("distinct_products_84d", 2),
            ("distinct_categories_84d", 1),
            ("discount_share_84d", 40 / 660),
            ("price_position_84d", 1 / 3),
            ("repeat_share_84d", 1 / 3),
            ("unit_price_84d", 155),
            ("tenure_days", 20),
        ],
    )
    def test_one_shopper_by_hand(self, name: str, expected: float) -> None:
        assert self.columns()[name][0] == pytest.approx(expected)

    def test_one_who_was_here_long_ago_has_a_past_and_no_window(self) -> None:
        columns = self.columns()
        assert (columns["orders_84d"][1], columns["days_since_order"][1]) == (0, 98)
        assert math.isnan(columns["basket_items"][1])

    def test_one_who_never_bought_has_zeros_and_missing_values(self) -> None:
        columns = self.columns()
        assert columns["orders_84d"][2] == 0
        assert math.isnan(columns["days_since_order"][2])

    def test_nothing_after_the_cut_off_counts(self) -> None:
        early = activity(SMALL, leaf=LEAF, price_position=NOWHERE, size=3, until=97 * DAY)
        prefix = activity(SMALL.before(97 * DAY), leaf=LEAF, price_position=NOWHERE, size=3, until=97 * DAY)
        for name in PROFILE_COLUMNS:
            np.testing.assert_array_equal(early[name], prefix[name])
        assert early["orders_28d"][0] == 1

    def test_segments_follow_recency_and_frequency(self) -> None:
        code = segments(np.array([0, 1, 4, 12, 20, 0.0]), np.array([np.nan, 3, 3, 3, 57, 60]))
        assert [SEGMENTS[place] for place in code] == ["new", "occasional", "regular", "loyal", "lapsed", "lapsed"]


class TestHistories:
    def test_products_come_by_their_last_purchase_oldest_first(self) -> None:
        history = histories(SMALL, until=UNTIL)
        assert history.shopper.tolist() == [0, 0, 1]
        assert history.product.tolist() == [1, 0, 1]
        assert history.counts.tolist() == [1, 2, 1]
        np.testing.assert_array_equal(history.intervals, np.array([np.nan, 17.0, np.nan], np.float32))

    def test_orders_fade_with_their_age(self) -> None:
        history = histories(SMALL, until=UNTIL)
        later = histories(SMALL, until=UNTIL + HABIT_HALF_LIFE_DAYS * 86_400)
        assert history.weights[1] == pytest.approx(2 ** (-3 / 90) + 2 ** (-20 / 90))
        np.testing.assert_allclose(later.weights, history.weights / 2, rtol=1e-6)

    def test_only_the_latest_are_kept(self) -> None:
        many = bought(*((0, product, product, float(product), 1, 1, 0) for product in range(MAX_HISTORY + 10)))
        history = histories(many, until=1e9)
        assert history.product.tolist() == list(range(10, MAX_HISTORY + 10))

    def test_affinities_are_shares_the_strongest_first(self) -> None:
        history = histories(SMALL, until=UNTIL)
        found = top_affinities(history, np.array([3, 5, 0], np.int32), until=UNTIL)
        assert found.shopper.tolist() == [0, 0, 1]
        assert found.code.tolist() == [3, 5, 5]
        weights = [2 * 2 ** (-3 / 42), 1 * 2 ** (-20 / 42)]
        np.testing.assert_allclose(found.weights, [*(np.array(weights) / sum(weights)), 1.0], rtol=1e-6)

    def test_nobody_has_no_history(self) -> None:
        history = histories(SMALL, until=0.0)
        assert history.shopper.shape == (0,)
        assert top_affinities(history, LEAF, until=0.0).code.shape == (0,)


class TestDemand:
    def test_popularity_by_hand(self) -> None:
        columns = popularity(SMALL, leaf=LEAF, until=UNTIL)
        assert tuple(columns) == POPULARITY_COLUMNS
        assert columns["sales_28d"].tolist() == [2, 1, 0]
        assert columns["buyers_84d"].tolist() == [1, 1, 0]
        assert columns["units_84d"].tolist() == [3, 1, 0]
        assert columns["revenue_84d"].tolist() == [320, 300, 0]
        np.testing.assert_allclose(columns["leaf_share_84d"], [2 / 3, 1 / 3, np.nan])
        np.testing.assert_array_equal(columns["on_sale_days"], [20, 98, np.nan])

    def test_a_steady_product_has_no_trend_and_a_rising_one_a_positive(self) -> None:
        assert trend(np.array([7.0, 14.0, 0.0]), np.array([28.0, 28.0, 28.0]), 0.25).round(3).tolist() == [
            0.0,
            0.575,
            -1.504,
        ]

    def test_a_rare_product_is_drawn_to_the_overall_share(self) -> None:
        drawn = smoothed_share(np.array([1.0, 99.0]), np.array([1.0, 199.0]))
        assert drawn[0] == pytest.approx((1 + 5 * 0.5) / 6)
        assert np.isnan(smoothed_share(np.zeros(2), np.zeros(2))).all()

    def test_prices_by_hand(self) -> None:
        columns = prices(SMALL, leaf=LEAF, catalogue_price=np.array([np.nan, np.nan, 50.0]), until=UNTIL)
        assert tuple(columns) == PRICE_COLUMNS
        np.testing.assert_array_equal(columns["usual_price"], [110, 300, 50])
        np.testing.assert_array_equal(columns["lowest_price_84d"], [100, 300, np.nan])
        np.testing.assert_allclose(columns["discount_frequency_84d"], [0.5, 0, np.nan])
        np.testing.assert_array_equal(columns["price_position"], [0, 1, 0.5])

    @given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e6)), max_size=30))
    @settings(deadline=None)
    def test_medians_are_those_of_numpy(self, pairs: list[tuple[int, float]]) -> None:
        codes = np.array([code for code, _ in pairs], np.int32)
        values = np.array([value for _, value in pairs], np.float64)
        found = median_by(codes, values, 4)
        for code in range(4):
            expected = np.median(values[codes == code]) if (codes == code).any() else np.nan
            np.testing.assert_allclose(found[code], expected)

    @given(st.lists(st.tuples(st.one_of(st.floats(0, 100), st.just(np.nan)), st.integers(-1, 3)), max_size=30))
    @settings(deadline=None)
    def test_positions_are_in_order_within_their_group(self, pairs: list[tuple[float, int]]) -> None:
        values, group = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], np.int32)
        found = position_in_group(values, group)
        assert np.isnan(found).tolist() == (np.isnan(values) | (group < 0)).tolist()
        for code in set(group.tolist()) - {-1}:
            rows = np.flatnonzero((group == code) & ~np.isnan(values))
            order = rows[np.argsort(values[rows])]
            assert (np.diff(found[order]) >= 0).all()
            assert ((found[rows] >= 0) & (found[rows] <= 1)).all()


class TestPartners:
    def test_the_closest_come_first_and_a_single_order_is_no_pair(self) -> None:
        # Orders with both: 0-1 six, 0-2 three, 1-2 one.
        indptr, partner = np.array([0, 3, 6, 9]), np.array([0, 1, 2] * 3, np.int32)
        together = np.array([9, 6, 3, 6, 8, 1, 3, 1, 4], np.float64)
        found = strongest_partners(indptr, partner, together, sales=np.array([9.0, 8.0, 4.0]), top=2)
        assert list(zip(found.product.tolist(), found.partner.tolist(), strict=True)) == [
            (0, 1),
            (0, 2),
            (1, 0),
            (2, 0),
        ]
        assert found.weights[0] == pytest.approx(6 / (math.sqrt(72) + 10))
