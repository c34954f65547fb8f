"""BM25 with a second segment: changes count at once and score as if they had been built in."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_models.words.bm25 import Bm25Index, top
from merx_models.words.documents import weighted_terms

DOCUMENTS = [["red", "shoe"], ["blue", "shoe", "shoe"], ["green", "hat"], []]


def ask(index: Bm25Index, *terms: str) -> list[float]:
    return [float(score) for score in index.scores(dict.fromkeys(terms, 1.0))]


class TestScores:
    def test_are_those_of_the_formula(self) -> None:
        got = ask(Bm25Index.build(DOCUMENTS), "shoe")
        idf = np.log1p((4 - 2 + 0.5) / (2 + 0.5))
        wanted = [idf * tf / (tf + 1.2 * (0.25 + 0.75 * length / 1.75)) for tf, length in ((1, 2), (2, 3))]
        np.testing.assert_allclose(got, [*wanted, 0, 0], rtol=1e-5)  # float32

    def test_grow_with_the_weight_of_a_term(self) -> None:
        index = Bm25Index.build(DOCUMENTS)
        np.testing.assert_allclose(index.scores({"hat": 0.5}) * 2, index.scores({"hat": 1.0}))

    def test_an_unknown_word_finds_nothing(self) -> None:
        assert ask(Bm25Index.build(DOCUMENTS), "sock") == [0, 0, 0, 0]

    @pytest.mark.parametrize("documents", [[], [[], []]])
    def test_nothing_to_index_is_an_empty_index(self, documents: list[list[str]]) -> None:
        index = Bm25Index.build(documents)
        index.extend([["red"]])
        assert top(index.scores({"red": 1.0}), 5).tolist() == [len(documents)]


class TestChanges:
    def test_a_new_document_scores_as_one_that_was_built_in(self) -> None:
        index = Bm25Index.build(DOCUMENTS)
        index.extend([DOCUMENTS[1]])
        got = ask(index, "shoe", "blue")
        assert got[4] == pytest.approx(got[1], rel=1e-5)  # float32

    def test_a_deleted_row_is_found_no_more_in_either_segment(self) -> None:
        index = Bm25Index.build(DOCUMENTS)
        index.extend([["red"]])
        index.remove([0, len(DOCUMENTS)])
        assert not any(ask(index, "red"))

    def test_words_that_the_build_never_saw_are_found(self) -> None:
        index = Bm25Index.build(DOCUMENTS)
        index.extend([["sock"]])
        assert ask(index, "sock")[len(DOCUMENTS)] > 0

    def test_says_how_much_has_changed(self) -> None:
        index = Bm25Index.build(DOCUMENTS)
        assert index.changed_share == 0
        index.extend([["sock"]])
        index.remove([0])
        assert index.changed_share == pytest.approx(0.5)

    def test_comes_back_from_disk_the_same(self, tmp_path: Path) -> None:
        index = Bm25Index.build(DOCUMENTS)
        index.extend([["sock", "red"]])
        index.remove([1])
        index.save(tmp_path)
        loaded = Bm25Index.load(tmp_path)
        for term in ("red", "shoe", "sock"):
            assert ask(loaded, term) == ask(index, term)
        loaded.extend([["hat"]])
        assert ask(loaded, "hat")[5] > 0


class TestTop:
    @settings(max_examples=50)
    @given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 10))
    def test_is_the_head_of_a_stable_sort(self, values: list[int], k: int) -> None:
        scores = np.array(values, np.float32)
        wanted = [row for row in np.argsort(-scores, kind="stable") if scores[row] > 0][:k]
        assert top(scores, k).tolist() == wanted

    def test_rows_that_are_not_allowed_are_left_out(self) -> None:
        allowed = np.array([False, True, True])
        assert top(np.array([3, 2, 1], np.float32), 2, allowed=allowed).tolist() == [1, 2]


class TestFields:
    def test_a_field_counts_as_often_as_it_weighs(self) -> None:
        assert weighted_terms({"title": ("red",), "text": ("hat",)}, {"title": 2}) == ["red", "red", "hat"]
