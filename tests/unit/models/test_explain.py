from itertools import pairwise

import numpy as np
import pytest

from merx_models.explain import ExplainSettings, explain

WIDTH = 7
RNG = np.random.default_rng(0)
BACKGROUND = RNG.normal(size=(40, WIDTH)).astype(np.float32)
ITEM = RNG.normal(size=WIDTH).astype(np.float32)
NO_HISTORY = np.empty(0, np.int64)
WEIGHTS = np.array([3.0, -2.0, 1.0, 0.5, 0.0, 0.0, -1.0], np.float32)


class Linear:
    def score(self, features: np.ndarray, history: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        return np.asarray(np.nan_to_num(features) @ WEIGHTS)


class Crossed:
    """Two features that count only together, and a candidate that counts by itself."""

    def score(self, features: np.ndarray, history: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        known = np.nan_to_num(features)
        logit = known[:, 0] * known[:, 1] * 3 + candidates
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


class TestExplain:
    @pytest.mark.parametrize("ranker", [Linear(), Crossed()])
    def test_base_and_contributions_add_up_to_the_score(self, ranker: Linear | Crossed) -> None:
        told = explain(ranker, (ITEM, 1), history=NO_HISTORY, background=BACKGROUND)
        score = ranker.score(ITEM[None], NO_HISTORY, np.array([1]))[0]
        assert told.score == pytest.approx(float(score), abs=1e-6)
        assert told.base + told.contributions.sum() == pytest.approx(told.score, abs=1e-6)

    def test_a_linear_ranker_gets_its_exact_shapley_values(self) -> None:
        settings = ExplainSettings(orders=len(BACKGROUND))
        told = explain(Linear(), (ITEM, 0), history=NO_HISTORY, background=BACKGROUND, settings=settings)
        np.testing.assert_allclose(told.contributions, WEIGHTS * (ITEM - BACKGROUND.mean(axis=0)), atol=1e-4)

    def test_a_feature_that_is_not_read_contributes_nothing(self) -> None:
        told = explain(Crossed(), (ITEM, 0), history=NO_HISTORY, background=BACKGROUND)
        np.testing.assert_allclose(told.contributions[2:], 0.0, atol=1e-6)

    def test_two_features_that_work_together_share_alike(self) -> None:
        item, reference = np.ones(WIDTH, np.float32), np.zeros((5, WIDTH), np.float32)
        told = explain(Crossed(), (item, 0), history=NO_HISTORY, background=reference)
        assert told.contributions[0] == pytest.approx(told.contributions[1], abs=1e-6)
        assert told.contributions[0] > 0

    def test_a_missing_feature_is_explained_too(self) -> None:
        item = ITEM.copy()
        item[0] = np.nan
        told = explain(Linear(), (item, 0), history=NO_HISTORY, background=BACKGROUND)
        assert np.isfinite(told.contributions).all()

    def test_the_same_seed_tells_the_same_story(self) -> None:
        told = [explain(Crossed(), (ITEM, 0), history=NO_HISTORY, background=BACKGROUND) for _ in range(2)]
        for one, other in pairwise(told):
            np.testing.assert_array_equal(one.contributions, other.contributions)
