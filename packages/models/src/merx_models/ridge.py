"""The next product by ridge regression on the decayed history: a linear sequence model in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from merx_models.linear import LinearScorer, positions
from merx_models.product_index import Floats, Rows


@dataclass(frozen=True, kw_only=True)
class RidgeSettings:
    """`decay` fades the past in training, `ahead_decay` the future beyond the next product, `served_decay` the past
    in serving; `most` bounds the dense system to the products bought most (memory: 8 bytes times its square).
    """

    penalty: float = 5.0
    decay: float = 0.7
    ahead_decay: float = 0.5
    ahead: int = 8
    served_decay: float = 0.65
    length: int = 50
    keep: int = 300
    most: int = 20_000


def fit_ridge(histories: Sequence[Rows], products: int, *, settings: RidgeSettings | None = None) -> LinearScorer:
    """B = (S'S + penalty I)^-1 S'T over every split of every history into past S and future T.

    SLIT of Choi et al. 2021 (Session-aware Linear Item-Item Models); the diagonal is left out, as in EASE (Steck 2019).
    """
    from scipy.linalg import cho_factor, cho_solve

    settings = settings or RidgeSettings()
    chosen = _most_bought(histories, products, settings.most)
    past, future = split_everywhere(_within(histories, chosen, products), len(chosen), settings)
    gram = (past.T @ past).toarray()
    gram[np.diag_indices_from(gram)] += settings.penalty
    target = (past.T @ future).toarray()
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    solved = cho_solve(factor, target, overwrite_b=True, check_finite=False)
    np.fill_diagonal(solved, 0)
    small = strongest_of_dense(solved, settings.keep).tocoo()
    weights = sparse.csr_matrix((small.data, (chosen[small.row], chosen[small.col])), shape=(products, products))
    return LinearScorer(weights, decay=settings.served_decay, length=settings.length)


def split_everywhere(
    histories: Sequence[Rows], products: int, settings: RidgeSettings
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Past and future of every split point as float32[splits, products], both decayed away from the split."""
    owner, place, rows = positions(histories)
    past = _shifted(owner, rows, products, steps=range(1, settings.length + 1), decay=settings.decay)
    future = _shifted(owner, rows, products, steps=range(0, -settings.ahead, -1), decay=settings.ahead_decay)
    real = np.flatnonzero(place > 0)  # a split before the first product has no past
    return past[real], future[real]


def _shifted(owner: NDArray[np.int64], rows: Rows, products: int, *, steps: range, decay: float) -> sparse.csr_matrix:
    """Row e holds what stands `steps` before entry e of the same history, the nearest step with weight 1."""
    entries = np.arange(len(rows))
    whose, what, weight = [], [], []
    for distance, step in enumerate(steps):
        other = entries - step
        inside = (other >= 0) & (other < len(rows))
        inside[inside] = owner[other[inside]] == owner[entries[inside]]
        if not inside.any():
            break
        whose.append(entries[inside])
        what.append(rows[other[inside]])
        weight.append(np.full(int(inside.sum()), decay**distance, dtype=np.float32))
    if not whose:
        return sparse.csr_matrix((len(rows), products), dtype=np.float32)
    where = (np.concatenate(whose), np.concatenate(what))
    return sparse.csr_matrix((np.concatenate(weight), where), shape=(len(rows), products), dtype=np.float32)


def strongest_of_dense(weights: Floats, keep: int, *, least: float = 1e-6) -> sparse.csr_matrix:
    """The `keep` largest positive entries of every row of a dense matrix."""
    rows, columns, values = [], [], []
    for row, line in enumerate(weights):
        best = np.argpartition(-line, keep)[:keep] if keep < len(line) else np.arange(len(line))
        best = np.sort(best[line[best] > least])
        rows.append(np.full(len(best), row))
        columns.append(best)
        values.append(line[best])
    where = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix((np.concatenate(values), where), shape=weights.shape, dtype=np.float32)


def _most_bought(histories: Sequence[Rows], products: int, most: int) -> NDArray[np.int64]:
    _, _, rows = positions(histories)
    bought = np.bincount(rows, minlength=products)
    order = np.argsort(-bought, kind="stable")[:most]
    return np.sort(order[bought[order] > 0])


def _within(histories: Sequence[Rows], chosen: NDArray[np.int64], products: int) -> list[Rows]:
    place = np.full(products, -1, dtype=np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    moved = [place[history] for history in histories]
    return [history[history >= 0] for history in moved]
