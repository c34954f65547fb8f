"""Products by their pictures: vectors in an index, whose picture each is, and small pictures for pages."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.joint import JointSpace
from merx_models.search_index.thumbnails import Thumbnails
from merx_models.vectors.faiss_index import FaissIndex

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
OWNERS, VECTORS = "owners.txt", "vectors"
NEIGHBOURS = 3
"""A product may have several pictures among the nearest: so many times the products wanted are looked at."""


class Looks:
    """Pictures are numbered from 0 in the order in which they came, and a number is never used twice: so it is also the
    picture's row in the index, and its id there."""

    def __init__(self, index: FaissIndex, owners: Sequence[str], thumbnails: Thumbnails) -> None:
        self.index, self.owners, self.thumbnails = index, list(owners), thumbnails
        self._numbers: dict[str, list[int]] = {}
        for number, owner in enumerate(self.owners):
            self._numbers.setdefault(owner, []).append(number)

    @classmethod
    def build(cls, vectors: Floats, owners: Sequence[str], thumbnails: Sequence[bytes]) -> Self:
        """Unit vectors [n, dim] of pictures, the product of each, and a small JPEG of each."""
        if not len(vectors) == len(owners) == len(thumbnails):
            raise ValueError(f"{len(vectors)} vectors, {len(owners)} owners and {len(thumbnails)} thumbnails")
        kept = Thumbnails()
        kept.extend(thumbnails)
        return cls(FaissIndex.build(np.arange(len(vectors)), vectors), owners, kept)

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._numbers

    def __len__(self) -> int:
        """How many products have a picture."""
        return len(self._numbers)

    def thumbnail(self, product_id: str) -> bytes | None:
        numbers = self._numbers.get(product_id)
        return None if numbers is None else self.thumbnails[numbers[0]]

    def vectors_of(self, product_id: str) -> Floats:
        """Of every picture of a product [m, dim]. KeyError where it has none."""
        return self.index.vectors_at(np.array(self._numbers[product_id]))

    def delete(self, product_ids: Sequence[str]) -> None:
        gone = [number for one in product_ids for number in self._numbers.pop(one, ())]
        if gone:
            self.index.delete(np.array(gone))

    def nearest(self, vectors: Floats, k: int, *, allowed: Mask | None = None) -> tuple[list[str], Floats]:
        """The products of the pictures nearest to any of `vectors` [q, dim], best first, and their cosines.

        `allowed` is by picture number.
        """
        found = self.index.search(vectors, min(k * NEIGHBOURS, max(len(self.index), 1)), allowed=allowed)
        best: dict[str, float] = {}
        for number, score in zip(found.ids.ravel().tolist(), found.scores.ravel().tolist(), strict=True):
            if number >= 0:
                owner = self.owners[number]
                best[owner] = max(score, best.get(owner, -np.inf))
        order = sorted(best, key=lambda owner: (-best[owner], owner))[:k]
        return order, np.array([best[owner] for owner in order], np.float32)

    def together(
        self, space: JointSpace, query: Floats, k: int, *, allowed: Mask | None = None
    ) -> tuple[list[str], Floats]:
        """As `nearest`, in the space shared with words: `query` [dim] lies there already.

        Exact: a product's picture moves into that space by a small matrix, and all of them cost a few milliseconds.
        """
        numbers = self.index.live_rows()
        if allowed is not None:
            numbers = numbers[allowed[numbers]]
        scores = space.pictures(self.index.vectors_at(numbers)) @ query
        best: dict[str, float] = {}
        for place in np.argsort(-scores, kind="stable").tolist():
            best.setdefault(self.owners[int(numbers[place])], float(scores[place]))
            if len(best) == k:
                break
        return list(best), np.array(list(best.values()), np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder / VECTORS)
        # Without its quotes a JSON string is what it was, unless it holds what would end a line.
        lines = [json.dumps(owner, ensure_ascii=False)[1:-1] for owner in self.owners]
        (folder / OWNERS).write_text("\n".join(lines), encoding="utf-8")
        self.thumbnails.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        text = (folder / OWNERS).read_text(encoding="utf-8")
        owners = [str(json.loads(f'"{line}"')) for line in text.split("\n")] if text else []
        return cls(FaissIndex.load(folder / VECTORS, verify=False), owners, Thumbnails.load(folder))
