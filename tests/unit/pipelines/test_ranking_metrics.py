import numpy as np
import pytest

from merx_pipelines.ranking_metrics import coverage, difference, interval, long_tail_share, score_lists


class TestScores:
    def test_a_perfect_list_scores_one(self) -> None:
        scores = score_lists([["a", "b"]], [frozenset("ab")], 10)
        assert scores.recall[0] == 1.0
        assert scores.ndcg[0] == pytest.approx(1.0)

    def test_a_hit_further_down_is_worth_less(self) -> None:
        scores = score_lists([["a", "x"], ["x", "a"]], [frozenset("a"), frozenset("a")], 2)
        assert scores.ndcg[0] == 1.0
        assert scores.ndcg[1] == pytest.approx(1 / np.log2(3))

    def test_recall_counts_all_that_was_bought(self) -> None:
        scores = score_lists([["a", "b"]], [frozenset("abcd")], 2)
        assert scores.recall[0] == 0.5

    def test_what_stands_beyond_k_does_not_count(self) -> None:
        assert score_lists([["x", "a"]], [frozenset("a")], 1).recall[0] == 0.0

    def test_a_shopper_who_bought_nothing_cannot_be_scored(self) -> None:
        with pytest.raises(ValueError, match="without purchases"):
            score_lists([["a"]], [frozenset()], 10)


class TestIntervals:
    def test_the_interval_holds_the_mean_and_narrows_with_more_shoppers(self) -> None:
        few = interval(np.random.default_rng(0).random(50))
        many = interval(np.random.default_rng(0).random(5000))
        assert few.low < few.mean < few.high
        assert many.high - many.low < few.high - few.low

    def test_the_same_shoppers_are_compared_in_pairs(self) -> None:
        ours = np.random.default_rng(0).random(100)
        ahead = difference(ours + 0.01, ours)
        assert ahead.low == pytest.approx(0.01)
        assert ahead.high == pytest.approx(0.01)

    def test_two_runs_agree(self) -> None:
        values = np.random.default_rng(0).random(50)
        assert interval(values) == interval(values)


class TestCatalogue:
    def test_coverage_counts_each_product_once(self) -> None:
        assert coverage([["a", "b"], ["a", "c"]], 10) == pytest.approx(0.3)

    def test_the_long_tail_is_all_but_the_best_selling_fifth(self) -> None:
        sold = {"a": 100, "b": 5, "c": 4, "d": 3, "e": 2}
        assert long_tail_share([["a", "b"], ["a", "c"]], sold) == 0.5
        assert long_tail_share([], sold) == 0.0
