"""Scores linear in the history: a sparse product-by-product matrix and a decay; the serving half of several models."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from merx_models.product_index import Floats, Rows

WEIGHTS = "weights.npz"
SETTINGS = "linear.json"


@dataclass(frozen=True)
class LinearScorer:
    """Adds up the rows of `weights` that belong to the history, the newest product first in weight.

    `decay` is what each step back in the history keeps, `length` how many steps count, and `half_life_days`, where
    given and where ages are known, what calendar time keeps.
    """

    weights: sparse.csr_matrix
    decay: float = 0.6
    length: int = 50
    half_life_days: float | None = None

    @property
    def products(self) -> int:
        return int(self.weights.shape[1])

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats:
        """One score per product, 0 where nothing in the history points there; a history is oldest first, -1 skipped."""
        rows, strengths = self._strengths(history, ages_days)
        indptr, indices, data = self.weights.indptr, self.weights.indices, self.weights.data
        parts = [slice(indptr[row], indptr[row + 1]) for row in rows]
        if not parts:
            return np.zeros(self.products, dtype=np.float32)
        columns = np.concatenate([indices[part] for part in parts])
        values = np.concatenate([data[part] * strength for part, strength in zip(parts, strengths, strict=True)])
        return np.bincount(columns, weights=values, minlength=self.products).astype(np.float32)

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        """`scores` for many histories at once, float32[B, P]."""
        pairs = [self._strengths(history, None) for history in histories]
        starts = np.concatenate([[0], np.cumsum([len(rows) for rows, _ in pairs])])
        columns = np.concatenate([rows for rows, _ in pairs]) if pairs else np.zeros(0, dtype=np.int32)
        values = np.concatenate([strengths for _, strengths in pairs]) if pairs else np.zeros(0, dtype=np.float32)
        shopper = sparse.csr_matrix((values, columns, starts), shape=(len(histories), self.weights.shape[0]))
        dense: Floats = (shopper @ self.weights).toarray().astype(np.float32, copy=False)
        return dense

    def top(self, history: Rows, ages_days: Floats | None, k: int) -> tuple[Rows, Floats]:
        """The k best-scored products, best first; fewer where fewer have a positive score."""
        return top_rows(self.scores(history, ages_days), k)

    def _strengths(self, history: Rows, ages_days: Floats | None) -> tuple[Rows, Floats]:
        known = np.flatnonzero(history >= 0)[-self.length :]
        rows = history[known].astype(np.int32)
        strengths = self.decay ** np.arange(len(rows) - 1, -1, -1, dtype=np.float32)
        if self.half_life_days is not None and ages_days is not None:
            strengths = strengths * np.exp2(-ages_days[known] / self.half_life_days)
        return rows, strengths.astype(np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        sparse.save_npz(folder / WEIGHTS, self.weights, compressed=False)
        settings = {"decay": self.decay, "length": self.length, "half_life_days": self.half_life_days}
        (folder / SETTINGS).write_text(json.dumps(settings))

    @classmethod
    def load(cls, folder: Path) -> "LinearScorer":
        return cls(sparse.load_npz(folder / WEIGHTS), **json.loads((folder / SETTINGS).read_text()))


def top_rows(scores: Floats, k: int) -> tuple[Rows, Floats]:
    """The k highest positive scores, best first, ties by row so that two runs agree."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > k > 0:
        positive = scores[rows]
        rows = rows[positive >= np.partition(positive, len(rows) - k)[len(rows) - k]]
    best = rows[np.argsort(-scores[rows], kind="stable")][: max(k, 0)]
    return best.astype(np.int32), scores[best].astype(np.float32)


def keep_strongest(weights: sparse.csr_matrix, keep: int) -> sparse.csr_matrix:
    """The `keep` largest entries of every row, as float32 with sorted columns."""
    weights = weights.tocsr()
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    order = np.lexsort((weights.indices, -weights.data, rows))
    place = np.arange(len(order)) - weights.indptr[rows[order]]
    kept = order[place < keep]
    matrix = sparse.csr_matrix(
        (weights.data[kept].astype(np.float32), (rows[kept], weights.indices[kept])), shape=weights.shape
    )
    matrix.sort_indices()
    return matrix


def positions(histories: Sequence[Rows]) -> tuple[NDArray[np.int64], NDArray[np.int64], Rows]:
    """All histories laid end to end: whose each entry is, its place from the start, and its product row."""
    lengths = np.array([len(history) for history in histories], dtype=np.int64)
    owner = np.repeat(np.arange(len(histories), dtype=np.int64), lengths)
    place = np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    rows = np.concatenate(histories).astype(np.int32) if len(histories) else np.zeros(0, dtype=np.int32)
    return owner, place, rows
