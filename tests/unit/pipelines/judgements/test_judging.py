"""From lists and clicks to grades, a rule at a time."""

import pandas as pd
import pytest

from merx_pipelines.indexing.judgements import UNSEEN
from merx_pipelines.indexing.judging import MOST_WEIGHT, Rules, judge, propensity_weight
from tests.unit.pipelines.judgements.showings import CART, PURCHASE, VIEW, Act, acts, shown

MUG, PLATE = 0, 1
ANYONE = Rules(fewest_shoppers=1, bias=0.0)


def grades(lists: pd.DataFrame, *done: Act, rules: Rules = ANYONE) -> dict[tuple[int, int], int]:
    """By query and product."""
    found = judge(lists, acts(*done), rules)
    return {(row.query, row.product): row.grade for row in found.itertuples()}  # type: ignore[misc]


def everyone(products: list[int], shoppers: int = 12) -> pd.DataFrame:
    """The same list for each of some shoppers."""
    return shown(*((shopper, MUG, 0, products) for shopper in range(shoppers)))


class TestWhatCounts:
    def test_a_purchase_counts_more_than_a_cart_and_a_cart_more_than_a_view(self) -> None:
        lists = shown((0, MUG, 0, [1, 2, 3]), (1, MUG, 0, [1, 2, 3]), (2, MUG, 0, [1, 2, 3]))
        found = grades(lists, Act(0, 1, VIEW), Act(1, 2, CART), Act(2, 3, PURCHASE))
        assert found == {(MUG, 1): 1, (MUG, 2): 2, (MUG, 3): 3}

    def test_of_all_that_a_shopper_did_with_a_product_the_best_counts_once(self) -> None:
        lists = shown((0, MUG, 0, [1, 2]), (1, MUG, 0, [1, 2]))
        found = grades(lists, *[Act(0, 1, VIEW)] * 9, Act(1, 2, VIEW), Act(1, 2, PURCHASE))
        assert found == {(MUG, 1): 1, (MUG, 2): 3}

    def test_what_was_not_shown_to_them_is_no_judgement(self) -> None:
        assert grades(shown((0, MUG, 0, [1, 2])), Act(0, 7), Act(1, 1)) == {}

    def test_what_they_did_before_the_list_is_not_its_doing(self) -> None:
        assert grades(shown((0, MUG, 5, [1, 2])), Act(0, 1, minutes=4)) == {}


class TestTime:
    @pytest.mark.parametrize(("grade", "minutes"), [(VIEW, 30), (CART, 30), (PURCHASE, 24 * 60)])
    def test_an_act_counts_for_a_bounded_time(self, grade: int, minutes: int) -> None:
        lists = shown((0, MUG, 0, [1]))
        assert grades(lists, Act(0, 1, grade, minutes)) == {(MUG, 1): 3}
        assert grades(lists, Act(0, 1, grade, minutes + 0.1)) == {}

    def test_the_last_list_that_showed_the_product_has_the_credit(self) -> None:
        lists = shown((0, MUG, 0, [1, 2]), (0, PLATE, 5, [2, 1]), (0, MUG, 8, [3]))
        assert set(grades(lists, Act(0, 1, minutes=9))) == {(PLATE, 1), (PLATE, 2)}


class TestWhatWasSeen:
    def test_above_the_lowest_click_it_was_seen_and_not_wanted_below_nothing_is_known(self) -> None:
        found = grades(shown((0, MUG, 0, [1, 2, 3, 4, 5])), Act(0, 2), Act(0, 4))
        assert found == {(MUG, 1): 0, (MUG, 2): 3, (MUG, 3): 0, (MUG, 4): 3, (MUG, 5): UNSEEN}

    def test_who_clicks_on_the_second_page_has_seen_the_first(self) -> None:
        lists = pd.concat([shown((0, MUG, 0, [1, 2])), shown((0, MUG, 1, [3, 4]), start=2)])
        assert grades(lists, Act(0, 3, minutes=2)) == {(MUG, 1): 0, (MUG, 2): 0, (MUG, 3): 3, (MUG, 4): UNSEEN}

    def test_seen_by_one_shopper_it_was_seen(self) -> None:
        found = grades(shown((0, MUG, 0, [1, 2, 3]), (1, MUG, 0, [1, 2, 3])), Act(0, 1), Act(1, 3))
        assert found[MUG, 2] == 0

    def test_a_list_without_a_click_says_nothing(self) -> None:
        lists = shown((0, MUG, 0, [1, 2]), *((shopper, MUG, 0, [2, 3]) for shopper in range(1, 50)))
        assert grades(lists, Act(0, 1)) == {(MUG, 1): 3, (MUG, 2): UNSEEN}


