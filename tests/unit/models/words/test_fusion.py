"""The learned order, its fallback, and why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.words.features import COLUMNS, SIGNALS
from merx_models.words.fusion import Fusion, FusionSettings, JudgedQuery, switched_off

SETTINGS = FusionSettings(rounds=30, min_rows=5)
PLACE = {name: place for place, name in enumerate(COLUMNS)}


def query(rng: np.random.Generator, *, signal: str = "model_near", n: int = 12) -> JudgedQuery:
    """What is wanted has the highest value in one column; the ranks of the legs say nothing."""
    features = rng.random((n, len(COLUMNS))).astype(np.float32)
    for name in ("bm25_rank", "dense_rank"):
        features[:, PLACE[name]] = 1.0 / rng.permutation(np.arange(1, n + 1))
    labels = np.zeros(n, np.float32)
    labels[features[:, PLACE[signal]].argmax()] = 1.0
    return JudgedQuery(features, labels)


def queries(count: int, seed: int, signal: str = "model_near") -> list[JudgedQuery]:
    rng = np.random.default_rng(seed)
    return [query(rng, signal=signal) for _ in range(count)]


@pytest.fixture(scope="module")
def learned() -> Fusion:
    return Fusion.fit(queries(120, 0), queries(40, 1), settings=SETTINGS)


class TestLearning:
    def test_finds_what_makes_a_candidate_wanted(self, learned: Fusion) -> None:
        test = queries(60, 2)
        assert learned.method == "lambdarank"
        assert learned.ndcg(test) > 0.85 > Fusion().ndcg(test)

    def test_the_same_seed_gives_the_same_model(self, learned: Fusion) -> None:
        again = Fusion.fit(queries(120, 0), queries(40, 1), settings=SETTINGS)
        features = queries(1, 3)[0].features
        assert again.score(features).tolist() == learned.score(features).tolist()

    def test_few_judgements_leave_the_fallback(self) -> None:
        assert Fusion.fit(queries(49, 0), queries(40, 1), settings=SETTINGS).method == "rrf"

    def test_a_model_that_does_not_beat_the_fallback_is_not_kept(self) -> None:
        by_rank = queries(40, 1, signal="bm25_rank")
        for judged in by_rank:
            judged.features[:, PLACE["dense_rank"]] = judged.features[:, PLACE["bm25_rank"]]
            judged.features[:] = switched_off(judged.features, SIGNALS)
        assert Fusion.fit(queries(120, 0), by_rank, settings=SETTINGS).method == "rrf"

    def test_bm25_alone_serves_where_nothing_beats_its_order(self, tmp_path: Path) -> None:
        fusion = Fusion.fit(queries(120, 0), queries(40, 1, signal="bm25_rank"), settings=SETTINGS)
        assert fusion.method == "bm25"
        assert fusion.validation["bm25"] > max(fusion.validation["rrf"], fusion.validation["lambdarank"])
        features = queries(1, 3)[0].features
        features[3, PLACE["bm25_rank"]] = 0.0
        best_first = np.sort(features[:, PLACE["bm25_rank"]])[::-1]
        fusion.save(tmp_path)
        for some in (fusion, Fusion.load(tmp_path)):
            assert features[some.order(features), PLACE["bm25_rank"]].tolist() == best_first.tolist()
            told = some.explain(features, 4)
            assert told.base + told.contributions.sum() == told.score == some.score(features)[4]

    def test_a_signal_switched_off_counts_no_more(self) -> None:
        fusion = Fusion.fit(queries(120, 0, "popularity"), queries(40, 1, "popularity"), settings=SETTINGS)
        features = queries(1, 3)[0].features
        changed = features.copy()
        changed[:, PLACE["popularity"]] = changed[::-1, PLACE["popularity"]]
        assert fusion.score(features).tolist() != fusion.score(changed).tolist()
        off = ("popularity",)
        assert fusion.score(features, off=off).tolist() == fusion.score(changed, off=off).tolist()

    def test_comes_back_from_disk_the_same_without_its_trees(self, learned: Fusion, tmp_path: Path) -> None:
        learned.save(tmp_path / "a")
        loaded = Fusion.load(tmp_path / "a")
        loaded.save(tmp_path / "b")
        features = queries(1, 3)[0].features
        features[0, PLACE["model_near"]] = np.nan
        for other in (loaded, Fusion.load(tmp_path / "b")):
            np.testing.assert_allclose(other.score(features), learned.score(features), atol=1e-5)  # float32 sums

    def test_other_features_are_refused(self, learned: Fusion, tmp_path: Path) -> None:
        learned.save(tmp_path)
        path = tmp_path / "fusion.json"
        path.write_text(path.read_text().replace('"model_near"', '"model_far"'))
        with pytest.raises(ValueError, match="other features"):
            Fusion.load(tmp_path)


class TestTaste:
    @pytest.fixture(scope="module")
    @staticmethod
    def anyones() -> Fusion:
        """Learned from judgements that are of no one's: none tells what a shopper likes."""
        judged = [queries(count, seed) for count, seed in ((120, 0), (40, 1))]
        for one in (*judged[0], *judged[1]):
            one.features[:, PLACE["taste"]] = np.nan
        return Fusion.fit(*judged, settings=SETTINGS)

    def strangers(self) -> np.ndarray:
        features = queries(1, 3)[0].features
        features[:, PLACE["taste"]] = np.nan
        return features

    def test_what_was_not_learned_of_it_counts_all_the_same(self, anyones: Fusion, tmp_path: Path) -> None:
        features = self.strangers()
        second = int(anyones.order(features)[1])
        liked = features.copy()
        liked[:, PLACE["taste"]] = 0.0
        liked[second, PLACE["taste"]] = 1.0
        anyones.save(tmp_path)
        for fusion in (anyones, Fusion.load(tmp_path)):
            before, after = fusion.score(features).astype(float), fusion.score(liked).astype(float)
            raised = (after / (1 - after)) / (before / (1 - before))
            others = np.arange(len(features)) != second
            assert raised[second] == pytest.approx(np.exp(0.5), rel=1e-3)  # float32 probabilities
            assert raised[others] == pytest.approx(1.0, rel=1e-3)
            assert fusion.score(liked, off=("taste",)).tolist() == fusion.score(features).tolist()

    def test_its_part_is_told(self, anyones: Fusion) -> None:
        liked = self.strangers()
        liked[:, PLACE["taste"]] = np.linspace(0, 1, len(liked))
        told = anyones.explain(liked, len(liked) - 1)
        assert told.contributions[PLACE["taste"]] > 0
        assert told.base + told.contributions.sum() == pytest.approx(told.score)

    def test_where_it_was_learned_it_is_not_counted_twice(self) -> None:
        features = queries(1, 3)[0].features
        scores = [
            Fusion.fit(
                queries(120, 0, "taste"), queries(40, 1, "taste"), settings=replace(SETTINGS, taste_weight=weight)
            ).score(features)
            for weight in (0.0, 5.0)
        ]
        assert scores[0].tolist() == scores[1].tolist()


