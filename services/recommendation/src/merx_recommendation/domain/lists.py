"""The rules of a list: how personal it can be, what stands where, and why. Pure functions."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

from merx_recommendation.domain.shapes import Floats, Mask, Picks, Reason, Rows, Strategy

EXPLORE_EVERY = 10
"""One place in so many is given to a product drawn at random, so that the new and the rare get their chance."""
EXPLORE_FIRST = 9
"""The first such place, counted from 0: the end of a list of ten, where a product that nobody knows costs least."""


def strategy_of(*, history: int, session: int, segment: str) -> Strategy:
    """The most personal strategy that what is known allows; the arguments count known products."""
    if history:
        return Strategy.PERSONAL
    if session:
        return Strategy.SESSION
    return Strategy.SEGMENT if segment else Strategy.POPULAR


def explore_slots(size: int) -> int:
    """How many places of a list of `size` are left to chance."""
    return 0 if size <= EXPLORE_FIRST else 1 + (size - EXPLORE_FIRST - 1) // EXPLORE_EVERY


def pinned_rows(pins: Rows, allowed: Mask) -> list[int]:
    """The pinned rows that may be shown, in the order given, each once."""
    known = pins[pins >= 0]
    return list(dict.fromkeys(known[allowed[known]].tolist()))


def place(ranked: Sequence[int], *, pinned: Sequence[int], buried: Sequence[int], drawn: Sequence[int]) -> list[int]:
    """One order for all: pins first, drawn products at their places, buried ones after everything else.

    `ranked` is best first; a row appears once, where the strongest rule puts it (pin, bury, draw, rank).
    """
    low = set(buried) - set(pinned)
    chance = [row for row in drawn if row not in low and row not in pinned]
    taken = {*pinned, *low, *chance}
    order = [*pinned, *(row for row in ranked if row not in taken)]
    for slot, row in enumerate(chance):
        order.insert(max(EXPLORE_FIRST + slot * EXPLORE_EVERY, len(pinned)), row)
    return [*order, *(row for row in ranked if row in low)]


_REASONS: Mapping[str, str] = {
    "repeat": "bought_before",
    "neighbours": "bought_together",
    "sequence": "fits_what_you_did",
    "graph": "shoppers_like_you",
    "content": "similar_product",
    "popular": "popular",
    "explore": "new_to_you",
    "pinned": "pinned",
    "asked": "asked_for",
}
_ANCHORED = frozenset({"neighbours", "content"})


def reason_of(source: str, *, product_id: str, strategy: Strategy, anchor: str | None) -> Reason:
    """Why `source` brought a product; `anchor` is the product that the page or the session turns on."""
    if source == "repeat":
        return Reason("bought_before", product_id)
    if source == "popular" and strategy is Strategy.SEGMENT:
        return Reason("popular_in_segment")
    return Reason(_REASONS[source], anchor if source in _ANCHORED else None)


def usable(scores: Floats, count: int) -> bool:
    """Whether a ranker's answer can order `count` products: one finite number for each."""
    return scores.shape == (count,) and bool(np.isfinite(scores).all())


def fingerprint(picks: Picks) -> str:
    """The same for lists that look the same: products and their reasons in order, model, strategy, what was missing.

    Scores have no part in it: they move with the clock.
    """
    shown = ((pick.product_id, pick.source, pick.reasons) for pick in picks.items)
    text = repr((picks.model_version, str(picks.strategy), picks.degraded, tuple(shown)))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=9).hexdigest()
