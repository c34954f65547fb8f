"""Vectors by number where most of them lie elsewhere: a base that is only read, and a tail of what came later, here.

Several processes may read one base, each with a tail of its own: none of them gives out numbers for the others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from merx_models.vectors.exact import merged
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.index import Floats, Mask, Neighbours, Rows

REFERENCE, TAIL = "collection.json", "tail"


class VectorsUnavailable(Exception):
    """The vectors lie elsewhere, and cannot be read now."""


class CollectionWrong(Exception):
    """There is no such collection, or it is not the one that was built."""


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """What an index says of a base that lies elsewhere: row i is the vector with the id i."""

    name: str
    rows: int
    dim: int


class Base(Protocol):
    """A collection that nobody changes."""

    @property
    def collection(self) -> Collection: ...

    @property
    def available(self) -> bool:
        """Whether it answered when it was last asked."""
        ...

    def look(self) -> None:
        """Asks whether it is there, and takes its time. Raises CollectionWrong."""
        ...

    def search(self, queries: Floats, k: int, *, allowed: Mask | None = None) -> Neighbours:
        """As `VectorIndex.search`; ids are rows. Raises VectorsUnavailable."""
        ...

    def vectors_at(self, rows: Rows) -> Floats:
        """float32 [len(rows), dim]. Raises VectorsUnavailable."""
        ...


class VectorStore(Protocol):
    """Where such collections lie."""

    def put(self, vectors: Floats) -> Base:
        """A new collection of unit vectors [n, dim]. Raises VectorsUnavailable."""
        ...

    def open(self, collection: Collection) -> Base:
        """Raises CollectionWrong. One that cannot be looked at now is opened all the same: `Base.look` again."""
        ...


class TailedIndex:
    """Numbers 0, 1, ... of vectors: those of the base, then those of the tail. None is ever replaced or taken out.

    `search` and `vectors_at` raise VectorsUnavailable where they want the base and it does not answer.
    """

    def __init__(self, base: Base, tail: FaissIndex | None = None) -> None:
        self.base = base
        self._tail = tail or FaissIndex.build(np.empty(0, np.int64), np.empty((0, base.collection.dim), np.float32))

    @property
    def dim(self) -> int:
        return self.base.collection.dim

    @property
    def rows(self) -> int:
        return self.base.collection.rows + self._tail.rows

    def __len__(self) -> int:
        return self.rows

    def live_rows(self) -> Rows:
        return np.arange(self.rows)

    def search(self, queries: Floats, k: int, *, allowed: Mask | None = None) -> Neighbours:
        """The k nearest of `queries` among those that the mask allows; ids are numbers."""
        size = self.base.collection.rows
        low, high = (None, None) if allowed is None else (allowed[:size], allowed[size:])
        late = self._tail.search(queries, k, allowed=high)
        if not size or (low is not None and not low.any()):
            return late
        early = self.base.search(queries, k, allowed=None if low is None or low.all() else low)
        return Neighbours(*merged((early.ids, early.scores), (late.ids, late.scores), k))

    def vectors_at(self, rows: Rows) -> Floats:
        size = self.base.collection.rows
        found = np.empty((len(rows), self.dim), np.float32)
        early = rows < size
        if early.any():
            found[early] = self.base.vectors_at(rows[early])
        found[~early] = self._tail.vectors_at(rows[~early] - size)
        return found

    def upsert(self, ids: Rows, vectors: Floats) -> None:
        """`ids` are the next numbers."""
        if len(ids) and ids.tolist() != list(range(self.rows, self.rows + len(ids))):
            raise ValueError(f"numbers go on from {self.rows}, not with {ids[:3].tolist()}")
        self._tail.upsert(ids, vectors)

    def save(self, folder: Path) -> None:
        """The tail, and what the base is called."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REFERENCE).write_bytes(msgspec.json.encode(self.base.collection))
        self._tail.save(folder / TAIL)

    @classmethod
    def load(cls, folder: Path, open_base: Callable[[Collection], Base]) -> "TailedIndex":
        """What `save` wrote. Raises what `open_base` raises. Whoever sealed the folder checks it."""
        collection = msgspec.json.decode((folder / REFERENCE).read_bytes(), type=Collection)
        return cls(open_base(collection), FaissIndex.load(folder / TAIL, verify=False))
