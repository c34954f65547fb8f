"""How much effort a search needs for the recall that was asked for: measured when an index is built."""

from dataclasses import dataclass

import numpy as np

from merx_models.vectors.exact import nearest, reranked
from merx_models.vectors.index import Floats
from merx_models.vectors.shortlist import TUNED_K, IndexSettings, Shortlist

SAMPLE = 1_000
"""Queries: a recall of .99 at 10 is then known to about .002."""
TIE = 1e-6
"""Scores so near to each other are the same but for the order of their additions."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """`recall` at 10 that was measured at `effort`; below the target where no step reached it."""

    effort: int
    recall: float


def tune(shortlist: Shortlist, vectors: Floats, settings: IndexSettings, queries: Floats | None = None) -> Tuned:
    """The first of the engine's steps that reaches the target on `queries`, or on a sample of the vectors themselves.

    A vector's own neighbours are easier to find than those of a query from outside: give queries where there are some.
    """
    own = queries is None
    asked = _sample(vectors if queries is None else queries, settings.seed)
    k = min(TUNED_K + own, len(vectors))
    _, truth = nearest(asked, vectors, k)
    best = Tuned(shortlist.efforts[-1], 0.0)
    for effort in shortlist.efforts:
        candidates = shortlist.candidates(asked, shortlist.head * k, effort=effort)
        _, scores = reranked(asked, vectors, k, candidates=candidates)
        best = Tuned(effort, recall(scores[:, own:], truth[:, own:]))
        if best.recall >= settings.target_recall:
            break
    return best


def recall(scores: Floats, truth: Floats) -> float:
    """Share of the k nearest that were found, by scores [q, k] against exact ones, so that ties are no misses."""
    wanted = np.isfinite(truth)
    lowest = np.where(wanted, truth, np.inf).min(axis=1, keepdims=True)
    found = (np.isfinite(scores) & (scores >= lowest - TIE)).sum(axis=1)
    return float(found.sum() / max(int(wanted.sum()), 1))


def _sample(vectors: Floats, seed: int) -> Floats:
    if len(vectors) <= SAMPLE:
        return np.ascontiguousarray(vectors)
    rows = np.random.default_rng(seed).choice(len(vectors), SAMPLE, replace=False)
    return np.ascontiguousarray(vectors[np.sort(rows)])
