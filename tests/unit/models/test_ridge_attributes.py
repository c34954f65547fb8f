"""The ridge sequence model and likeness by labels."""

import numpy as np
import pytest

from merx_models.attributes import AttributeSettings, attribute_matrix, fit_attributes
from merx_models.product_index import Rows
from merx_models.ridge import RidgeSettings, fit_ridge, split_everywhere
from tests.unit.models.sequences import EACH, PRODUCTS, histories, hit_rate, labels


def rows(*products: int) -> Rows:
    return np.array(products, dtype=np.int32)


class TestSplits:
    def test_every_split_has_its_decayed_past_and_future(self) -> None:
        settings = RidgeSettings(decay=0.5, ahead_decay=0.25, ahead=2)
        past, future = split_everywhere([rows(0, 1, 2), rows(3), rows(4, 0)], 5, settings)
        assert past.toarray().tolist() == [[1, 0, 0, 0, 0], [0.5, 1, 0, 0, 0], [0, 0, 0, 0, 1]]
        assert future.toarray().tolist() == [[0, 1, 0.25, 0, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0]]

    def test_histories_of_one_product_give_none(self) -> None:
        past, future = split_everywhere([rows(0), rows(1)], 2, RidgeSettings())
        assert past.shape == future.shape == (0, 2)


class TestRidge:
    def test_solves_the_normal_equations(self) -> None:
        settings = RidgeSettings(keep=PRODUCTS, penalty=2.0)
        past, future = split_everywhere(histories(), PRODUCTS, settings)
        dense_past, dense_future = past.toarray(), future.toarray()
        gram = dense_past.T @ dense_past + 2.0 * np.eye(PRODUCTS)
        wanted = np.linalg.solve(gram.astype(np.float64), dense_past.T @ dense_future)
        np.fill_diagonal(wanted, 0)
        got = fit_ridge(histories(), PRODUCTS, settings=settings).weights.toarray()
        np.testing.assert_allclose(got, np.where(wanted > 1e-6, wanted, 0), atol=1e-4)  # float32 Cholesky

    def test_knows_only_the_products_bought_most_where_told_so(self) -> None:
        model = fit_ridge([rows(0, 1)] * 3 + [rows(2, 1)] * 2 + [rows(3, 1)], 5, settings=RidgeSettings(most=3))
        assert model.scores(rows(0))[1] > 0
        assert not model.scores(rows(3)).any()
        assert len(model.scores(rows(0))) == 5

    def test_finds_the_next_product_of_new_shoppers(self) -> None:
        assert hit_rate(fit_ridge(histories(), PRODUCTS), histories(200, seed=8)) > 0.6


class TestAttributes:
    @pytest.fixture
    def bought(self) -> np.ndarray:
        return np.ones(PRODUCTS, dtype=np.int64)

    def test_products_of_one_department_are_alike_and_others_are_not(self, bought: np.ndarray) -> None:
        scores = fit_attributes(labels(), bought).scores(rows(0))
        assert (scores[1:EACH] > 0).all()
        assert not scores[EACH:].any()

    def test_a_rare_label_counts_more_than_a_common_one(self) -> None:
        carried = attribute_matrix([[0, 1], [0], [1]] + [[0]] * 20 + [[2]] * 20)
        scores = fit_attributes(carried, np.ones(43, dtype=np.int64), settings=AttributeSettings(least=0)).scores(
            rows(0)
        )
        assert scores[2] > scores[1] > 0

    def test_among_equals_what_sells_more_comes_first(self, bought: np.ndarray) -> None:
        bought[5] = 50
        assert fit_attributes(labels(), bought).top(rows(0), None, 1)[0].tolist() == [5]

    def test_blocks_of_products_join_without_a_seam(self) -> None:
        many = attribute_matrix([[row % 300] for row in range(1500)])
        weights = fit_attributes(many, np.ones(1500, dtype=np.int64)).weights
        assert (np.diff(weights.indptr) == 4).all()
        assert (weights.indices.reshape(1500, 4) % 300 == np.arange(1500)[:, None] % 300).all()

    def test_products_without_labels_are_like_nothing(self) -> None:
        weights = fit_attributes(attribute_matrix([[], [0], [0], [1]]), np.ones(4, dtype=np.int64)).weights
        assert weights[0].nnz == 0
        assert np.isfinite(weights.data).all()
