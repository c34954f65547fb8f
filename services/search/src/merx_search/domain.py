"""What is asked, what is answered, and what a shopper likes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_core.features import ProfileFeatures
from merx_models.words.columns import Filter, Sort

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
BOUGHT_BEFORE = 1.0
CATEGORY_SHARE, BRAND_SHARE = 0.7, 0.3
"""What a favourite category and a favourite brand count in the liking of a product that was never bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """`always` are filters that no recovery leaves out; `by_picture` names attributes that the picture filters by."""

    request_id: str = ""
    text: str = ""
    image: bytes | None = None
    words: float = 0.5
    profile_id: str | None = None
    filters: tuple[Filter, ...] = ()
    always: tuple[Filter, ...] = ()
    by_picture: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    sort: Sort | None = None
    start: int = 0
    size: int = 24
    signals_off: tuple[str, ...] = ()
    correct_spelling: bool = True


@dataclass(frozen=True, slots=True)
class Recognised:
    """A value read from a picture, and how sure the model is, 0 to 1."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hit:
    product_id: str
    score: float
    legs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One page; `total` counts what can be paged through."""

    version: str
    method: str
    hits: tuple[Hit, ...]
    total: int
    start: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    searched: str | None = None
    did_you_mean: str | None = None
    recovery: tuple[str, ...] = ()
    recognised: Mapping[str, tuple[Recognised, ...]] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The parts of one product's score; `base` and all contributions add up to it."""

    product_id: str
    found: bool
    legs: tuple[str, ...] = ()
    score: float = 0.0
    base: float = 0.0
    features: tuple[tuple[str, float | None, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    version: str
    method: str
    searched: str
    items: tuple[Why, ...]
    degraded: tuple[str, ...] = ()


class Liked(Protocol):
    """What a liking is told by: a product's brand and the end of its category path."""

    @property
    def brand(self) -> str: ...

    @property
    def leaf(self) -> str: ...


def liking(profile: ProfileFeatures, of: Callable[[str], Liked | None]) -> Callable[[Sequence[str]], Floats]:
    """How much a shopper likes each of some products, 0 to 1: what they bought before, else their weights for its
    category and brand, relative to the strongest. NaN for all of them where nothing is known of the shopper."""
    categories = _relative(profile.top_categories, profile.category_weights)
    brands = _relative(profile.top_brands, profile.brand_weights)
    bought = set(profile.history_ids) | set(profile.recent_ids)
    known = bool(bought or categories or brands)

    def likes(product_id: str) -> float:
        product = of(product_id)
        if product_id in bought:
            return BOUGHT_BEFORE
        if product is None:
            return 0.0
        return CATEGORY_SHARE * categories.get(product.leaf, 0.0) + BRAND_SHARE * brands.get(product.brand, 0.0)

    def taste(product_ids: Sequence[str]) -> Floats:
        if not known:
            return np.full(len(product_ids), np.nan, np.float32)
        return np.array([likes(product_id) for product_id in product_ids], np.float32)

    return taste


def _relative(names: Sequence[str], weights: Floats) -> dict[str, float]:
    strongest = float(np.max(weights, initial=0.0))
    return {name: float(weight) / strongest for name, weight in zip(names, weights, strict=False)} if strongest else {}