class TestPositionBias:
    LISTS = everyone([1, 2, 3, 4, 5, 6, 7, 8, 9])
    DONE = (*(Act(shopper, 1) for shopper in range(8)), *(Act(shopper, 9) for shopper in range(8, 12)))

    def test_without_it_the_most_clicked_is_wanted_most(self) -> None:
        found = grades(self.LISTS, *self.DONE)
        assert (found[MUG, 1], found[MUG, 9]) == (3, 2)

    def test_a_click_far_down_counts_as_often_as_one_looks_there_rarely(self) -> None:
        found = grades(self.LISTS, *self.DONE, rules=Rules(fewest_shoppers=1, bias=0.5))
        assert (found[MUG, 1], found[MUG, 9]) == (2, 3)  # 8 clicks of weight 1 against 4 of weight 3

    def test_the_weight_is_bounded(self) -> None:
        weights = propensity_weight(pd.Series([0, 3, 23, 10_000]), 0.5)
        assert weights.tolist() == pytest.approx([1.0, 2.0, 24**0.5, MOST_WEIGHT])
        assert propensity_weight(pd.Series([10_000]), 2.0).tolist() == [MOST_WEIGHT]

    def test_one_chance_click_does_not_outweigh_what_many_wanted(self) -> None:
        lists = pd.concat([everyone([1, 2]), shown((99, MUG, 0, [7]), start=40)])
        done = (*(Act(shopper, 1) for shopper in range(12)), Act(99, 7))
        assert grades(lists, *done, rules=Rules()) == {(MUG, 1): 3, (MUG, 2): UNSEEN, (MUG, 7): 2}


class TestShoppers:
    def test_judgements_are_gathered_over_shoppers(self) -> None:
        found = grades(everyone([1, 2, 3], 4), Act(0, 1), Act(1, 3), Act(2, 3), Act(3, 3))
        assert found == {(MUG, 1): 1, (MUG, 2): 0, (MUG, 3): 3}

    def test_a_query_wants_enough_of_them(self) -> None:
        lists = everyone([1, 2], 3)
        two, three = (Act(0, 1), Act(1, 1)), (Act(0, 1), Act(1, 1), Act(2, 2))
        assert grades(lists, *two, rules=Rules()) == {}
        assert set(grades(lists, *three, rules=Rules())) == {(MUG, 1), (MUG, 2)}

    def test_one_who_asks_and_clicks_all_day_has_one_voice(self) -> None:
        often = shown(*((0, MUG, minute, [1, 2]) for minute in range(0, 1_000, 10)))
        done = [Act(0, 1, minutes=minute + 1) for minute in range(0, 1_000, 10)]
        assert grades(often, *done, rules=Rules()) == {}
        found = grades(pd.concat([often, everyone([1, 2], 5)]), *done, *(Act(each, 2) for each in range(1, 5)))
        assert (found[MUG, 2], found[MUG, 1]) == (3, 1)

    def test_no_shopper_is_in_what_comes_out(self) -> None:
        found = judge(everyone([1, 2], 3), acts(Act(0, 1)), ANYONE)
        assert list(found.columns) == ["query", "product", "grade", "shoppers"]
        assert found["shoppers"].tolist() == [1, 1]


class TestNothing:
    def test_no_lists_or_no_acts_judge_nothing(self) -> None:
        assert grades(shown()) == {}
        assert grades(shown((0, MUG, 0, [1]))) == {}
        assert grades(shown(), Act(0, 1)) == {}
