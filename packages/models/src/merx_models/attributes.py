"""Products alike in what the catalogue says of them: brand, category and other labels, rare ones counting more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from merx_models.linear import LinearScorer, keep_strongest


@dataclass(frozen=True, kw_only=True)
class AttributeSettings:
    """`popularity` raises what is bought often among equals; pairs less alike than `least` are left out."""

    decay: float = 0.6
    least: float = 0.2
    popularity: float = 0.3
    keep: int = 500


def attribute_matrix(attributes: Sequence[Sequence[int]]) -> sparse.csr_matrix:
    """Which product carries which label, float64[P, labels], from the label numbers of each product."""
    sizes = [len(labels) for labels in attributes]
    columns = np.fromiter((label for labels in attributes for label in labels), dtype=np.int64, count=sum(sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(sizes), columns.max(initial=0) + 1))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def fit_attributes(
    labels: sparse.csr_matrix, bought: NDArray[np.int64], *, settings: AttributeSettings | None = None
) -> LinearScorer:
    """Cosine of the IDF-weighted labels (Salton & Buckley 1988), scaled by how often the candidate is bought."""
    settings = settings or AttributeSettings()
    products = labels.shape[0]
    frequency = np.maximum(np.asarray(labels.sum(axis=0)).ravel(), 1)
    weighted = labels @ sparse.diags(np.log(products / frequency))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    unit = (sparse.diags(1 / np.maximum(length, 1e-9)) @ weighted).tocsr().astype(np.float32)
    lift = np.maximum(bought, 1).astype(np.float32) ** settings.popularity
    blocks = [
        _alike(unit[start : start + 1024], unit, lift, start=start, settings=settings)
        for start in range(0, products, 1024)
    ]
    return LinearScorer(sparse.vstack(blocks, format="csr"), decay=settings.decay)


def _alike(
    some: sparse.csr_matrix,
    every: sparse.csr_matrix,
    lift: NDArray[np.float32],
    *,
    start: int,
    settings: AttributeSettings,
) -> sparse.csr_matrix:
    cosine = (some @ every.T).tocoo()
    kept = (cosine.data > settings.least) & (cosine.row + start != cosine.col)
    values = cosine.data[kept] * lift[cosine.col[kept]]
    return keep_strongest(
        sparse.csr_matrix((values, (cosine.row[kept], cosine.col[kept])), shape=cosine.shape), settings.keep
    )
