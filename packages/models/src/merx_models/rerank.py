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

    diversity: float = 0.05
    category_share: float = 0.4
    tail_exposure: float = 0.05
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
    state = _State(relevance, traits, cap, settings.diversity)
    through = np.cumsum(worth)
    after = (through[-1] - through).tolist() if size else []
    for place, (value, so_far) in enumerate(zip(worth.tolist(), through.tolist(), strict=True)):
        # behind the pace, or only just able to catch up: the tail's turn
        behind = state.tail_seen < settings.tail_exposure * so_far - float(worth[0]) * 0.5
        last_chance = state.tail_seen + after[place] < wanted
        state.take(value, tail_only=behind or last_chance)
    return np.array(state.chosen, dtype=np.intp)


class _State:
    """A list half made. Two candidates are alike when they are of one category: no vectors needed, easily explained.

    A pick changes the value of its own category alone, so that a place costs an argmax and a few small updates.
    """

    def __init__(self, relevance: Floats, traits: Traits, cap: int, diversity: float) -> None:
        self.base = (1.0 - diversity) * relevance
        self.diversity, self.cap = diversity, cap
        self.category = np.where(traits.category < 0, -1, traits.category)
        self.value = self.base.astype(np.float64)
        self.tail = traits.tail
        self.tail_rows = np.flatnonzero(traits.tail)
        self.free = np.ones(len(relevance), bool)
        self.taken: dict[int, int] = {}
        self.tail_seen = 0.0
        self.chosen: list[int] = []

    def take(self, worth: float, *, tail_only: bool) -> None:
        pick = self._best_tail() if tail_only else -1
        if pick < 0:
            pick = int(self.value.argmax())
        if self.value[pick] == -np.inf:  # every category that is left is full: the cap gives way
            pick = int(np.where(self.free, self._uncapped(), -np.inf).argmax())
        self.chosen.append(pick)
        self.free[pick] = False
        self.value[pick] = -np.inf
        if self.tail[pick]:
            self.tail_seen += worth
        if (category := int(self.category[pick])) >= 0:
            self._crowd(category)

    def _crowd(self, category: int) -> None:
        taken = self.taken[category] = self.taken.get(category, 0) + 1
        members = np.flatnonzero((self.category == category) & self.free)
        full = taken >= self.cap
        self.value[members] = -np.inf if full else self.base[members] - self.diversity * (1.0 - 0.5**taken)

    def _best_tail(self) -> int:
        """The best tail product, of a category that is not full where there is one; -1 where none is left."""
        if not len(self.tail_rows):
            return -1
        values = self.value[self.tail_rows]
        best = int(values.argmax())
        if values[best] == -np.inf:
            left = self.free[self.tail_rows]
            if not left.any():
                return -1
            best = int(np.where(left, self._uncapped()[self.tail_rows], -np.inf).argmax())
            return self._released(int(self.tail_rows[best]))
        return int(self.tail_rows[best])

    def _released(self, row: int) -> int:
        """`row`, allowed past its category's cap."""
        self.value[row] = self.base[row]
        return row

    def _uncapped(self) -> NDArray[np.float64]:
        taken = np.array([self.taken.get(int(category), 0) for category in self.category])
        return np.asarray(self.base - self.diversity * (1.0 - 0.5**taken), dtype=np.float64)


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
