"""Sentence vectors in a store, here one of this process."""

from pathlib import Path

import numpy as np
import pytest

from merx_models.vectors.tailed import TailedIndex, VectorsUnavailable
from merx_models.words.hybrid import HybridSearch
from merx_models.words.queries import Query
from tests.unit.models.vectors.in_memory_store import InMemoryStore
from tests.unit.models.words.shop import documents, entries, shop, vectors
from tests.unit.models.words.store_contract import ENCODER, LATER, StoreContract, agree, changed, stored


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


class TestStore(StoreContract):
    pass


class TestAway:
    def test_both_legs_together_cannot_answer_and_words_can(self, store: InMemoryStore) -> None:
        search = stored(store)
        store.away = True
        asked = search.read(Query(text="sony television"))
        with pytest.raises(VectorsUnavailable):
            search.answer(asked, ENCODER.encode_queries([asked.text])[0])
        assert set(search.answer(asked, None).ids) == {"tv", "tv-next"}
        assert not search.dense.available

    def test_changes_are_taken_in_all_the_same(self, store: InMemoryStore) -> None:
        search = stored(store)
        store.away = True
        changed(search)
        store.away = False
        agree(search, changed(shop()))

    def test_an_index_is_loaded_and_answers_in_full_once_the_store_does(
        self, store: InMemoryStore, tmp_path: Path
    ) -> None:
        stored(store).save(tmp_path)
        store.away = True
        search = HybridSearch.load(tmp_path, store=store)
        assert search.search(Query(text="cola"), None).ids
        store.away = False
        search.dense.look()
        agree(search, shop())

    def test_what_only_the_tail_knows_is_found_without_the_store(self, store: InMemoryStore) -> None:
        search = HybridSearch.build(documents()[:1], vectors(documents()[:1]), entries=entries()[:1], store=store)
        search.upsert(LATER[:1], vectors(LATER[:1]))
        search.delete(["cola"])
        store.away = True
        assert search.search(Query(text="kettle"), ENCODER).ids == ("kettle",)


class TestNumbers:
    def test_they_go_on_and_are_never_given_out_twice(self, store: InMemoryStore) -> None:
        index = TailedIndex(store.put(vectors(documents())))
        with pytest.raises(ValueError, match="numbers go on from 7"):
            index.upsert(np.array([6]), vectors(documents()[:1]))
        index.upsert(np.array([7]), vectors(LATER[:1]))
        assert (index.rows, len(index), index.live_rows().tolist()) == (8, 8, list(range(8)))
        np.testing.assert_array_equal(index.vectors_at(np.array([7, 0])), vectors([LATER[0], documents()[0]]))
