"""Training rows of a ranker: candidates with labels, grouped by the list they were shown in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RankingRows:
    """N candidates in G lists. `group` [N] says which list a row is in, and ascends; `histories` [G, H] are rows of the
    product index, oldest first, padded in front with -1; `labels` are 0 or 1, `weights` count a row more or less."""

    features: Floats
    candidates: Ints
    labels: Floats
    group: Ints
    histories: Ints
    weights: Floats | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.features), len(self.candidates), len(self.labels), len(self.group)}
        if len(lengths) != 1:
            raise ValueError(f"rows of different lengths: {sorted(lengths)}")
        if len(self.group) and (np.diff(self.group) < 0).any():
            raise ValueError("rows are ordered by group")
        if len(self.group) and int(self.group[-1]) >= len(self.histories):
            raise ValueError("a group has no history row (an empty history is a row of -1)")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def group_sizes(self) -> Ints:
        """Rows in each group that has any, in order."""
        return np.unique(self.group, return_counts=True)[1].astype(np.int64)

    def take(self, rows: NDArray[np.intp]) -> "RankingRows":
        """Some rows, in ascending order of row number."""
        rows = np.sort(rows)
        weights = None if self.weights is None else self.weights[rows]
        parts = (self.features[rows], self.candidates[rows], self.labels[rows], self.group[rows])
        return RankingRows(*parts, histories=self.histories, weights=weights)


def padded(histories: list[Ints], width: int) -> Ints:
    """Histories of different lengths as one array: the last `width` known products of each, -1 in front."""
    table = np.full((len(histories), width), -1, np.int64)
    for row, history in enumerate(histories):
        recent = history[history >= 0][-width:]
        if len(recent):
            table[row, width - len(recent) :] = recent
    return table


def group_auc(scores: Floats, labels: Floats, group: Ints) -> float:
    """Chance that a wanted candidate stands above an unwanted one of the same list, averaged over lists with both.

    Ties count half (GAUC of Zhou et al. 2018, every list weighing the same).
    """
    aucs = group_aucs(scores, labels, group)
    return float(aucs.mean()) if len(aucs) else float("nan")


def group_aucs(scores: Floats, labels: Floats, group: Ints) -> NDArray[np.float64]:
    """The area under the curve of every list that has both kinds (by rank sums, ties averaged)."""
    order = np.lexsort((scores, group))
    sorted_scores, positive, lists = scores[order], labels[order] > 0.5, group[order]
    new_list = np.r_[True, lists[1:] != lists[:-1]]
    new_value = new_list | np.r_[True, sorted_scores[1:] != sorted_scores[:-1]]
    start = np.flatnonzero(new_list)[np.cumsum(new_list) - 1]
    tie = np.cumsum(new_value) - 1
    first = np.flatnonzero(new_value)
    last = np.r_[first[1:], len(scores)] - 1
    rank = (first[tie] + last[tie]) / 2.0 - start + 1.0
    which = np.cumsum(new_list) - 1
    positives = np.bincount(which, weights=positive)
    negatives = np.bincount(which, weights=~positive)
    rank_sum = np.bincount(which, weights=np.where(positive, rank, 0.0))
    both = (positives > 0) & (negatives > 0)
    areas = rank_sum[both] - positives[both] * (positives[both] + 1) / 2
    return np.asarray(areas / (positives[both] * negatives[both]), dtype=np.float64)


def platt(logits: Floats, labels: Floats, weights: Floats | None = None) -> tuple[float, float]:
    """(a, b) such that sigmoid(a * logit + b) is a probability; a > 0, so that no order changes (Platt 1999)."""
    from scipy.optimize import minimize

    weight = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    z, y = logits.astype(np.float64), labels.astype(np.float64)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope = np.exp(theta[0])
        value = slope * z + theta[1]
        error = weight * (1.0 / (1.0 + np.exp(-np.clip(value, -60, 60))) - y)
        cost = weight * (np.logaddexp(0.0, value) - y * value)
        ridge = 1e-3 * theta[0] ** 2
        gradient = np.array([(error * z).sum() * slope + 2e-3 * theta[0], error.sum()])
        return float(cost.sum() + ridge), gradient

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0), (-30.0, 30.0)])
    return float(np.exp(found.x[0])), float(found.x[1])
