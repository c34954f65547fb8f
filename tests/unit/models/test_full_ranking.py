"""Ranks among all products, and models chosen by them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from merx_models.blend_fitting import Purchases, fit_counted, weigh
from merx_models.full_ranking import best_of, full_ranks, ndcg, recall
from merx_models.neighbours import fit_cosine
from merx_models.product_index import Floats, Rows
from tests.unit.models.sequences import PRODUCTS, histories, hit_rate, labels


@dataclass
class Fixed:
    """Everybody gets the same scores."""

    row: list[float]

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        return np.tile(np.array(self.row, dtype=np.float32), (len(histories), 1))


def rows(*products: int) -> Rows:
    return np.array(products, dtype=np.int32)


class TestRanks:
    def test_counts_the_products_above_the_wanted_one(self) -> None:
        model = Fixed([0.1, 0.4, 0.3, 0.2])
        assert full_ranks(model, [rows(), rows(), rows()], rows(1, 2, 0)).tolist() == [0, 1, 3]

    def test_leaves_the_history_out(self) -> None:
        assert full_ranks(Fixed([0.1, 0.4, 0.3]), [rows(1)], rows(0)).tolist() == [1]

    def test_ties_count_against_the_wanted_product(self) -> None:
        assert full_ranks(Fixed([0.0, 0.0, 0.0]), [rows()], rows(1)).tolist() == [2]

    def test_batches_join_without_a_seam(self) -> None:
        model = fit_cosine(histories(), PRODUCTS)
        shoppers, wanted = [history[:-1] for history in histories(30)], rows(*[h[-1] for h in histories(30)])
        whole, parts = (full_ranks(model, shoppers, wanted, batch=batch) for batch in (30, 7))
        np.testing.assert_array_equal(whole, parts)


class TestFigures:
    def test_first_place_is_worth_one_and_the_eleventh_nothing(self) -> None:
        assert ndcg(np.array([0])) == 1.0
        assert ndcg(np.array([10])) == 0.0
        assert ndcg(np.array([1])) == pytest.approx(1 / np.log2(3))

    def test_recall_is_the_share_within_the_cutoff(self) -> None:
        assert recall(np.array([0, 9, 10, 99])) == 0.5


class TestChoice:
    def test_takes_the_model_that_ranks_validation_items_best(self) -> None:
        right, wrong = Fixed([0.0, 1.0]), Fixed([1.0, 0.0])
        assert best_of([lambda: wrong, lambda: right], [rows()], rows(1)) is right

    def test_refuses_to_choose_from_nothing(self) -> None:
        with pytest.raises(ValueError, match="nothing to choose"):
            best_of([], [rows()], rows(1))


class TestFit:
    def test_blend_of_counted_models_finds_the_next_product_of_new_shoppers(self) -> None:
        bought = histories()
        before = [history[:-1] for history in bought]
        wanted = rows(*[history[-1] for history in bought])
        purchases = Purchases(before, before, wanted, PRODUCTS, labels())
        told: list[str] = []
        models = fit_counted(purchases, told=told.append)
        assert told == list(models) == ["cosine", "transitions", "ridge", "attributes"]
        assert hit_rate(weigh(models, purchases), histories(200, seed=8)) > 0.6

    def test_decay_is_chosen_with_the_rest(self) -> None:
        model = fit_cosine(histories(), PRODUCTS)
        fits = [partial(replace, model, decay=decay) for decay in (0.1, 0.99)]
        shoppers, wanted = [h[:-1] for h in histories(100)], rows(*[h[-1] for h in histories(100)])
        values = [ndcg(full_ranks(fit(), shoppers, wanted)) for fit in fits]
        assert best_of(fits, shoppers, wanted).decay == (0.1, 0.99)[int(np.argmax(values))]
