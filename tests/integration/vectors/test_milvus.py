"""The Milvus adapter keeps the contract of every VectorIndex, on Milvus Lite."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pymilvus import MilvusClient

from merx_models.vectors import milvus_index
from merx_models.vectors.milvus_index import MilvusIndex
from tests.unit.models.vectors.contract import (
    ChangeContract,
    FilterContract,
    Make,
    SearchContract,
    names,
    vectors,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusClient]:
    folder: Path = tmp_path_factory.mktemp("milvus")
    found = MilvusClient(str(folder / "vectors.db"))
    yield found
    found.close()


@pytest.fixture
def make(client: MilvusClient) -> Make:
    return lambda ids, held: MilvusIndex.build(client, f"c{uuid.uuid4().hex}", (ids, held))


class TestSearch(SearchContract):
    pass


class TestFilter(FilterContract):
    def test_more_rows_than_one_expression_names_are_merged(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        held = vectors(60)
        index = make(names(60), held)
        mask = np.arange(60) % 2 == 0
        whole = index.search(held[:4], 5, allowed=mask)
        monkeypatch.setattr(milvus_index, "LISTED", 7)
        assert index.search(held[:4], 5, allowed=mask).ids.tolist() == whole.ids.tolist()

    @pytest.mark.parametrize("left_out", [3, 20])
    def test_a_mask_that_lets_most_pass_is_told_by_what_does_not_or_afterwards(
        self, make: Make, monkeypatch: pytest.MonkeyPatch, left_out: int
    ) -> None:
        held = vectors(60)
        index = make(names(60), held)
        mask = np.ones(60, bool)
        mask[np.argsort(-(held @ held[0]))[:left_out]] = False
        whole = index.search(held[:4], 5, allowed=mask)
        monkeypatch.setattr(milvus_index, "LISTED", 7)
        found = index.search(held[:4], 5, allowed=mask)
        assert found.ids.tolist() == whole.ids.tolist()
        np.testing.assert_allclose(found.scores, whole.scores, atol=1e-6)

    def test_where_too_few_pass_among_the_nearest_all_that_may_are_named(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = vectors(60)
        index = make(names(60), held)
        mask = np.zeros(60, bool)
        mask[np.argsort(held @ held[0])[:20]] = True
        whole = index.search(held[:1], 15, allowed=mask)
        monkeypatch.setattr(milvus_index, "LISTED", 7)
        monkeypatch.setattr(milvus_index, "DEEPEST", 20)
        assert index.search(held[:1], 15, allowed=mask).ids.tolist() == whole.ids.tolist()


class TestVectors:
    def test_they_come_back_in_the_order_asked_for(self, make: Make) -> None:
        held = vectors(1_500)
        index = make(np.arange(1_500), held)
        assert isinstance(index, MilvusIndex)
        wanted = np.random.default_rng(0).permutation(1_500)
        np.testing.assert_array_equal(index.vectors_of(wanted), held[wanted])
        with pytest.raises(KeyError):
            index.vectors_of([1_500])


class TestChange(ChangeContract):
    pass


class TestOpen:
    def test_another_process_goes_on_where_the_builder_stopped(self, client: MilvusClient) -> None:
        held = vectors(2_500)
        MilvusIndex.build(client, "opened", (names(2_500), held))
        index = MilvusIndex(client, "opened")
        assert (index.dim, index.rows, len(index)) == (held.shape[1], 2_500, 2_500)
        index.upsert(["new"], vectors(1, seed=5))
        assert index.rows_of(["p2499", "new"]).tolist() == [2_499, 2_500]

    def test_a_collection_is_never_built_over(self, client: MilvusClient) -> None:
        MilvusIndex.build(client, "kept", (names(2), vectors(2)))
        with pytest.raises(ValueError, match="already"):
            MilvusIndex.build(client, "kept", (names(2), vectors(2)))
        assert len(MilvusIndex(client, "kept")) == 2
