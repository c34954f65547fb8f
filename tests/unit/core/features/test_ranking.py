import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_core.features import (
    PRODUCT_COLUMNS,
    PROFILE_COLUMNS,
    RANKING_COLUMNS,
    SOURCES,
    PairInputs,
    ProductColumns,
    ProfileFeatures,
    ranking_matrix,
)
from merx_core.features.names import TOP_TOGETHER

DAY = 86_400.0
NOW = datetime(2024, 5, 21, 12, tzinfo=UTC).timestamp()  # a Tuesday


def products(size: int = 4, **changed: list[float]) -> ProductColumns:
    """Product r costs 100 * (r + 1); 0 and 1 share a category, 0 to 2 a department, 1 and 3 a brand; 0 goes with 2."""
    columns = {name: np.full(size, 0.5, np.float32) for name in PRODUCT_COLUMNS}
    columns["usual_price"] = np.arange(1, size + 1, dtype=np.float32) * 100
    columns |= {name: np.array(values, np.float32) for name, values in changed.items()}
    codes = {"leaf": np.array([0, 0, 1, -1]), "department": np.array([0, 0, 0, 1]), "brand": np.array([0, 1, 2, 1])}
    together = np.full((size, TOP_TOGETHER), -1, np.int32)
    weights = np.zeros((size, TOP_TOGETHER), np.float32)
    together[0, 0], weights[0, 0] = 2, 0.4
    return ProductColumns.of(columns, codes=codes, together=together, together_weights=weights)


def shopper(*bought: tuple[int, int, float]) -> tuple[ProfileFeatures, np.ndarray]:
    """Each purchase is (row, count, days ago), the one longest ago first."""
    profile = ProfileFeatures(
        profile_id="c:1",
        values=np.arange(len(PROFILE_COLUMNS), dtype=np.float32),
        history_ids=tuple(str(row) for row, _, _ in bought),
        history_times=np.array([NOW - days * DAY for _, _, days in bought]),
        history_counts=np.array([count for _, count, _ in bought], np.int32),
        history_intervals=np.array([10.0 if count > 1 else np.nan for _, count, _ in bought], np.float32),
    )
    return profile, np.array([row for row, _, _ in bought], np.int32)


def matrix(
    profile: ProfileFeatures,
    history_rows: np.ndarray,
    rows: list[int],
    *,
    shelf: ProductColumns | None = None,
    context: tuple[int, ...] = (),
    now: float = NOW,
) -> dict[str, np.ndarray]:
    pair = PairInputs.of(profile, history_rows, np.array(context, np.int32), now=now)
    scores = np.full((len(rows), len(SOURCES)), np.nan, np.float32)
    scores[:, 0] = 0.25
    found = ranking_matrix(
        profile, shelf or products(), np.array(rows, np.int32), pair=pair, source_scores=scores, now=now
    )
    assert found.shape == (len(rows), len(RANKING_COLUMNS))
    assert found.dtype == np.float32
    assert not np.isinf(found).any()
    return dict(zip(RANKING_COLUMNS, found.T, strict=True))


class TestAShopperWithAPast:
    def test_what_was_bought_is_counted_and_dated(self) -> None:
        columns = matrix(*shopper((1, 1, 30.0), (0, 3, 5.0)), [0, 1, 2])
        np.testing.assert_allclose(columns["pair_times_bought"], np.log1p([3, 1, 0]), rtol=1e-6)
        np.testing.assert_allclose(
            columns["pair_days_since_bought"], [math.log1p(5), math.log1p(30), np.nan], rtol=1e-6
        )

    def test_older_orders_count_for_less_of_the_history(self) -> None:
        columns = matrix(*shopper((1, 1, 95.0), (0, 1, 5.0)), [0, 1, 2])
        np.testing.assert_allclose(columns["pair_share_of_history"], [2 / 3, 1 / 3, 0.0], rtol=1e-6)

    def test_due_is_the_time_passed_in_the_shoppers_own_intervals_or_else_in_everybodys(self) -> None:
        columns = matrix(*shopper((1, 1, 30.0), (0, 3, 5.0)), [0, 1, 2], shelf=products(repurchase_days=[7, 15, 7, 7]))
        np.testing.assert_allclose(columns["pair_due"], [0.5, 2.0, np.nan])

    def test_affinities_are_shares_of_a_past_that_fades(self) -> None:
        # 42 days are one half-life: three old orders weigh 1.5, one of today 1.
        columns = matrix(*shopper((0, 3, 42.0), (2, 1, 0.0)), [0, 1, 2, 3])
        np.testing.assert_allclose(columns["pair_category_affinity"], [0.6, 0.6, 0.4, 0.0], rtol=1e-6)
        np.testing.assert_allclose(columns["pair_department_affinity"], [1, 1, 1, 0], rtol=1e-6)
        np.testing.assert_allclose(columns["pair_brand_affinity"], [0.6, 0.0, 0.4, 0.0], rtol=1e-6)

    def test_a_category_is_as_old_as_its_latest_purchase(self) -> None:
        columns = matrix(*shopper((0, 1, 20.0), (1, 1, 3.0)), [0, 2, 3])
        np.testing.assert_allclose(columns["pair_days_since_category"], [math.log1p(3), np.nan, np.nan], rtol=1e-6)

    def test_prices_are_compared_with_what_is_paid_in_the_category(self) -> None:
        columns = matrix(*shopper((0, 1, 1.0)), [0, 1, 2])
        np.testing.assert_allclose(columns["pair_price_to_usual"], [0.0, math.log(2), np.nan], atol=1e-6)

    def test_days_since_the_last_order_are_those_of_the_request(self) -> None:
        columns = matrix(*shopper((0, 1, 1.0)), [0], now=NOW + 2 * DAY)
        np.testing.assert_allclose(columns["profile_days_since_order"], [math.log1p(3)], rtol=1e-6)


