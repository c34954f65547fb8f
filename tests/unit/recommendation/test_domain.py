import numpy as np
import pytest

from merx_recommendation.domain import (
    Assortment,
    Reason,
    Rows,
    Rules,
    Strategy,
    explore_slots,
    pinned_rows,
    place,
    reason_of,
    strategy_of,
    usable,
)

NONE: Rows = np.empty(0, np.int32)


def rows(*values: int) -> Rows:
    return np.array(values, np.int32)


@pytest.fixture
def assortment() -> Assortment:
    """A catalogue of a..e; the model knows c, gone, a."""
    return Assortment.arrange(
        ("a", "b", "c", "d", "e"),
        in_stock=np.array([True, True, True, False, True]),
        price=np.array([100.0, 200.0, 300.0, 400.0, np.nan]),
        popularity=np.array([1.0, 5.0, 3.0, np.nan, 4.0]),
        categories={"FOOD": rows(0, 1, 2), "BREAD": rows(1)},
        model_ids=("c", "gone", "a"),
    )


def shown(assortment: Assortment, rules: Rules, barred: Rows = NONE) -> set[str]:
    return {assortment.ids[row] for row in np.flatnonzero(assortment.allowed(rules, barred)).tolist()}


class TestAssortment:
    def test_a_model_row_is_an_assortment_row(self, assortment: Assortment) -> None:
        assert list(assortment.ids) == ["c", "gone", "a", "b", "d", "e"]
        assert assortment.rows(["a", "nobody", "e"]).tolist() == [2, -1, 5]
        assert assortment.model_rows(rows(2, 3, -1)).tolist() == [2, -1, -1]

    def test_unknown_and_delisted_products_have_no_catalogue_row(self, assortment: Assortment) -> None:
        assert assortment.catalogue_rows[rows(0, 1, -1)].tolist() == [2, -1, -1]

    def test_best_sellers_come_best_first_and_only_if_allowed(self, assortment: Assortment) -> None:
        best = assortment.best_sold(assortment.allowed(Rules(), NONE), 3, without=assortment.rows(["e"]))
        assert [assortment.ids[row] for row in best] == ["b", "c", "a"]

    def test_a_shop_without_products_has_none_to_show(self) -> None:
        empty = Assortment.empty()
        assert not empty.allowed(Rules(), NONE).any()
        assert empty.rows(["a"]).tolist() == [-1]


class TestRules:
    def test_only_what_is_in_stock_is_shown(self, assortment: Assortment) -> None:
        assert shown(assortment, Rules()) == {"a", "b", "c", "e"}

    def test_what_is_out_of_stock_is_shown_on_request_and_what_was_delisted_never(self, assortment: Assortment) -> None:
        assert shown(assortment, Rules(in_stock=False)) == {"a", "b", "c", "d", "e"}

    def test_prices_bound_both_ends_and_leave_out_the_unpriced(self, assortment: Assortment) -> None:
        assert shown(assortment, Rules(price_min=200, price_max=300)) == {"b", "c"}
        assert shown(assortment, Rules(price_min=300, price_max=200)) == set()

    def test_categories_count_on_every_level(self, assortment: Assortment) -> None:
        assert shown(assortment, Rules(categories=("FOOD",))) == {"a", "b", "c"}
        assert shown(assortment, Rules(categories=("BREAD", "no such"))) == {"b"}
        assert shown(assortment, Rules(categories=("FOOD",), exclude_categories=("BREAD",))) == {"a", "c"}

    def test_barred_rows_are_never_shown(self, assortment: Assortment) -> None:
        assert shown(assortment, Rules(), assortment.rows(["a", "nobody", "b"])) == {"c", "e"}

    def test_rules_do_not_change_the_assortment(self, assortment: Assortment) -> None:
        assortment.allowed(Rules(price_max=0), assortment.rows(["a"]))
        assert shown(assortment, Rules()) == {"a", "b", "c", "e"}


class TestStrategy:
    @pytest.mark.parametrize(
        ("history", "session", "segment", "expected"),
        [
            (3, 2, "loyal", Strategy.PERSONAL),
            (0, 1, "loyal", Strategy.SESSION),
            (0, 0, "lapsed", Strategy.SEGMENT),
            (0, 0, "", Strategy.POPULAR),
        ],
    )
    def test_the_most_personal_one_that_is_possible(
        self, history: int, session: int, segment: str, expected: Strategy
    ) -> None:
        assert strategy_of(history=history, session=session, segment=segment) is expected


class TestOrder:
    def test_pins_lead_in_their_order_and_buried_products_close(self) -> None:
        order = place([1, 2, 3, 4], pinned=[4, 9], buried=[1], drawn=[])
        assert order == [4, 9, 2, 3, 1]

    def test_a_drawn_product_stands_at_its_place(self) -> None:
        assert place(list(range(20)), pinned=[], buried=[], drawn=[77])[9] == 77

    def test_a_drawn_product_never_pushes_a_pin_away(self) -> None:
        pinned = list(range(10, 22))
        assert place([0, 1], pinned=pinned, buried=[], drawn=[77])[:13] == [*pinned, 77]

    def test_a_pin_beats_a_burial_and_a_burial_beats_chance(self) -> None:
        assert place([1, 2, 3], pinned=[2], buried=[2, 3], drawn=[3]) == [2, 1, 3]

    def test_every_row_appears_once(self) -> None:
        order = place([5, 4, 3, 2, 1], pinned=[3], buried=[5], drawn=[2, 8])
        assert sorted(order) == [1, 2, 3, 4, 5, 8]

    @pytest.mark.parametrize(("size", "slots"), [(1, 0), (9, 0), (10, 1), (19, 1), (20, 2), (100, 10)])
    def test_one_place_in_ten_is_left_to_chance(self, size: int, slots: int) -> None:
        assert explore_slots(size) == slots

    def test_pins_that_may_not_be_shown_are_left_out(self) -> None:
        allowed = np.array([True, False, True])
        assert pinned_rows(rows(2, 1, -1, 2, 0), allowed) == [2, 0]


class TestReasons:
    def test_a_repeat_names_the_product_itself(self) -> None:
        assert reason_of("repeat", product_id="a", strategy=Strategy.PERSONAL, anchor="b") == Reason(
            "bought_before", "a"
        )

    def test_neighbours_name_the_product_of_the_page(self) -> None:
        found = reason_of("neighbours", product_id="a", strategy=Strategy.SESSION, anchor="b")
        assert found == Reason("bought_together", "b")

    def test_popular_says_with_whom(self) -> None:
        assert reason_of("popular", product_id="a", strategy=Strategy.SEGMENT, anchor=None).code == "popular_in_segment"
        assert reason_of("popular", product_id="a", strategy=Strategy.POPULAR, anchor="b") == Reason("popular")


class TestUsableScores:
    def test_one_finite_number_for_each(self) -> None:
        assert usable(np.array([0.1, 0.2], np.float32), 2)
        assert not usable(np.array([0.1, np.nan], np.float32), 2)
        assert not usable(np.array([0.1], np.float32), 2)
