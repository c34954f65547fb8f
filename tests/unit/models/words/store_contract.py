"""A search whose vectors lie in a store (fixture `store`), whichever it is, does as one that holds them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.vectors.tailed import Collection, CollectionWrong, VectorStore
from merx_models.words.columns import Between, Entry, OneOf
from merx_models.words.dense import CollectionDamaged
from merx_models.words.documents import Document
from merx_models.words.hybrid import HybridSearch
from merx_models.words.queries import Answer, Query
from tests.unit.models.words.shop import HashedWords, documents, entries, shop, vectors

ENCODER = HashedWords()
QUESTIONS = (
    "cola",
    "sony television",
    "sparkling drink",
    "运动鞋",
    "kids snacks fruit",
    "pack of paper towels",
    "kettle",
)
LATER = [
    Document("kettle", {"title": "Steel kettle", "description": "boils water"}),
    Document("cola", {"title": "Cherry cola 4x250ml", "description": "sparkling drink"}),
    Document("shoe", {"title": "耐克运动鞋 男", "description": "轻便跑步"}),
]


def stored(store: VectorStore) -> HybridSearch:
    return HybridSearch.build(documents(), vectors(documents()), entries=entries(), store=store)


def changed(search: HybridSearch) -> HybridSearch:
    search.upsert(LATER, vectors(LATER), entries=[Entry({"category": ["late"]}, {"price": 100.0})] * 3)
    search.delete(["tv", "nobody"])
    search.upsert(LATER[:1], vectors(LATER[:1]), entries=[Entry({"category": ["later"]}, {"price": 90.0})])
    return search


def same(one: Answer, other: Answer) -> bool:
    """Scores are sums of float32 in an order of the engine's own."""
    told = (replace(answer, scores=()) for answer in (one, other))
    return len({repr(each) for each in told}) == 1 and np.allclose(one.scores, other.scores, atol=1e-5)


def agree(one: HybridSearch, other: HybridSearch) -> None:
    cheap, drinks = Between("price", high=400.0), OneOf("category", frozenset({"drinks", "later"}))
    for text in QUESTIONS:
        for filters in ((), (cheap,), (drinks,), (cheap, drinks)):
            query = Query(text=text, filters=filters, facets=("category",))
            assert same(one.search(query, ENCODER), other.search(query, ENCODER)), (text, filters)


class StoreContract:
    def test_it_answers_as_one_that_holds_its_vectors(self, store: VectorStore) -> None:
        agree(stored(store), shop())

    def test_so_it_does_after_changes(self, store: VectorStore) -> None:
        agree(changed(stored(store)), changed(shop()))

    def test_a_product_that_kept_its_words_keeps_its_vector(self, store: VectorStore) -> None:
        search = stored(store)
        before = search.dense.index.rows
        search.upsert(documents()[:3], vectors(documents()[:3]), entries=entries()[:3])
        assert search.dense.index.rows == before

    def test_comes_back_from_disk_the_same(self, store: VectorStore, tmp_path: Path) -> None:
        changed(stored(store)).save(tmp_path)
        agree(HybridSearch.load(tmp_path, store=store), changed(shop()))

    def test_a_replica_changes_nothing_for_another(self, store: VectorStore, tmp_path: Path) -> None:
        stored(store).save(tmp_path)
        one, other = (HybridSearch.load(tmp_path, store=store) for _ in range(2))
        agree(changed(one), changed(shop()))
        agree(other, shop())

    def test_an_empty_one_can_be_filled(self, store: VectorStore) -> None:
        empty = HybridSearch.build([], np.zeros((0, 64), np.float32), store=store)
        empty.upsert(documents(), vectors(documents()), entries=entries())
        agree(empty, shop())

    def test_the_folder_holds_no_vectors(self, store: VectorStore, tmp_path: Path) -> None:
        search = stored(store)
        search.save(tmp_path)
        assert search.dense.collection
        assert not list((tmp_path / "dense" / "index").glob("*.npy"))
        with pytest.raises(CollectionDamaged, match="lie in a store, and none is set"):
            HybridSearch.load(tmp_path)

    def test_a_collection_that_is_gone_is_refused(self, store: VectorStore, tmp_path: Path) -> None:
        search = stored(store)
        search.save(tmp_path)
        store.drop(search.dense.collection)  # type: ignore[attr-defined]
        with pytest.raises(CollectionDamaged, match=search.dense.collection):
            HybridSearch.load(tmp_path, store=store)

    def test_a_collection_of_another_size_is_refused(self, store: VectorStore) -> None:
        held = store.put(vectors(documents())).collection
        for wrong in (
            Collection(name=held.name, rows=held.rows + 1, dim=held.dim),
            Collection(name=held.name, rows=held.rows, dim=held.dim + 1),
        ):
            with pytest.raises(CollectionWrong, match=held.name):
                store.open(wrong)
