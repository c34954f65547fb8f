"""A VectorStore of this process; `away` is a server that does not answer."""

import numpy as np

from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.index import Floats, Mask, Neighbours, Rows
from merx_models.vectors.tailed import Collection, CollectionWrong, VectorsUnavailable


class InMemoryStore:
    def __init__(self) -> None:
        self.held: dict[str, FaissIndex] = {}
        self.away = False

    def put(self, vectors: Floats) -> "HeldCollection":
        name = f"c{len(self.held)}"
        self.held[name] = FaissIndex.build(np.arange(len(vectors)), vectors)
        return HeldCollection(self, Collection(name=name, rows=len(vectors), dim=vectors.shape[1]))

    def open(self, collection: Collection) -> "HeldCollection":
        found = HeldCollection(self, collection)
        found.look()
        return found

    def drop(self, name: str) -> None:
        del self.held[name]


class HeldCollection:
    def __init__(self, store: InMemoryStore, collection: Collection) -> None:
        self._store, self.collection = store, collection

    @property
    def available(self) -> bool:
        return not self._store.away

    def look(self) -> None:
        if self._store.away:
            return
        held = self._store.held.get(self.collection.name)
        if held is None or (held.rows, held.dim) != (self.collection.rows, self.collection.dim):
            raise CollectionWrong(f"{self.collection.name} is not there as it was built")

    def search(self, queries: Floats, k: int, *, allowed: Mask | None = None) -> Neighbours:
        return self._index().search(queries, k, allowed=allowed)

    def vectors_at(self, rows: Rows) -> Floats:
        return self._index().vectors_at(rows)

    def _index(self) -> FaissIndex:
        if self._store.away:
            raise VectorsUnavailable("away")
        return self._store.held[self.collection.name]