class TestAStranger:
    def test_has_no_past_and_the_products_are_still_described(self) -> None:
        columns = matrix(ProfileFeatures("a:new"), np.empty(0, np.int32), [0, 3])
        for name in ("pair_times_bought", "pair_share_of_history", "pair_category_affinity", "pair_brand_affinity"):
            np.testing.assert_array_equal(columns[name], [0.0, 0.0])
        for name in ("pair_days_since_bought", "pair_due", "pair_price_to_usual", "profile_orders_28d"):
            assert np.isnan(columns[name]).all()
        np.testing.assert_allclose(columns["product_price"], np.log1p([100, 400]), rtol=1e-6)

    def test_an_unknown_product_is_all_missing(self) -> None:
        columns = matrix(*shopper((0, 1, 1.0), (-1, 4, 0.5)), [-1], context=(0,))
        assert np.isnan(columns["product_price"]).all()
        np.testing.assert_array_equal(columns["pair_times_bought"], [0.0])
        np.testing.assert_array_equal(columns["context_same_category"], [0.0])

    def test_no_candidates_make_an_empty_matrix(self) -> None:
        columns = matrix(*shopper((0, 1, 1.0)), [], context=(1,))
        assert columns["weekend"].shape == (0,)


class TestThePage:
    def test_category_department_price_and_company_of_the_product_on_the_page(self) -> None:
        columns = matrix(ProfileFeatures("a:new"), np.empty(0, np.int32), [1, 2, 3], context=(0,))
        np.testing.assert_array_equal(columns["context_same_category"], [1, 0, 0])
        np.testing.assert_array_equal(columns["context_same_department"], [1, 1, 0])
        np.testing.assert_allclose(columns["context_price_ratio"], np.log([2, 3, 4]), rtol=1e-6)
        np.testing.assert_allclose(columns["context_together"], [0, 0.4, 0])

    @pytest.mark.parametrize("context", [(), (-1,)])
    def test_a_page_about_nothing_known_is_missing(self, context: tuple[int, ...]) -> None:
        columns = matrix(ProfileFeatures("a:new"), np.empty(0, np.int32), [1, 2], context=context)
        for name in ("context_same_category", "context_price_ratio", "context_together"):
            assert np.isnan(columns[name]).all()

    def test_products_without_a_category_do_not_share_it(self) -> None:
        columns = matrix(ProfileFeatures("a:new"), np.empty(0, np.int32), [3], context=(3,))
        np.testing.assert_array_equal(columns["context_same_category"], [0])


class TestTime:
    @pytest.mark.parametrize(("day", "expected"), [(24, 0.0), (25, 1.0), (26, 1.0), (27, 0.0)])
    def test_saturday_and_sunday_are_the_weekend(self, day: int, expected: float) -> None:
        moment = datetime(2024, 5, day, 23, 59, tzinfo=UTC).timestamp()
        assert matrix(ProfileFeatures("a:new"), np.empty(0, np.int32), [0], now=moment)["weekend"] == [expected]


FINITE = st.floats(0, 1e9, width=32)
SHARES = ("pair_share_of_history", "pair_category_affinity", "pair_department_affinity", "pair_brand_affinity")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, float]]:
    rows = draw(st.lists(st.integers(-1, 3), max_size=5, unique=True))
    return [(row, draw(st.integers(1, 500)), draw(st.floats(0, 4_000))) for row in rows]


class TestRanges:
    @given(histories(), st.lists(st.one_of(FINITE, st.just(float("nan"))), min_size=4, max_size=4), st.integers(-1, 3))
    @settings(max_examples=60, deadline=None)
    def test_shares_stay_within_one_and_ratios_within_their_limits(
        self, bought: list[tuple[int, int, float]], prices: list[float], page: int
    ) -> None:
        shelf = products(usual_price=prices)
        columns = matrix(*shopper(*bought), [0, 1, 2, 3, -1], shelf=shelf, context=(page,))
        for name in SHARES:
            assert (columns[name] >= 0).all()
            assert (columns[name] <= 1 + 1e-6).all()
        for name, limit in (("pair_price_to_usual", 3.0), ("context_price_ratio", 3.0), ("pair_due", 5.0)):
            known = columns[name][~np.isnan(columns[name])]
            assert (np.abs(known) <= limit).all()

    @given(histories(), st.lists(st.integers(-1, 3), min_size=1, max_size=8), st.integers(-1, 3))
    @settings(max_examples=40, deadline=None)
    def test_a_candidate_is_described_alone_as_among_others(
        self, bought: list[tuple[int, int, float]], rows: list[int], page: int
    ) -> None:
        profile, history = shopper(*bought)
        together = matrix(profile, history, rows, context=(page,))
        for place, row in enumerate(rows):
            alone = matrix(profile, history, [row], context=(page,))
            for name in RANKING_COLUMNS:
                np.testing.assert_array_equal(alone[name][0], together[name][place], err_msg=name)
