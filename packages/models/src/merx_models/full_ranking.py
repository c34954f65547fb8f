"""Where the wanted product comes among ALL products: ranks, NDCG and recall, without sampled negatives."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from merx_models.blend import BatchScorer
from merx_models.product_index import Rows

Ranks = NDArray[np.int64]
M = TypeVar("M", bound=BatchScorer)


def full_ranks(model: BatchScorer, histories: Sequence[Rows], wanted: Rows, *, batch: int = 512) -> Ranks:
    """How many products score at least as high as the wanted one (ties count against it); the history is left out."""
    found = []
    for start in range(0, len(histories), batch):
        some, target = histories[start : start + batch], wanted[start : start + batch]
        scores = model.batch_scores(some)
        right = scores[np.arange(len(some)), target]
        for row, history in enumerate(some):
            scores[row, history] = -np.inf
        scores[np.arange(len(some)), target] = -np.inf
        found.append((scores >= right[:, None]).sum(axis=1))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def ndcg(ranks: Ranks, cutoff: int = 10) -> float:
    """Mean of 1 / log2(rank + 2) within the cutoff, ranks from 0 (one wanted product, so the ideal is 1)."""
    return float(np.where(ranks < cutoff, 1 / np.log2(ranks + 2.0), 0).mean())


def recall(ranks: Ranks, cutoff: int = 10) -> float:
    return float((ranks < cutoff).mean())


def best_of(fits: Iterable[Callable[[], M]], histories: Sequence[Rows], wanted: Rows, *, most: int = 6000) -> M:
    """The fitted model with the best NDCG at 10 on (at most `most`, evenly spaced) validation shoppers."""
    step = max(1, -(-len(histories) // most))
    some, target = histories[::step], wanted[::step]
    best: M | None = None
    reached = -1.0
    for fit in fits:
        model = fit()
        value = ndcg(full_ranks(model, some, target))
        if value > reached:
            best, reached = model, value
    if best is None:
        raise ValueError("there is nothing to choose from")
    return best
