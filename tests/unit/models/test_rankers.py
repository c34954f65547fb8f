"""DIN, Wide & Deep and boosted trees: what the graph answers is what was trained."""

from pathlib import Path

import numpy as np
import pytest

from merx_models.boosting import Boosting, BoostingSettings
from merx_models.din import Din, SumPooling
from merx_models.neural_ranker import Items, NeuralRanker, NeuralSettings, quantile_edges
from merx_models.ranker import OnnxRanker
from merx_models.ranking_rows import RankingRows, group_auc
from merx_models.tree_graph import float_below
from merx_models.wide_deep import WideDeep

PRODUCTS, WIDTH, LISTS, EACH = 60, 5, 250, 8
PARITY = 1e-5  # float32 arithmetic in another order
SMALL = NeuralSettings(dim=8, max_history=6, epochs=3, batch=256, rate=5e-3, vector_rate=2e-2)
PARITY_OF = (np.arange(PRODUCTS) % 2)[:, None]
Fitted = tuple[NeuralRanker, Path]


def make_rows(seed: int = 0) -> RankingRows:
    """Wanted is what is of the parity of the latest product, more so with a high first feature; some values missing."""
    rng = np.random.default_rng(seed)
    size = LISTS * EACH
    features = rng.normal(size=(size, WIDTH)).astype(np.float32)
    features[:, 3] = np.abs(features[:, 3]).round()
    candidates = rng.integers(0, PRODUCTS, size)
    histories = rng.integers(0, PRODUCTS, (LISTS, 6))
    group = np.repeat(np.arange(LISTS), EACH)
    same = (candidates % 2) == (histories[group, -1] % 2)
    logit = 1.5 * features[:, 0] + 3.0 * same - 2.5
    labels = (rng.random(size) < 1 / (1 + np.exp(-logit))).astype(np.float32)
    features[rng.random(features.shape) < 0.1] = np.nan
    return RankingRows(features, candidates, labels, group, histories)


ROWS, HELD_OUT = make_rows(0), make_rows(1)


@pytest.fixture(scope="module", params=[Din, WideDeep])
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    model: NeuralRanker = request.param.fit(ROWS, HELD_OUT, Items(PRODUCTS, PARITY_OF), settings=SMALL, seed=3)
    folder = tmp_path_factory.mktemp("ranker")
    model.save(folder)
    return model, folder


class TestNeuralRankers:
    def test_the_graph_answers_what_the_network_answers(self, fitted: Fitted) -> None:
        model, folder = fitted
        loaded = type(model).load(folder)
        assert np.abs(model.predict(HELD_OUT) - loaded.predict(HELD_OUT)).max() <= PARITY

    def test_learning_pays(self, fitted: Fitted) -> None:
        assert group_auc(fitted[0].predict(HELD_OUT), HELD_OUT.labels, HELD_OUT.group) > 0.65

    def test_scores_are_calibrated_probabilities(self, fitted: Fitted) -> None:
        scores = fitted[0].predict(HELD_OUT)
        assert scores.min() >= 0
        assert scores.max() <= 1
        assert scores.mean() == pytest.approx(HELD_OUT.labels.mean(), abs=0.01)

    @pytest.mark.parametrize("history", [[], [3], list(range(40)), [-1, 3]])
    def test_any_length_of_history_and_list_is_answered(self, fitted: Fitted, history: list[int]) -> None:
        ranker = OnnxRanker(fitted[1] / "ranker.onnx")
        for size in (1, 2, 33):
            scores = ranker.score(ROWS.features[:size], np.array(history, np.int64), ROWS.candidates[:size])
            assert scores.shape == (size,)
            assert np.isfinite(scores).all()

    def test_a_row_of_missing_values_and_an_unknown_product_still_get_a_score(self, fitted: Fitted) -> None:
        missing = np.full((1, WIDTH), np.nan, np.float32)
        score = OnnxRanker(fitted[1] / "ranker.onnx").score(missing, np.array([1, 2]), np.array([-1]))
        assert 0 <= score[0] <= 1

    def test_the_order_of_the_candidates_changes_no_score(self, fitted: Fitted) -> None:
        ranker = OnnxRanker(fitted[1] / "ranker.onnx")
        turn = np.random.default_rng(0).permutation(50)
        plain = ranker.score(ROWS.features[:50], ROWS.histories[0], ROWS.candidates[:50])
        turned = ranker.score(ROWS.features[:50][turn], ROWS.histories[0], ROWS.candidates[:50][turn])
        np.testing.assert_allclose(turned, plain[turn], atol=1e-6)  # a batch may be summed in another order

    def test_what_the_shopper_did_before_padding_does_not_count(self, fitted: Fitted) -> None:
        ranker = OnnxRanker(fitted[1] / "ranker.onnx")
        long = np.arange(30)
        whole = ranker.score(ROWS.features[:9], long, ROWS.candidates[:9])
        np.testing.assert_allclose(whole, ranker.score(ROWS.features[:9], long[-6:], ROWS.candidates[:9]), atol=1e-6)

    def test_more_of_what_is_wanted_never_lowers_the_mean_score(self, fitted: Fitted) -> None:
        better = HELD_OUT.features.copy()
        better[:, 0] = np.nan_to_num(better[:, 0]) + 1.0
        raised = RankingRows(better, HELD_OUT.candidates, HELD_OUT.labels, HELD_OUT.group, HELD_OUT.histories)
        assert fitted[0].predict(raised).mean() > fitted[0].predict(HELD_OUT).mean()

    def test_one_seed_one_model(self) -> None:
        short = NeuralSettings(dim=4, max_history=6, epochs=1)
        first, second = (SumPooling.fit(ROWS, HELD_OUT, Items(PRODUCTS), settings=short, seed=7) for _ in range(2))
        np.testing.assert_array_equal(first.predict(HELD_OUT), second.predict(HELD_OUT))


