"""Ids to rows and back without a dictionary, and an index against a dictionary under random changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_models.vectors import id_table
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.id_table import IdTable
from merx_models.vectors.index import as_ids
from merx_models.vectors.shortlist import IndexSettings
from tests.unit.models.vectors.contract import vectors

TEXTS = st.lists(st.text(min_size=1, max_size=9).filter(lambda text: text.isprintable()), unique=True, max_size=30)
STEPS = st.lists(
    st.tuples(st.sampled_from(["upsert", "delete"]), st.lists(st.integers(0, 19), unique=True, max_size=5)),
    max_size=12,
)


class TestIdTable:
    @given(held=TEXTS, others=TEXTS)
    def test_every_id_has_its_row_and_others_have_none(self, held: list[str], others: list[str]) -> None:
        table = IdTable.of(as_ids(held, "str")[0], "str")
        row_of = {text: row for row, text in enumerate(held)}
        asked = held + others
        assert table.rows(as_ids(asked, "str")[0]).tolist() == [row_of.get(text, -1) for text in asked]
        assert table.at(np.arange(len(held))).tolist() == held

    @given(st.lists(st.integers(0, 2**63 - 1), unique=True, max_size=30))
    def test_integers_too(self, held: list[int]) -> None:
        table = IdTable.of(np.array(held, np.int64), "int")
        assert table.rows(np.array(held, np.int64)).tolist() == list(range(len(held)))

    def test_a_stranger_with_the_key_of_a_known_string_is_a_stranger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(id_table, "_string_keys", lambda ids: (len(text) for text in ids))
        table = IdTable.of(as_ids(["a", "bb"])[0], "str")
        assert table.rows(as_ids(["b", "bb"])[0]).tolist() == [-1, 1]

    def test_refuses_an_id_that_stands_twice(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            IdTable.of(as_ids(["a", "a"])[0], "str")


class TestIds:
    @pytest.mark.parametrize("wrong", [["a", 1], [1, "a"], ["a", None], [1.5], [-1], [[1], [2]], ["a", ""]])
    def test_refuses_what_is_no_list_of_ids_of_one_kind(self, wrong: list[object]) -> None:
        with pytest.raises(ValueError, match="id"):
            as_ids(wrong)  # type: ignore[arg-type]


class TestChanges:
    @settings(max_examples=40, deadline=None)
    @given(steps=STEPS, seed=st.integers(0, 2**16))
    def test_after_any_changes_it_answers_as_a_dictionary_would(
        self, steps: list[tuple[str, list[int]]], seed: int
    ) -> None:
        random = np.random.default_rng(seed)
        held = dict(enumerate(vectors(12, seed=seed)))
        index = FaissIndex.build(np.arange(12), np.array(list(held.values())), settings=IndexSettings(kind="hnsw"))
        for step, ids in steps:
            if step == "delete":
                assert index.delete(np.array(ids, np.int64)) == len([held.pop(one) for one in ids if one in held])
            else:
                given_vectors = vectors(len(ids), seed=int(random.integers(2**16)))
                index.upsert(np.array(ids, np.int64), given_vectors)
                held |= dict(zip(ids, given_vectors, strict=True))
        query = vectors(1, seed=seed + 1)
        expected = sorted(((float(query[0] @ vector), one) for one, vector in held.items()), reverse=True)
        found = index.search(query, 20).of(0)
        assert [one for one, _ in found] == [one for _, one in expected]
        assert len(index) == len(held)
