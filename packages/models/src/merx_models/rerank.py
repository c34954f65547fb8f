"""The last step before a list is shown: variety, and a share of what is seen for the long tail."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankSettings:
    """`diversity` in [0, 1] weighs unlikeness against the score (maximal marginal relevance, Carbonell & Goldstein
    1998). `category_share` caps a category's places in the list. `tail_exposure` is the share of exposure, with place
    p weighing 1 / log2(p + 2), that tail products get at least, as far as there are any among the candidates.
    `head_sales` is the share of sales that makes the head: whatever sells the rest is tail."""

    diversity: float = 0.3
    category_share: float = 0.4
    tail_exposure: float = 0.15
    head_sales: float = 0.8


@dataclass(frozen=True, slots=True)
class Traits:
    """What re-ranking looks at, aligned with the candidates; category -1 is unknown and never capped."""

    category: Rows
    tail: NDArray[np.bool_]


def exposure(places: int) -> Floats:
    """What a place is worth: 1.0 at the top, falling with the logarithm of the place (as DCG does)."""
    return np.asarray(1.0 / np.log2(np.arange(places) + 2.0), dtype=np.float32)


def tail_of(sales: NDArray[np.float64], head_sales: float) -> NDArray[np.bool_]:
    """Which products are tail: all but the best sold that together make `head_sales` of all sales."""
    order = np.argsort(-sales, kind="stable")
    before = np.cumsum(sales[order]) - sales[order]
    tail = np.ones(len(sales), bool)
    tail[order[before < head_sales * sales.sum()]] = False
    return tail


def rerank(scores: Floats, traits: Traits, size: int, *, settings: RerankSettings) -> Places:
    """Positions of `size` candidates in the order to show; no score at all changes nothing but the order.

    The exposure target holds whenever the candidates have enough tail products; a category cap gives way when nothing
    else is left.
    """
    size = min(size, len(scores))
    relevance = _relevance(scores)
    worth = exposure(size)
    wanted = settings.tail_exposure * float(worth.sum())
    cap = max(1, int(np.ceil(settings.category_share * size)))
    state = _State(relevance, traits, cap)
    after = np.append(np.cumsum(worth[::-1])[::-1][1:], 0.0)
    for place in range(size):
        # behind the pace, or only just able to catch up: the tail's turn
        through = float(worth[: place + 1].sum())
        behind = state.tail_seen < settings.tail_exposure * through - float(worth[0]) * 0.5
        last_chance = state.tail_seen + float(after[place]) < wanted
        state.take(float(worth[place]), settings.diversity, tail_only=behind or last_chance)
    return np.array(state.chosen, dtype=np.intp)


class _State:
    """A list half made. Two candidates are alike when they are of one category: no vectors needed, easily explained."""

    def __init__(self, relevance: Floats, traits: Traits, cap: int) -> None:
        self.relevance, self.cap = relevance, cap
        self.tail = traits.tail
        self.category = np.where(traits.category < 0, -1, traits.category)
        self.free = np.ones(len(relevance), bool)
        self.places = np.zeros(int(self.category.max(initial=-1)) + 2, np.int64)
        self.tail_seen = 0.0
        self.tail_left = int(traits.tail.sum())
        self.chosen: list[int] = []

    def take(self, worth: float, diversity: float, *, tail_only: bool) -> None:
        taken = self.places[self.category]
        likeness = np.where(self.category >= 0, 1.0 - 0.5 ** taken.astype(np.float32), 0.0)
        value = (1.0 - diversity) * self.relevance - diversity * likeness
        allowed = self.free & ((taken < self.cap) | (self.category < 0))
        if tail_only and self.tail_left:
            wanted = allowed & self.tail
            allowed = wanted if wanted.any() else self.free & self.tail
        if not allowed.any():
            allowed = self.free
        pick = int(np.where(allowed, value, -np.inf).argmax())
        self.chosen.append(pick)
        self.free[pick] = False
        self.places[self.category[pick]] += 1
        if self.tail[pick]:
            self.tail_left -= 1
            self.tail_seen += worth


def tail_share(tail_in_order: NDArray[np.bool_]) -> float:
    """Share of the list's exposure that went to tail products."""
    worth = exposure(len(tail_in_order))
    return float(worth[tail_in_order].sum() / worth.sum()) if len(worth) else 0.0


def _relevance(scores: Floats) -> Floats:
    """Scores on [0, 1] over the list; missing ones at the bottom."""
    known = np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)
    finite = known[np.isfinite(known)]
    if not len(finite):
        return np.zeros(len(scores), np.float32)
    low, high = float(finite.min()), float(finite.max())
    scaled = (np.maximum(known, low) - low) / max(high - low, 1e-12)
    return np.asarray(scaled, dtype=np.float32)
