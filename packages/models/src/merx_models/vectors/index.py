"""The nearest vectors under a filter, with changes that count at once: the port, and what its engines share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
IdKind: TypeAlias = Literal["int", "str"]
IdArray: TypeAlias = NDArray[Any]
"""int64, or Python strings (dtype object)."""
Ids: TypeAlias = Sequence[str] | Sequence[int] | IdArray
Allowed: TypeAlias = Ids | Mask

NO_ROW = -1
NOBODY: dict[IdKind, int | str] = {"int": -1, "str": ""}
"""What stands in `Neighbours.ids` where fewer than k were found; it is refused as an id."""
LENGTH_TOLERANCE = 1e-3
"""float16 rounding moves the length of a 384-d vector by about 3e-4; a vector that was never scaled is far off."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The best first: `ids` [q, k], and `scores` [q, k] (cosine; -inf where fewer than k were found)."""

    ids: IdArray
    scores: Floats

    @property
    def found(self) -> Rows:
        """How many were found for each query, [q]."""
        return np.asarray(np.isfinite(self.scores).sum(axis=1), np.int64)

    def of(self, query: int) -> list[tuple[Any, float]]:
        """(id, score) of what was found for one query, as Python values."""
        count = int(self.found[query])
        return list(zip(self.ids[query, :count].tolist(), self.scores[query, :count].tolist(), strict=True))


class VectorIndex(Protocol):
    """Unit vectors by id. A change is in force when its call returns; a search sees all of a change or nothing of it.

    Every vector put in gets the next row number, from 0. The rows of deleted and replaced vectors stay empty until the
    index is built anew, so that a mask over rows stays good while the index changes.
    """

    @property
    def dim(self) -> int: ...

    @property
    def rows(self) -> int:
        """How many rows were given out; a mask has this length."""
        ...

    def __len__(self) -> int:
        """How many vectors can be found."""
        ...

    def rows_of(self, ids: Ids) -> Rows:
        """The row of each id, -1 where the index does not hold it (any more)."""
        ...

    def search(self, queries: Floats, k: int, *, allowed: Allowed | None = None) -> Neighbours:
        """The k nearest of `queries` [q, dim] (unit vectors) among `allowed`: a mask over rows, or ids.

        A mask that is shorter than `rows` allows none of the newest; ids that the index does not hold are passed over.
        ValueError on wrong shapes, on vectors that are not of length 1 or not finite, on ids of the other kind.
        """
        ...

    def upsert(self, ids: Ids, vectors: Floats) -> None:
        """Put in, or replace, `vectors` [n, dim]. ValueError, and nothing changed, on what `search` refuses."""
        ...

    def delete(self, ids: Ids) -> int:
        """Take out what is there of `ids`, and say how many that were."""
        ...


def as_ids(ids: Ids, kind: IdKind | None = None) -> tuple[IdArray, IdKind]:
    """Ids as an int64 or object array [n], and their kind; ValueError on mixed, negative or empty ones."""
    given = ids if isinstance(ids, np.ndarray) else np.asarray(ids, dtype=None if len(ids) else object)
    if given.ndim != 1:
        raise ValueError(f"ids have shape {given.shape}, expected one dimension")
    if given.size == 0:
        empty: IdKind = kind or ("int" if np.issubdtype(given.dtype, np.integer) else "str")
        return no_ids(empty), empty
    found: IdKind = "int" if np.issubdtype(given.dtype, np.integer) else "str"
    if kind is not None and found != kind:
        raise ValueError(f"ids are of kind {found}, this index has ids of kind {kind}")
    if found == "int":
        numbers = given.astype(np.int64)
        if numbers.min() < 0:
            raise ValueError("an id is negative")
        return numbers, found
    texts = np.empty(len(ids), dtype=object)
    texts[:] = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    if not all(isinstance(text, str) and text for text in texts):
        raise ValueError("ids are neither all integers nor all non-empty strings")
    return texts, found


def as_unit_vectors(vectors: Floats, dim: int | None = None) -> Floats:
    """Contiguous float32 [n, dim]; ValueError where the shape is wrong, or a row is not finite or not of length 1."""
    found = np.ascontiguousarray(vectors, dtype=np.float32)
    if found.ndim != 2 or found.shape[1] == 0 or (dim is not None and found.shape[1] != dim):
        raise ValueError(f"vectors have shape {found.shape}, expected [n, {dim or 'dim'}]")
    length = np.sqrt(np.einsum("nd,nd->n", found, found))
    wrong = np.flatnonzero(~(np.abs(length - 1.0) <= LENGTH_TOLERANCE))  # a NaN is wrong too
    if wrong.size:
        raise ValueError(f"{wrong.size} of {len(found)} vectors have no length of 1, the first is number {wrong[0]}")
    return found


def one_for_each(ids: IdArray, vectors: Floats) -> None:
    """ValueError unless there are as many ids as vectors, each once."""
    if len(ids) != len(vectors):
        raise ValueError(f"{len(ids)} ids for {len(vectors)} vectors")
    if len(set(ids.tolist())) != len(ids):
        raise ValueError("an id stands twice")


def is_mask(allowed: Allowed) -> bool:
    return isinstance(allowed, np.ndarray) and allowed.dtype == np.bool_


def full_mask(mask: Mask, rows: int) -> Mask:
    """`mask` over all rows; what it is too short for is not allowed. ValueError where it is longer."""
    if mask.ndim != 1 or len(mask) > rows:
        raise ValueError(f"the mask has shape {mask.shape}, the index has {rows} rows")
    return mask if len(mask) == rows else np.pad(mask, (0, rows - len(mask)))


def no_ids(kind: IdKind) -> IdArray:
    return np.empty(0, dtype=np.int64 if kind == "int" else object)
