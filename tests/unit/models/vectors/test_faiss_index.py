"""The contract on each engine, and what the index in this process does beyond it."""

import threading
from typing import Any

import numpy as np
import pytest

from merx_models.text_encoder import unit
from merx_models.vectors import faiss_index
from merx_models.vectors.exact import nearest, nearest_of
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.index import Floats, Rows
from merx_models.vectors.shortlist import FLAT_UP_TO, HNSW_UP_TO, IndexSettings, Kind, choose_kind
from merx_models.vectors.tuning import recall
from tests.unit.models.vectors.contract import (
    ChangeContract,
    FilterContract,
    Make,
    SearchContract,
    names,
    vectors,
)

KINDS: tuple[Kind, ...] = ("flat", "hnsw", "ivf-pq")


def clustered(count: int, *, dim: int = 32, seed: int = 0) -> Floats:
    """Vectors around 40 centres, as a catalogue's are around its kinds of product."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((40, dim))
    return unit(
        (centres[random.integers(0, 40, count)] + 0.7 * random.standard_normal((count, dim))).astype(np.float32)
    )


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Make:
    settings = IndexSettings(kind=request.param, lists=1 if request.param == "ivf-pq" else None)
    return lambda ids, held: FaissIndex.build(ids, held, settings=settings)


@pytest.fixture(scope="module", params=("hnsw", "ivf-pq"))
def large(request: pytest.FixtureRequest) -> FaissIndex:
    held = clustered(6_000)
    return FaissIndex.build(np.arange(len(held)), held, settings=IndexSettings(kind=request.param, construction=64))


class TestSearch(SearchContract):
    pass


class TestFilter(FilterContract):
    pass


class TestChange(ChangeContract):
    pass


class TestEngine:
    def test_size_chooses_the_engine(self) -> None:
        sizes = (0, FLAT_UP_TO, FLAT_UP_TO + 1, HNSW_UP_TO, HNSW_UP_TO + 1)
        assert [choose_kind(size) for size in sizes] == ["flat", "flat", "hnsw", "hnsw", "ivf-pq"]

    def test_effort_is_tuned_to_the_recall_asked_for(self, large: FaissIndex) -> None:
        assert large.tuned.recall >= 0.99
        queries = clustered(200, seed=7)
        _, truth = nearest(queries, clustered(6_000), 10)
        assert recall(large.search(queries, 10).scores, truth) >= 0.97

    def test_real_queries_tune_it_when_there_are_some(self) -> None:
        held = clustered(4_000)
        far = vectors(100, dim=32)
        settings = IndexSettings(kind="hnsw")
        easy, hard = (
            FaissIndex.build(np.arange(4_000), held, settings=settings, queries=queries) for queries in (None, far)
        )
        assert hard.tuned.effort > easy.tuned.effort

    def test_scores_are_exact_however_the_candidates_were_found(self, large: FaissIndex) -> None:
        held, queries = clustered(6_000), clustered(5, seed=7)
        found = large.search(queries, 10)
        np.testing.assert_allclose(found.scores, np.einsum("qd,qkd->qk", queries, held[found.ids]), atol=1e-5)

    @pytest.mark.parametrize("kind", ["hnsw", "ivf-pq"])
    def test_the_same_vectors_make_the_same_index(self, kind: Kind) -> None:
        held, queries = clustered(3_000), clustered(50, seed=7)
        first, second = (FaissIndex.build(np.arange(3_000), held, settings=IndexSettings(kind=kind)) for _ in range(2))
        assert first.search(queries, 10).ids.tolist() == second.search(queries, 10).ids.tolist()


class TestFilteredRecall:
    @pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9])
    def test_holds_at_every_share_that_is_allowed(self, large: FaissIndex, share: float) -> None:
        held, queries = clustered(6_000), clustered(100, seed=7)
        mask = np.random.default_rng(3).random(6_000) < share
        _, truth = nearest_of(queries, held, 10, rows=np.flatnonzero(mask))
        found = large.search(queries, 10, allowed=mask)
        assert recall(found.scores, truth) >= 0.95
        assert mask[found.ids[found.ids >= 0]].all()

    def test_holds_where_everything_allowed_is_far_from_the_query(
        self, large: FaissIndex, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The engine's walk ends among the forbidden ones; the index notices, and scans what is allowed."""
        monkeypatch.setattr(faiss_index, "MICROSECONDS_PER_ROW", 1e9)  # never plan a scan
        held, queries = clustered(6_000), clustered(20, seed=7)
        far = np.argsort(held @ queries[0])[:1_500]
        mask = np.zeros(6_000, bool)
        mask[far] = True
        _, truth = nearest_of(queries[:1], held, 10, rows=far)
        assert recall(large.search(queries[:1], 10, allowed=mask).scores, truth) == 1.0


class TestPlan:
    def test_few_allowed_rows_are_scored_exactly_and_many_are_walked_to(
        self, large: FaissIndex, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walks = []
        engine = large._shortlist
        assert engine is not None
        found = engine.candidates

        def walk(*args: Any, **options: Any) -> Rows:
            walks.append(options["effort"])
            return found(*args, **options)

        monkeypatch.setattr(engine, "candidates", walk)
        order = np.random.default_rng(5).permutation(6_000)
        for allowed in (6, 60, 5_400, 6_000):
            large.search(clustered(1, seed=7), 10, allowed=np.isin(np.arange(6_000), order[:allowed]))
        assert len(walks) == 2
        assert walks[0] >= walks[1] >= large.tuned.effort

    def test_deleted_rows_are_walked_around(self) -> None:
        held = clustered(3_000)
        index = FaissIndex.build(np.arange(3_000), held, settings=IndexSettings(kind="hnsw"))
        gone = np.random.default_rng(2).choice(3_000, 600, replace=False)
        assert index.delete(gone) == 600
        queries = clustered(100, seed=7)
        _, truth = nearest_of(queries, held, 10, rows=np.setdiff1d(np.arange(3_000), gone))
        found = index.search(queries, 10)
        assert not np.isin(found.ids, gone).any()
        assert recall(found.scores, truth) >= 0.97


class TestStale:
    def test_says_when_a_new_build_would_pay(self) -> None:
        index = FaissIndex.build(names(10), vectors(10))
        assert not index.stale
        index.delete(names(3))
        assert index.stale

    def test_rebuilt_holds_what_is_left_and_what_came(self) -> None:
        held, later = vectors(10), vectors(2, seed=4)
        index = FaissIndex.build(names(10), held)
        index.delete(["p0"])
        index.upsert(["p1", "new"], later)
        again = index.rebuilt()
        assert (again.rows, len(again), again.stale) == (10, 10, False)
        assert again.search(held, 10).scores == pytest.approx(index.search(held, 10).scores, abs=1e-6)
        assert again.rows_of(["p0", "p2"]).tolist() == [-1, 0]


class TestManyAtOnce:
    def test_a_search_sees_all_of_a_change_or_nothing(self) -> None:
        """Two ids always swap places together; no search may see one of them moved, or missing."""
        places = np.eye(2, 16, dtype=np.float32)
        index = FaissIndex.build(["a", "b"], places)
        done = threading.Event()

        def swap() -> None:
            for turn in range(60):
                index.upsert(["a", "b"], places[::-1] if turn % 2 == 0 else places)
            done.set()

        writer = threading.Thread(target=swap)
        writer.start()
        while not done.is_set():
            found = index.search(places, 2)
            assert sorted(found.ids[:, 0].tolist()) == ["a", "b"]
            assert found.found.tolist() == [2, 2]
        writer.join()
