"""What callers ask, and what they are given."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_core.money import Money
from merx_kit.errors import MerxError
from merx_models.guardrails import PriceRange
from merx_models.stock.clearance import Clearance
from merx_models.stock.dead_stock import Finding
from merx_models.stock.orders import Order
from merx_pricing.domain.decision import Decision

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product that a price is asked for: `offer_bp` is what an offer to one shopper takes off."""

    product_id: str
    announce: bool = False
    offer_bp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    request_id: str
    lines: tuple[Line, ...]
    profile_id: str | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A line without a price, and why."""

    place: int
    product_id: str
    error: MerxError


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Given:
    """A price on its way to a caller."""

    time_us: int
    request_id: str
    decision: Decision
    price: Money
    applied: bool
    profile_id: str | None = None
    offer_bp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`given` in the order of the lines that have a price."""

    given: tuple[Given, ...]
    failed: tuple[Failed, ...]
    now_us: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curve:
    """At each of `prices` [P]: units, revenue and profit a week [3, P] each (mean, lower and upper end of the middle
    eighty per cent of what is believed); profit None where the cost is not known. `allowed` are today's bounds."""

    version: str
    currency: str
    current: int
    prices: tuple[int, ...]
    units: Doubles
    revenue: Doubles
    profit: Doubles | None
    allowed: PriceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One line: the order, what there is too much of, and how to sell that off where it was asked and can be told."""

    product_id: str
    order: Order
    surplus: Finding | None = None
    clearance: Clearance | None = None
