"""Several models in one score, weighted on validation items."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from merx_models.blend import Blend, standardised, tune, tuning_rows
from merx_models.linear import top_rows
from merx_models.neighbours import fit_cosine, fit_transitions
from merx_models.product_index import Floats, Rows
from tests.unit.models.sequences import PRODUCTS, histories, hit_rate


class Noise:
    """A model that knows nothing: scores drawn anew for each history."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats:
        return self.rng.random(PRODUCTS, dtype=np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir()

    @classmethod
    def load(cls, folder: Path) -> "Noise":  # noqa: ARG003 - one interface
        return cls()

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        return self.rng.random((len(histories), PRODUCTS), dtype=np.float32)


@pytest.fixture(scope="module")
def models() -> dict[str, object]:
    return {"cosine": fit_cosine(histories(), PRODUCTS), "transitions": fit_transitions(histories(), PRODUCTS)}


def tuned(models: dict[str, object]) -> dict[str, float]:
    shoppers = histories(1000, seed=9)
    wanted = np.array([history[-1] for history in shoppers], dtype=np.int32)
    rows = tuning_rows(models, [history[:-1] for history in shoppers], wanted, depth=20)  # type: ignore[arg-type]
    return tune(rows)


class TestScale:
    def test_a_model_that_shouts_weighs_no_more(self) -> None:
        scores = np.random.default_rng(0).random((3, 50)).astype(np.float32)
        np.testing.assert_allclose(standardised(1000 * scores + 7), standardised(scores), atol=1e-3)  # float32

    def test_a_model_that_says_nothing_adds_nothing(self) -> None:
        assert not standardised(np.zeros((2, 5), dtype=np.float32)).any()


class TestTuning:
    def test_noise_gets_next_to_no_weight(self, models: dict[str, object]) -> None:
        weights = tuned({**models, "noise": Noise()})
        assert weights["noise"] < 0.2  # a third would be its equal share
        assert sum(weights.values()) == pytest.approx(1)

    def test_the_blend_is_no_worse_than_either_model(self, models: dict[str, object]) -> None:
        blend = Blend(models, tuned(models))  # type: ignore[arg-type]
        test = histories(300, seed=10)
        assert hit_rate(blend, test) >= max(hit_rate(model, test) for model in models.values()) - 0.02

    def test_ranks_within_the_pool_as_among_all_products(self, models: dict[str, object]) -> None:
        shoppers = [history[:-1] for history in histories(50, seed=9)]
        wanted = np.array([history[-1] for history in histories(50, seed=9)], dtype=np.int32)
        rows = tuning_rows(models, shoppers, wanted, depth=PRODUCTS - 1)  # type: ignore[arg-type]
        weights = np.array([0.5, 0.5], dtype=np.float32)
        pooled = np.where(rows.valid, rows.scores @ weights, -np.inf)
        place = (pooled[:, 1:] > pooled[:, :1]).sum(axis=1)
        full = Blend(models, {"cosine": 0.5, "transitions": 0.5}).batch_scores(shoppers)  # type: ignore[arg-type]
        for row, history in enumerate(shoppers):
            wanted_score = full[row, wanted[row]]
            if wanted[row] in history or wanted_score <= 0:  # the pool holds what some model puts above the average
                continue
            full[row, history] = -np.inf
            assert (full[row] > wanted_score + 1e-5).sum() <= place[row] <= (full[row] > wanted_score - 1e-5).sum()


class TestBlend:
    def test_a_model_of_weight_zero_is_not_asked(self, models: dict[str, object]) -> None:
        blend = Blend({**models, "absent": None}, {"cosine": 1.0, "absent": 0.0})  # type: ignore[dict-item]
        history = histories()[0]
        alone = top_rows(standardised(models["cosine"].scores(history)), 5)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(blend.top(history, None, 5)[0], alone[0])

    def test_one_history_scores_as_it_does_in_a_batch(self, models: dict[str, object]) -> None:
        blend = Blend(models, {"cosine": 0.3, "transitions": 0.7})  # type: ignore[arg-type]
        some = histories()[:5]
        for alone, batched in zip(some, blend.batch_scores(some), strict=True):
            np.testing.assert_allclose(blend.scores(alone), batched, atol=1e-4)

    def test_comes_back_from_disk_the_same_without_what_it_does_not_ask(
        self, models: dict[str, object], tmp_path: Path
    ) -> None:
        weights = {"cosine": 0.25, "transitions": 0.75, "unused": 0.0}
        blend = Blend({**models, "unused": models["cosine"]}, weights)  # type: ignore[dict-item]
        blend.save(tmp_path)
        loaded = Blend.load(tmp_path)
        np.testing.assert_array_equal(loaded.scores(histories()[0]), blend.scores(histories()[0]))
        assert set(loaded.models) == {"cosine", "transitions"}

    def test_refuses_a_kind_of_model_it_does_not_know(self, tmp_path: Path) -> None:
        (tmp_path / "blend.json").write_text('[{"name": "x", "weight": 1.0, "kind": "Path"}]')
        with pytest.raises(KeyError, match="Path"):
            Blend.load(tmp_path)
