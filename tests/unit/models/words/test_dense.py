"""Sentence vectors by row: equal texts share one, changes count at once."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.words.dense import DenseRows

TEXTS = ["red", "blue", "red", "green"]
VECTORS = np.eye(4, dtype=np.float32)[[0, 1, 0, 2]]
EVERYTHING = np.ones(4, bool)


def near(rows: DenseRows, query: NDArray[np.float32], count: int, allowed: NDArray[np.bool_]) -> list[int]:
    return np.flatnonzero(np.isfinite(rows.nearest(query, count, allowed=allowed))).tolist()


class TestFinding:
    def test_rows_with_one_text_are_found_together(self) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        assert (len(rows), rows.index.rows) == (4, 3)
        assert near(rows, VECTORS[0], 1, EVERYTHING) == [0, 2]

    def test_only_vectors_of_allowed_rows_are_found(self) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        assert near(rows, VECTORS[0], 4, np.array([False, True, False, True])) == [1, 3]
        assert near(rows, VECTORS[0], 4, np.zeros(4, bool)) == []

    def test_cosines_are_exact(self) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        query = np.full(4, 0.5, np.float32)
        np.testing.assert_allclose(rows.cosine(query, np.array([3, 0])), [0.5, 0.5])


class TestChanges:
    def test_a_new_vector_takes_the_next_row(self) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        rows.extend(np.eye(4, dtype=np.float32)[[3]], [None])
        assert near(rows, np.eye(4, dtype=np.float32)[3], 1, np.ones(5, bool)) == [4]

    def test_a_product_that_kept_its_text_keeps_its_vector(self) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        rows.extend(VECTORS[[1, 0]], [1, 3])
        assert rows.index.rows == 4
        assert near(rows, VECTORS[1], 1, np.ones(6, bool)) == [1, 4]
        assert rows.cosine(VECTORS[0], np.array([5])).tolist() == [1.0]

    def test_comes_back_from_disk_the_same(self, tmp_path: Path) -> None:
        rows = DenseRows.build(TEXTS, VECTORS)
        rows.extend(np.eye(4, dtype=np.float32)[[3]], [0])
        rows.save(tmp_path)
        loaded = DenseRows.load(tmp_path)
        query = np.full(4, 0.5, np.float32)
        wanted = rows.nearest(query, 3, allowed=np.ones(5, bool))
        assert loaded.nearest(query, 3, allowed=np.ones(5, bool)).tolist() == wanted.tolist()
