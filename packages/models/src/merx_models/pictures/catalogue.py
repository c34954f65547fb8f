"""A catalogue's pictures, to be looked up by a picture: exact, for catalogues that fit one array.

Past some ten thousand pictures give the vectors to an index (`merx_models.vectors`); what is collapsed and mixed here
stays the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A product and the cosine of its nearest picture."""

    product: str
    cosine: float


class PictureCatalogue:
    """Unit vectors [n, dim] of pictures, and whose picture each is; a product may have several."""

    def __init__(self, vectors: Floats, products: Sequence[str]) -> None:
        if len(vectors) != len(products):
            raise ValueError(f"{len(vectors)} vectors for {len(products)} pictures")
        self.vectors = vectors
        names, self._owner = np.unique(np.asarray(products, dtype=str), return_inverse=True)
        self.products: tuple[str, ...] = tuple(names.tolist())

    def nearest(self, vectors: Floats, k: int) -> list[list[Found]]:
        """For each query [n, dim] the `k` products whose nearest picture is nearest; equal ones by name."""
        best = self._best(vectors)
        order = np.argsort(-best, axis=1, kind="stable")[:, :k]
        return [
            [Found(self.products[place], float(row[place])) for place in places]
            for row, places in zip(best, order, strict=True)
        ]

    def similar(self, product: str, k: int) -> list[Found]:
        """Other products that look like `product` in any of its pictures. KeyError for one that has none."""
        if product not in self.products:
            raise KeyError(product)
        own = self.products.index(product)
        best = self._best(self.vectors[self._owner == own]).max(axis=0)
        order = [place for place in np.argsort(-best, kind="stable") if place != own]
        return [Found(self.products[place], float(best[place])) for place in order[:k]]

    def _best(self, vectors: Floats) -> Floats:
        cosine = np.asarray(vectors @ self.vectors.T, np.float32)
        best = np.full((len(self.products), len(vectors)), -np.inf, np.float32)
        np.maximum.at(best, self._owner, cosine.T)
        return best.T
