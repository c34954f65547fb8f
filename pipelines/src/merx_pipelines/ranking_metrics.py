"""How good lists are: per shopper, with bootstrap intervals over shoppers, and what they do to the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Values = NDArray[np.float64]
T = TypeVar("T", str, int)

HEAD_SHARE = 0.2
"""The best-selling fifth of the products is the head; the rest is the long tail (Anderson 2004)."""
RESAMPLES = 1000


@dataclass(frozen=True)
class Scores:
    """Recall and NDCG at k, one value per shopper, in the order of the shoppers asked."""

    recall: Values
    ndcg: Values


@dataclass(frozen=True)
class Interval:
    """A mean over shoppers and its 95 % bootstrap interval (percentiles, Efron & Tibshirani 1993)."""

    mean: float
    low: float
    high: float


def score_lists(lists: Sequence[Sequence[T]], bought: Sequence[frozenset[T]], k: int = 10) -> Scores:
    """Recall@k (hits over products bought) and NDCG@k with binary gains (Järvelin & Kekäläinen 2002).

    A list longer than k is cut; a shopper who bought nothing must not be asked about (ValueError).
    """
    if not all(bought):
        raise ValueError("a shopper without purchases cannot be scored")
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)
    recall, ndcg = np.zeros(len(lists)), np.zeros(len(lists))
    for row, (shown, wanted) in enumerate(zip(lists, bought, strict=True)):
        hits = np.array([product in wanted for product in shown[:k]], dtype=bool)
        recall[row] = hits.sum() / len(wanted)
        ndcg[row] = discounts[: len(hits)][hits].sum() / ideal[min(len(wanted), k) - 1]
    return Scores(recall, ndcg)


def interval(values: Values, *, seed: int = 0) -> Interval:
    """Mean and 95 % interval of per-shopper values."""
    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    means = np.array([values[rng.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)])
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def difference(ours: Values, theirs: Values, *, seed: int = 0) -> Interval:
    """Mean difference on the same shoppers, with its paired interval."""
    return interval(ours - theirs, seed=seed)


def coverage(lists: Sequence[Sequence[str]], products: int, k: int = 10) -> float:
    """Share of `products` that stand in at least one list."""
    return len({product for shown in lists for product in shown[:k]}) / max(products, 1)


def long_tail_share(lists: Sequence[Sequence[str]], sales: Mapping[str, int], k: int = 10) -> float:
    """Share of the places in all lists that go to products outside the best-selling fifth; 0 for no lists."""
    best = sorted(sales, key=lambda product: (-sales[product], product))
    head = set(best[: max(1, round(len(best) * HEAD_SHARE))])
    places = [product not in head for shown in lists for product in shown[:k]]
    return float(np.mean(places)) if places else 0.0