class TestAttributes:
    def test_a_product_nobody_bought_is_known_by_its_attributes(self) -> None:
        unseen = ROWS.candidates >= PRODUCTS - 10
        rows = ROWS.take(np.flatnonzero(~unseen))
        model = Din.fit(rows, rows, Items(PRODUCTS, PARITY_OF), settings=SMALL, seed=0)
        cold = HELD_OUT.take(np.flatnonzero(HELD_OUT.candidates >= PRODUCTS - 10))
        assert group_auc(model.predict(cold), cold.labels, cold.group) > 0.7


class TestBoosting:
    @pytest.mark.parametrize("objective", ["binary", "lambdarank"])
    def test_the_graph_answers_what_the_trees_answer(self, objective: str, tmp_path: Path) -> None:
        settings = BoostingSettings(objective=objective, rounds=40, min_rows=10)
        model = Boosting.fit(ROWS, HELD_OUT, settings=settings)
        model.save(tmp_path)
        loaded = Boosting.load(tmp_path)
        rng = np.random.default_rng(5)
        features = rng.normal(size=(5_000, WIDTH)).astype(np.float32)
        features[rng.random(features.shape) < 0.3] = np.nan
        nothing = np.empty(0, np.int64)
        assert (
            np.abs(model.score(features, nothing, nothing) - loaded.score(features, nothing, nothing)).max() <= PARITY
        )

    def test_scores_are_calibrated_probabilities(self) -> None:
        scores = Boosting.fit(ROWS, HELD_OUT).predict(HELD_OUT)
        assert 0 <= scores.min() <= scores.max() <= 1
        assert scores.mean() == pytest.approx(HELD_OUT.labels.mean(), abs=0.01)

    def test_one_seed_one_model(self) -> None:
        first, second = (Boosting.fit(ROWS, HELD_OUT, seed=2).predict(HELD_OUT) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    @pytest.mark.parametrize("threshold", [0.1, -0.1, 1e300, -1e300, 1.0, 3.000000001])
    def test_a_rounded_threshold_separates_the_same_floats(self, threshold: float) -> None:
        below = float_below(threshold)
        assert below <= threshold
        near = np.float32(np.clip(threshold, -1e38, 1e38)) + np.linspace(-1e-6, 1e-6, 41).astype(np.float32)
        np.testing.assert_array_equal(near <= np.float32(below), near.astype(np.float64) <= threshold)


class TestRows:
    def test_group_auc_is_the_share_of_pairs_in_order(self) -> None:
        scores = np.array([0.9, 0.1, 0.5, 0.5, 0.2, 0.7], np.float32)
        labels = np.array([1, 0, 1, 0, 0, 0], np.float32)
        group = np.array([0, 0, 1, 1, 1, 2])
        # list 0: 1 of 1; list 1: a tie (half) and one in order, of 2; list 2 has no wanted product
        assert group_auc(scores, labels, group) == pytest.approx((1.0 + 0.75) / 2)

    def test_rows_out_of_order_are_refused(self) -> None:
        with pytest.raises(ValueError, match="ordered by group"):
            RankingRows(
                np.zeros((2, 1), np.float32),
                np.zeros(2, np.int64),
                np.zeros(2, np.float32),
                np.array([1, 0]),
                ROWS.histories,
            )

    def test_quantile_edges_ascend_even_where_most_values_are_one(self) -> None:
        column = np.r_[np.zeros(95), np.arange(5)].astype(np.float32)[:, None]
        empty = np.full((100, 1), np.nan, np.float32)
        assert (np.diff(quantile_edges(np.hstack([column, empty])), axis=1) >= 0).all()
