"""Why a product got its score: Shapley values by sampled orders, for any ranker, adding up to the score exactly.

Each order walks from a reference product's features to this one's, one feature at a time, and books what each step
changes (Strumbelj & Kononenko 2014); walking it back as well halves the noise (Mitchell et al. 2022).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_models.ranker import Floats, Ranker, Rows

Doubles = NDArray[np.float64]
METHOD = "permutation-shapley"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`base` (the mean score of the reference rows) plus all `contributions` is `score`."""

    score: float
    base: float
    contributions: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """`orders` are sampled orders, each walked forwards and back; every order starts at another reference row."""

    orders: int = 16
    seed: int = 0


def explain(
    ranker: Ranker,
    item: tuple[Floats, int],
    *,
    history: Rows,
    background: Floats,
    settings: ExplainSettings | None = None,
) -> Explanation:
    """The score of `item` (its features and its row) taken apart; `background` are rows of ordinary candidates.

    Everything is scored in one call: 2 * orders * features rows at most.
    """
    chosen = settings or ExplainSettings()
    features, row = item
    rng = np.random.default_rng(chosen.seed)
    references = background[rng.permutation(len(background))[: chosen.orders]]
    references = np.resize(references, (chosen.orders, len(features)))
    orders = [rng.permutation(len(features)) for _ in range(chosen.orders)]
    steps = np.concatenate(
        [_walks(features, reference, order) for reference, order in zip(references, orders, strict=True)]
    )
    scores = ranker.score(steps, history, np.full(len(steps), row, np.int64)).astype(np.float64)
    walked = scores.reshape(chosen.orders, 2, len(features) + 1)
    contributions = np.zeros(len(features))
    for order, (there, back) in zip(orders, walked, strict=True):
        contributions[order] += np.diff(there)
        contributions[order[::-1]] += np.diff(back)
    contributions /= 2 * chosen.orders
    base = float(walked[:, :, 0].mean())
    score = float(walked[0, 0, -1])
    # orders end at the same features, but a batch may round the last bit differently: the rest goes to the largest
    contributions[np.abs(contributions).argmax()] += score - base - contributions.sum()
    return Explanation(score=score, base=base, contributions=contributions)


def _walks(features: Floats, reference: Floats, order: NDArray[np.intp]) -> Floats:
    """The walk from `reference` to `features` in `order`, and the one in the opposite order: [2 * (F + 1), F]."""
    return np.concatenate([_walk(features, reference, order), _walk(features, reference, order[::-1])])


def _walk(features: Floats, reference: Floats, order: NDArray[np.intp]) -> Floats:
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    swapped = place[None, :] < np.arange(len(order) + 1)[:, None]
    return np.where(swapped, features, reference).astype(np.float32)
