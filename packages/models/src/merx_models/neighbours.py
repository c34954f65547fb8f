"""Which products go together, counted: item cosine, and transitions that know direction and distance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from merx_models.linear import LinearScorer, keep_strongest, positions
from merx_models.product_index import Rows


@dataclass(frozen=True, kw_only=True)
class CosineSettings:
    """`shrink` pulls rare pairs towards nothing; `long_penalty` discounts shoppers who buy everything (IDF-like)."""

    decay: float = 0.6
    shrink: float = 5.0
    long_penalty: bool = True
    keep: int = 200


@dataclass(frozen=True, kw_only=True)
class TransitionSettings:
    """Pairs up to `lags` apart count, each step keeping `lag_decay`; pairs against the arrow count `backward`."""

    decay: float = 0.5
    lags: int = 15
    lag_decay: float = 0.8
    backward: float = 0.3
    from_power: float = 0.3
    to_power: float = 0.5
    keep: int = 200


def fit_cosine(histories: Sequence[Rows], products: int, *, settings: CosineSettings | None = None) -> LinearScorer:
    """Item-to-item cosine with shrinkage (Sarwar et al. 2001; the IDF-like weight as in Breese et al. 1998)."""
    settings = settings or CosineSettings()
    owner, _, rows = positions(histories)
    shopper = sparse.csr_matrix((np.ones(len(rows)), (owner, rows)), shape=(len(histories), products))
    shopper.data[:] = 1.0  # a product bought twice is one vote
    sizes = np.diff(shopper.indptr)
    votes = 1 / np.log2(np.maximum(sizes, 1) + 1) if settings.long_penalty else np.ones(len(sizes))
    together = (shopper.T @ sparse.diags(votes) @ shopper).tocoo()
    bought = np.maximum(np.asarray(shopper.sum(axis=0)).ravel(), 1)
    apart = together.row != together.col
    left, right, count = together.row[apart], together.col[apart], together.data[apart]
    cosine = count / (np.sqrt(bought[left] * bought[right]) + settings.shrink)
    weights = sparse.csr_matrix((cosine, (left, right)), shape=(products, products))
    return LinearScorer(keep_strongest(weights, settings.keep), decay=settings.decay)


def fit_transitions(
    histories: Sequence[Rows], products: int, *, settings: TransitionSettings | None = None
) -> LinearScorer:
    """What follows what, over several lags and, more weakly, against the arrow (after Ludewig & Jannach 2018)."""
    settings = settings or TransitionSettings()
    owner, _, rows = positions(histories)
    counts = sparse.csr_matrix((products, products), dtype=np.float64)
    for lag in range(1, settings.lags + 1):
        same = owner[lag:] == owner[:-lag]
        before, after = rows[:-lag][same], rows[lag:][same]
        step = np.full(len(before), settings.lag_decay ** (lag - 1))
        forward = sparse.csr_matrix((step, (before, after)), shape=(products, products))
        counts = counts + forward + settings.backward * forward.T
    counts = counts.tocoo()
    bought = np.maximum(np.bincount(rows, minlength=products), 1).astype(np.float64)
    apart = (counts.row != counts.col) & (counts.data > 0)
    left, right = counts.row[apart], counts.col[apart]
    strength = counts.data[apart] / (bought[left] ** settings.from_power * bought[right] ** settings.to_power)
    weights = sparse.csr_matrix((strength, (left, right)), shape=(products, products))
    return LinearScorer(keep_strongest(weights, settings.keep), decay=settings.decay)


def fit_neighbours(
    histories: Sequence[Rows],
    products: int,
    *,
    cosine: CosineSettings | None = None,
    transitions: TransitionSettings | None = None,
    cosine_share: float = 0.3,
) -> LinearScorer:
    """Cosine and transitions in one matrix, scaled to the same mean score: the gate that no model may fall below."""
    pair = fit_cosine(histories, products, settings=cosine)
    directed = fit_transitions(histories, products, settings=transitions)
    weights = cosine_share * _unit(pair.weights) + (1 - cosine_share) * _unit(directed.weights)
    return LinearScorer(keep_strongest(weights, 2 * (transitions or TransitionSettings()).keep), decay=directed.decay)


def _unit(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    total = weights.sum()
    return weights * (weights.shape[0] / total) if total > 0 else weights