class TestFallback:
    def features(self, bm25: list[float], dense: list[float]) -> np.ndarray:
        found = np.full((len(bm25), len(COLUMNS)), np.nan, np.float32)
        found[:, PLACE["bm25_rank"]], found[:, PLACE["dense_rank"]] = bm25, dense
        return found

    def test_adds_reciprocal_ranks(self) -> None:
        scores = Fusion().score(self.features([1, 0.5, 0], [0, 1, 0.5]))
        np.testing.assert_allclose(scores, [1 / 61, 1 / 62 + 1 / 61, 1 / 62], rtol=1e-5)  # float32

    def test_equal_scores_stand_by_the_better_rank(self) -> None:
        assert Fusion().order(self.features([0.5, 1, 0], [0.5, 0, 1])).tolist()[0] == 0

    def test_signals_lift_what_has_more_of_them_until_switched_off(self) -> None:
        features = self.features([1, 0.5], [0.5, 1])
        features[:, PLACE["popularity"]] = [1, 9]
        assert Fusion().order(features).tolist() == [1, 0]
        assert np.ptp(Fusion().score(features, off=("popularity",))) == 0

    def test_being_told_of_as_sold_out_is_no_better_than_not_being_told_of(self) -> None:
        features = self.features([1.0, 0.5, 1 / 3], [1.0, 0.5, 1 / 3])
        features[:, PLACE["stock"]] = [np.nan, 0.0, np.nan]
        assert Fusion().order(features).tolist() == [0, 1, 2]
        features[:, PLACE["stock"]] = [np.nan, 0.0, 40.0]
        far, near = Fusion(FusionSettings(signal_weight=4.0)).score(features)[[1, 2]]
        assert near > far


class TestExplanation:
    @pytest.mark.parametrize("off", [(), ("taste",)])
    def test_parts_add_up_to_the_score(self, learned: Fusion, off: tuple[str, ...]) -> None:
        features = queries(1, 3)[0].features
        for fusion in (learned, Fusion()):
            told = fusion.explain(features, 4, off=off)
            assert told.base + told.contributions.sum() == pytest.approx(told.score)
            assert told.score == pytest.approx(float(fusion.score(features, off=off)[4]), abs=1e-6)

    def test_names_what_decided(self, learned: Fusion) -> None:
        wanted = queries(1, 3)[0]
        told = learned.explain(wanted.features, int(wanted.labels.argmax()))
        assert COLUMNS[int(told.contributions.argmax())] == "model_near"


def test_only_signals_are_switched_off() -> None:
    with pytest.raises(ValueError, match="signal"):
        switched_off(np.zeros((1, len(COLUMNS)), np.float32), ("bm25",))


def test_wanted_documents_that_no_leg_found_count_in_the_measure() -> None:
    rng = np.random.default_rng(0)
    whole = query(rng)
    missing = JudgedQuery(whole.features, whole.labels, missed=1)
    assert Fusion().ndcg([missing]) < Fusion().ndcg([whole])
