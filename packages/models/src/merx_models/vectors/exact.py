"""Exact nearest neighbours over plain arrays, in memory or memory-mapped, by Faiss's own kernels."""

from typing import Any

import faiss as typed_faiss
import numpy as np

from merx_models.vectors.index import NO_ROW, Floats, Rows

BLOCK = 65_536
"""Rows gathered at once for many queries: 100 MB of 384-d vectors."""
MANY_QUERIES = 8
"""From so many queries on, gathering the rows and multiplying matrices is cheaper than a row at a time."""
faiss: Any = typed_faiss  # its stubs lack some of what its Python layer has


def nearest(queries: Floats, vectors: Floats, k: int) -> tuple[Rows, Floats]:
    """Rows [q, k] and scores [q, k] of the best of all `vectors` [n, d]; -1 and -inf where n < k."""
    scores, rows = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    return _padded(rows, scores)


def nearest_of(queries: Floats, vectors: Floats, k: int, *, rows: Rows) -> tuple[Rows, Floats]:
    """The best among `rows` [m] of `vectors`, the same for each query."""
    if not len(rows):
        return np.full((len(queries), k), NO_ROW, np.int64), np.full((len(queries), k), -np.inf, np.float32)
    if len(queries) >= MANY_QUERIES:
        return _by_blocks(queries, vectors, k, rows)
    return _by_row(queries, vectors, k, np.ascontiguousarray(rows, np.int64)[None])


def reranked(queries: Floats, vectors: Floats, k: int, *, candidates: Rows) -> tuple[Rows, Floats]:
    """The best k of each query's own `candidates` [q, c], whose padding (-1) stands at the end."""
    return _by_row(queries, vectors, k, np.ascontiguousarray(candidates, np.int64))


def merged(first: tuple[Rows, Floats], second: tuple[Rows, Floats], k: int) -> tuple[Rows, Floats]:
    """The best k of two results over different rows; equal scores by row."""
    rows = np.concatenate([first[0], second[0]], axis=1)
    scores = np.concatenate([first[1], second[1]], axis=1)
    order = np.lexsort((rows, -scores))[:, :k]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _by_row(queries: Floats, vectors: Floats, k: int, rows: Rows) -> tuple[Rows, Floats]:
    """`rows` [q, m], or [1, m] for all queries alike."""
    found = np.empty((len(queries), k), np.int64)
    scores = np.empty((len(queries), k), np.float32)
    stride = rows.shape[1] if len(rows) == len(queries) else 0
    faiss.knn_inner_products_by_idx(
        faiss.swig_ptr(queries),
        faiss.swig_ptr(vectors),
        faiss.swig_ptr(rows),
        vectors.shape[1],
        len(queries),
        len(vectors),
        rows.shape[1],
        k,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(found),
        stride,
    )
    return _padded(found, scores)


def _by_blocks(queries: Floats, vectors: Floats, k: int, rows: Rows) -> tuple[Rows, Floats]:
    best: tuple[Rows, Floats] | None = None
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        places, scores = nearest(queries, np.ascontiguousarray(vectors[block]), k)
        found = np.where(places >= 0, block[places], NO_ROW), scores
        best = found if best is None else merged(best, found, k)
    assert best is not None
    return best


def _padded(rows: Rows, scores: Floats) -> tuple[Rows, Floats]:
    """Faiss says -1 and the lowest float where it found fewer than k."""
    return rows, np.where(rows >= 0, scores, np.float32(-np.inf))
