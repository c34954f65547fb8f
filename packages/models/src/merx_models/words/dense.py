"""Sentence vectors as a leg of the search: a `VectorIndex` of what is distinct among them, and which row has which.

Texts repeat in a catalogue (one title, many sellers), and equal texts have equal vectors: the index holds each once.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.sealed import FolderDamaged
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.shortlist import IndexSettings
from merx_models.vectors.tailed import REFERENCE, CollectionWrong, TailedIndex, VectorStore, VectorsUnavailable

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
INDEX, FILE = "index", "vector_of.npy"
SAME = 1.0 - 1e-6
"""Cosine from which on a changed product's vector is its old one: its price changed, not its words."""


class CollectionDamaged(FolderDamaged):
    """The vectors of a saved index are not where they were put."""


class Encoder(Protocol):
    """Queries to unit vectors float32[n, d] (`merx_models.text_models.TextModel`)."""

    def encode_queries(self, texts: Sequence[str]) -> Floats: ...


class DenseRows:
    """Rows 0, 1, ... in the order in which documents came, each with the number of its vector.

    Vectors lie here, or most of them in a `VectorStore`: then `nearest` and `cosine` may raise VectorsUnavailable.
    """

    def __init__(self, index: FaissIndex | TailedIndex, vector_of: Rows) -> None:
        self.index = index
        self._vector_of = vector_of

    @classmethod
    def build(
        cls,
        texts: Sequence[str],
        vectors: Floats,
        *,
        settings: IndexSettings | None = None,
        store: VectorStore | None = None,
    ) -> "DenseRows":
        """`vectors` [n, d], of length 1, are those of `texts`; of equal texts the first one's serves all. They go into
        the `store` where there is one (raises VectorsUnavailable), `settings` are for those that stay here."""
        numbers: dict[str, int] = {}
        vector_of = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
        _, first = np.unique(vector_of, return_index=True)
        distinct = np.ascontiguousarray(vectors[first])
        if store is not None:
            return cls(TailedIndex(store.put(distinct)), vector_of)
        return cls(FaissIndex.build(np.arange(len(first)), distinct, settings=settings), vector_of)

    def __len__(self) -> int:
        return len(self._vector_of)

    @property
    def collection(self) -> str:
        """Where most of the vectors lie; empty where all are here."""
        return self.index.base.collection.name if isinstance(self.index, TailedIndex) else ""

    @property
    def available(self) -> bool:
        return not isinstance(self.index, TailedIndex) or self.index.base.available

    def look(self) -> None:
        """Asks the store again for vectors that were not available. Raises CollectionWrong."""
        if isinstance(self.index, TailedIndex):
            self.index.base.look()

    def extend(self, vectors: Floats, left: Sequence[int | None]) -> None:
        """Rows more; `left` is the row that each takes the place of, whose vector it keeps where it is the same."""
        before = [None if row is None or row >= len(self) else row for row in left]
        number = np.array([-1 if row is None else self._vector_of[row] for row in before], np.int64)
        known = np.flatnonzero(number >= 0)
        number[known[~self._same(number[known], vectors[known])]] = -1
        new = np.flatnonzero(number < 0)
        number[new] = self.index.rows + np.arange(len(new))
        self.index.upsert(number[new], vectors[new])
        self._vector_of = np.concatenate([self._vector_of, number])

    def _same(self, numbers: Rows, vectors: Floats) -> Mask:
        """Which of `vectors` those are that are held; of what cannot be looked up now none is."""
        try:
            return np.asarray(np.einsum("nd,nd->n", self.index.vectors_at(numbers), vectors) >= SAME)
        except VectorsUnavailable:
            return np.zeros(len(numbers), bool)

    def nearest(self, query: Floats, count: int, *, allowed: Mask) -> Floats:
        """float32[rows]: cosine with the unit vector `query` of the rows that have one of the `count` nearest vectors
        among those of the rows `allowed`, -inf elsewhere."""
        wanted = np.zeros(self.index.rows, bool)
        wanted[self._vector_of[allowed]] = True
        scores = np.full(self.index.rows, -np.inf, np.float32)
        if wanted.any():
            found = self.index.search(query[None], count, allowed=None if wanted.all() else wanted)
            some = int(found.found[0])
            scores[found.ids[0, :some]] = found.scores[0, :some]
        return scores[self._vector_of]

    def cosine(self, query: Floats, rows: Rows) -> Floats:
        """float32[len(rows)]: exact, of these rows."""
        return self.index.vectors_at(self._vector_of[rows]) @ query

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder / INDEX)
        np.save(folder / FILE, self._vector_of)

    @classmethod
    def load(cls, folder: Path, store: VectorStore | None = None) -> "DenseRows":
        """Maps the vectors: only the pages that searches touch are read. Whoever sealed the folder checks it. Raises
        CollectionDamaged where vectors lie in the `store`, and are not there as they were built."""
        vector_of = np.load(folder / FILE)
        if not (folder / INDEX / REFERENCE).exists():
            return cls(FaissIndex.load(folder / INDEX, verify=False), vector_of)
        if store is None:
            raise CollectionDamaged(folder, f"{INDEX}/{REFERENCE}", "its vectors lie in a store, and none is set")
        try:
            return cls(TailedIndex.load(folder / INDEX, store.open), vector_of)
        except CollectionWrong as error:
            raise CollectionDamaged(folder, f"{INDEX}/{REFERENCE}", str(error)) from error
