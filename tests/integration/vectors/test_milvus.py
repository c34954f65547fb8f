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
