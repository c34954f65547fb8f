"""What is asked and what is answered, before and after the wire."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Strategy(StrEnum):
    """How personal a list is, from what was known of the shopper."""

    PERSONAL = "personal"
    SESSION = "session"
    SEGMENT = "segment"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Hard rules on every product shown; prices in minor units, both ends included."""

    categories: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Who asks, where the list stands, and what it must keep; product ids as the caller wrote them.

    `page` is what the page is about and never shown on it; `recent` was touched in this session, oldest first;
    `only` limits the list to these products; `free` lifts every rule, for callers who rank a list of their own. Chance
    draws by the last bytes of `seed`, or of the request's id where there is none.
    """

    request_id: str
    profile_id: str | None = None
    channel: str = "web"
    placement: str = "home"
    size: int = 20
    page: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    bury: tuple[str, ...] = ()
    rules: Rules = Rules()
    explore: bool = True
    free: bool = False
    seed: str = ""


class Reason(NamedTuple):
    """Why a product is there: a stable code, and the product it hangs on."""

    code: str
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """One product of a list. `propensity` is the probability that chance put it there; 1 where nothing was left to
    chance."""

    product_id: str
    score: float
    source: str
    reasons: tuple[Reason, ...] = ()
    propensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Picks:
    """A finished list, and what was missing when it was made."""

    model_version: str
    strategy: Strategy
    items: tuple[Pick, ...]
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """One product's score taken apart: `base` plus the sum of `contributions` (by ranking column) is `score`."""

    score: float
    base: float
    contributions: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Scores in the order of the products asked for; products that the shop does not have score 0."""

    model_version: str
    scores: Sequence[float]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """The parts of the scores of `products`; `features` are their rows in the ranking matrix."""

    model_version: str
    method: str
    products: tuple[str, ...]
    features: Floats
    parts: Sequence[Attribution]
    unknown: tuple[str, ...]
    degraded: tuple[str, ...]
