"""Counted neighbours: direction, decay, invariance, a floor, and the file they are kept in."""

from pathlib import Path

import numpy as np
import pytest

from merx_models.linear import LinearScorer, keep_strongest, top_rows
from merx_models.neighbours import (
    CosineSettings,
    TransitionSettings,
    fit_cosine,
    fit_neighbours,
    fit_transitions,
)
from merx_models.product_index import Rows
from tests.unit.models.sequences import PRODUCTS, histories, hit_rate


def rows(*products: int) -> Rows:
    return np.array(products, dtype=np.int32)


class TestTransitions:
    def test_what_follows_scores_above_what_came_before(self) -> None:
        model = fit_transitions([rows(0, 1, 2)] * 5, 3)
        scores = model.scores(rows(1))
        assert scores[2] > scores[0] > 0

    def test_a_nearer_successor_scores_above_a_farther_one(self) -> None:
        scores = fit_transitions([rows(0, 1, 2)] * 5, 3).scores(rows(0))
        assert scores[1] > scores[2]

    def test_histories_do_not_run_into_one_another(self) -> None:
        scores = fit_transitions([rows(0, 1), rows(2, 3)], 4).scores(rows(1))
        assert scores[2] == 0
        assert scores[3] == 0

    def test_no_arrow_at_all_when_backward_weighs_as_much(self) -> None:
        settings = TransitionSettings(backward=1.0, from_power=0.5)
        weights = fit_transitions(histories(), PRODUCTS, settings=settings).weights.toarray()
        np.testing.assert_allclose(weights, weights.T, atol=1e-6)  # float32 sums in two orders


class TestCosine:
    def test_order_within_a_history_changes_nothing(self) -> None:
        forward = fit_cosine(histories(), PRODUCTS).weights.toarray()
        backward = fit_cosine([history[::-1] for history in histories()], PRODUCTS).weights.toarray()
        np.testing.assert_allclose(forward, backward, atol=1e-6)

    def test_without_shrinkage_inseparable_products_have_cosine_one(self) -> None:
        settings = CosineSettings(shrink=0.0, long_penalty=False)
        scores = fit_cosine([rows(0, 1), rows(0, 1), rows(2, 1, 0)], 3, settings=settings).scores(rows(0))
        assert scores[1] == pytest.approx(1.0)

    def test_shrinkage_lowers_a_rare_pair_more_than_a_common_one(self) -> None:
        bought = [rows(0, 1)] * 50 + [rows(2, 3)]
        free, shrunk = (fit_cosine(bought, 4, settings=CosineSettings(shrink=shrink)) for shrink in (0.0, 5.0))
        common = shrunk.scores(rows(0))[1] / free.scores(rows(0))[1]
        rare = shrunk.scores(rows(2))[3] / free.scores(rows(2))[3]
        assert rare < common

    def test_a_product_is_not_its_own_neighbour(self) -> None:
        assert not fit_cosine(histories(), PRODUCTS).weights.diagonal().any()


class TestLinearScorer:
    @pytest.fixture
    def model(self) -> LinearScorer:
        return fit_neighbours(histories(), PRODUCTS)

    def test_one_history_scores_as_it_does_in_a_batch(self, model: LinearScorer) -> None:
        some = [*histories()[:20], rows()]
        for alone, batched in zip(some, model.batch_scores(some), strict=True):
            np.testing.assert_allclose(model.scores(alone), batched, rtol=1e-5, atol=1e-6)  # float32 sums

    def test_padding_and_products_unknown_are_passed_over(self, model: LinearScorer) -> None:
        np.testing.assert_array_equal(model.scores(rows(-1, 3, -1, 4)), model.scores(rows(3, 4)))

    def test_an_empty_history_scores_nothing_and_recommends_nothing(self, model: LinearScorer) -> None:
        assert not model.scores(rows()).any()
        assert len(model.top(rows(), None, 10)[0]) == 0

    def test_the_newest_product_weighs_most(self) -> None:
        model = fit_transitions([rows(0, 2), rows(1, 3)] * 3, 4)
        scores = model.scores(rows(0, 1))
        assert scores[3] > scores[2] > 0

    def test_old_purchases_fade_where_ages_are_known(self, model: LinearScorer) -> None:
        dated = LinearScorer(model.weights, half_life_days=10.0)
        fresh = dated.scores(rows(3), np.array([0.0], dtype=np.float32))
        old = dated.scores(rows(3), np.array([10.0], dtype=np.float32))
        np.testing.assert_allclose(old, fresh / 2, rtol=1e-6)

    def test_comes_back_from_disk_the_same(self, model: LinearScorer, tmp_path: Path) -> None:
        model.save(tmp_path)
        loaded = LinearScorer.load(tmp_path)
        history = histories()[0]
        np.testing.assert_array_equal(loaded.scores(history), model.scores(history))
        assert loaded.decay == model.decay

    def test_finds_the_next_product_of_new_shoppers(self, model: LinearScorer) -> None:
        assert hit_rate(model, histories(200, seed=8)) > 0.6  # measured .74; 5 of 60 by chance are .08


class TestTopRows:
    def test_gives_the_best_first_and_ties_in_row_order(self) -> None:
        best, scores = top_rows(np.array([0.0, 2.0, 3.0, 2.0, -1.0], dtype=np.float32), 3)
        assert best.tolist() == [2, 1, 3]
        assert scores.tolist() == [3.0, 2.0, 2.0]

    def test_gives_fewer_where_fewer_have_a_positive_score(self) -> None:
        assert top_rows(np.array([0.0, 1.0, -1.0], dtype=np.float32), 10)[0].tolist() == [1]

    def test_gives_none_where_none_are_asked_for(self) -> None:
        assert top_rows(np.ones(4, dtype=np.float32), 0)[0].tolist() == []

    def test_keeping_the_strongest_keeps_the_largest_of_each_row(self) -> None:
        from scipy import sparse

        kept = keep_strongest(sparse.csr_matrix([[1.0, 3.0, 2.0], [0.0, 5.0, 0.0]]), 2).toarray()
        assert kept.tolist() == [[0.0, 3.0, 2.0], [0.0, 5.0, 0.0]]
