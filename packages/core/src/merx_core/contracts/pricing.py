"""Requests and answers of the pricing service. Shares are basis points (10,000 = the whole)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from merx_core.catalogue import ProductKey
from merx_core.events import Channel, Key
from merx_core.money import Money

MAX_LINES = 100
Lines = Meta(min_length=1, max_length=MAX_LINES)
Whole = Annotated[int, Meta(ge=0, lt=2**31)]


class QuoteLine(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A product to be priced. With `announce` the price is to be shown as a reduction; `offer_bp` is what an offer to
    the one shopper of the request takes off."""

    product_id: ProductKey
    announce: bool = False
    offer_bp: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class QuoteRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Prices for everyone, or with offers for one shopper (`customer_id` or `anonymous_id`, which are noted and change
    nothing else). `explain` waits for the contributions where they are not at hand (up to ten lines)."""

    lines: Annotated[tuple[QuoteLine, ...], Lines]
    customer_id: Key | None = None
    anonymous_id: Key | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        if any(line.offer_bp is not None for line in self.lines) and not (self.customer_id or self.anonymous_id):
            raise ValueError("an offer is for a shopper: customer_id or anonymous_id")
        if any(line.offer_bp is not None and line.announce for line in self.lines):
            raise ValueError("an offer to one shopper is not announced as a price reduction")


class PriceBound(msgspec.Struct, frozen=True):
    """The lowest or highest price (minor units) that guard-rails leave, and the rule that says so."""

    price: int
    reason: str


class Explanation(msgspec.Struct, frozen=True):
    """`base` is what the policy would propose for a product of ordinary cost, stock, demand and elasticity; with all
    `contributions` (minor units) it adds up to the proposal."""

    method: str
    base: float
    contributions: dict[str, float]


class Quote(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A price, in force until `valid_until`.

    `current` is the price in the catalogue, `decided` what policy and guard-rails make of it: `price` is that one where
    it is `applied`, else the current one (shadow, or not yet in the roll-out). `reasons` say what moved the decision
    away from the proposal, or why there was none. An announced reduction names the `prior` price. `decision_id` is its
    name in the audit.
    """

    product_id: str
    price: Money
    current: Money
    decided: Money
    applied: bool
    valid_until: datetime
    decision_id: str
    low: PriceBound
    high: PriceBound
    reasons: tuple[str, ...] = ()
    proposal: float | None = None
    offer_bp: int | None = None
    announced: bool = False
    prior: Money | None = None
    explanation: Explanation | None = None


class LineError(msgspec.Struct, frozen=True):
    """Why a line has no answer; `pointer` (RFC 6901) names it in the request."""

    product_id: str
    code: str
    detail: str
    pointer: str


class Mode(StrEnum):
    """Shadow decides and notes, and changes no price; staged changes those in the roll-out; live all."""

    SHADOW = "shadow"
    STAGED = "staged"
    LIVE = "live"


class QuoteResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Every quote was written to the audit before this was sent."""

    request_id: str
    model_version: str
    rules_version: str
    mode: Mode
    quotes: tuple[Quote, ...]
    errors: tuple[LineError, ...] = ()
    degraded: tuple[str, ...] = ()


class SimulateRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """What a product would sell at other prices (minor units of its currency); without `prices`, at twenty between the
    guard-rails' bounds of the next days."""

    product_id: ProductKey
    prices: Annotated[tuple[Annotated[int, Meta(ge=1, le=10**12)], ...], Meta(max_length=100)] = ()


class Interval(msgspec.Struct, frozen=True):
    """The middle eighty per cent of what is believed."""

    mean: float
    low: float
    high: float


class SimulatedPrice(msgspec.Struct, frozen=True):
    """A week at a price: units, revenue and profit (minor units; None where the cost is not known). `allowed` says
    whether guard-rails would let it be asked today."""

    price: int
    units: Interval
    revenue: Interval
    profit: Interval | None
    allowed: bool


class SimulateResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    product_id: str
    currency: str
    current: int
    curve: tuple[SimulatedPrice, ...]
    degraded: tuple[str, ...] = ()


class ProductPath(msgspec.Struct, frozen=True):
    id: ProductKey


class Substitute(msgspec.Struct, frozen=True):
    """A product whose price moves the sales of this one: % units for 1 % of its price, with a 95 % interval."""

    product_id: str
    elasticity: float
    low: float
    high: float


class ElasticityResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """% units for 1 % price with a 95 % interval; `source` is what it rests on (product, category, shop)."""

    request_id: str
    model_version: str
    product_id: str
    elasticity: float
    low: float
    high: float
    source: str
    note: str = ""
    substitutes: tuple[Substitute, ...] = ()
    degraded: tuple[str, ...] = ()


class ForecastPeriod(StrEnum):
    WEEK = "week"
    DAY = "day"


class ForecastQuery(msgspec.Struct, frozen=True):
    """Without a channel, all together."""

    period: ForecastPeriod = ForecastPeriod.WEEK
    channel: Channel | None = None


class ForecastStep(msgspec.Struct, frozen=True):
    """Units in the period that begins at `begins`: the point, and `quantiles` at the answer's levels."""

    begins: datetime
    point: float
    quantiles: tuple[float, ...]


class ForecastResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`member` is what made it: a model's name; `peers` where the product sells too seldom to learn from, and is taken
    to sell as others of its category that sold as often; `category` where it never sold."""

    request_id: str
    model_version: str
    product_id: str
    period: ForecastPeriod
    member: str
    levels: tuple[float, ...]
    steps: tuple[ForecastStep, ...]
    channel: Channel | None = None
    degraded: tuple[str, ...] = ()


class Lead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weeks between order and delivery, and how likely that is."""

    weeks: Annotated[int, Meta(ge=0, le=104)]
    chance: Annotated[float, Meta(ge=0, le=1)] = 1.0


class ReplenishLine(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """How a product is bought. `on_hand` is the stock on record where it is not told; `review_weeks` lie between two
    chances to order; orders are multiples of `pack`, at least `least`; `service` is the share of cycles that must not
    run out. Ordering costs `order_cost`, keeping a unit for a week `holding` (minor units)."""

    product_id: ProductKey
    lead: Annotated[tuple[Lead, ...], Meta(min_length=1, max_length=20)]
    on_hand: Whole | None = None
    on_order: Whole = 0
    owed: Whole = 0
    review_weeks: Annotated[int, Meta(ge=0, le=52)] = 1
    order_cost: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    holding: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    pack: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    least: Whole = 0
    service: Annotated[float, Meta(gt=0, lt=1)] = 0.95


class ReplenishRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Orders for products; with `clearance_weeks` those with more than they will sell get a plan to sell them off."""

    lines: Annotated[tuple[ReplenishLine, ...], Lines]
    channel: Channel | None = None
    clearance_weeks: Annotated[int, Meta(ge=1, le=26)] | None = None


class Markdown(msgspec.Struct, frozen=True):
    """Prices week by week (minor units) if sales come as expected, what they bring beside the present price, and the
    mean of units that remain."""

    prices: tuple[int, ...]
    worth: int
    kept: int
    left: float


class Surplus(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """More than will sell: `verdict` is dead, excess or slow; `excess` units, and what they cost (minor units)."""

    verdict: str
    excess: int
    value: int
    cover_days: float | None = None
    clearance: Markdown | None = None


class Replenishment(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What to order now. The stock `position` (on hand and on order, less what is owed) is held against the reorder
    point; `safety` is its part beyond mean demand, `runs_out` the chance of an empty shelf if nothing is ordered."""

    product_id: str
    quantity: int
    position: int
    reorder_point: int
    order_up_to: int
    safety: float
    runs_out: float
    reasons: tuple[str, ...]
    surplus: Surplus | None = None


class ReplenishResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    orders: tuple[Replenishment, ...]
    errors: tuple[LineError, ...] = ()
    degraded: tuple[str, ...] = ()


class AuditQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Quotes, newest first: of a product, of a request, of a decision, or all; `cursor` comes from the page before."""

    product_id: Annotated[str, Meta(max_length=128)] = ""
    request_id: Annotated[str, Meta(max_length=256)] = ""
    decision_id: Annotated[str, Meta(max_length=64)] = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(pattern=r"^[0-9]{0,18}$")] = ""


class AuditedQuote(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One price that was given, and the `decision` behind it: all that guard-rails and policy knew, so that both can be
    asked again (`rules` by its version, the model by its own)."""

    number: int
    time: datetime
    request_id: str
    product_id: str
    price: Money
    applied: bool
    decision_id: str
    decision: msgspec.Raw
    rules: msgspec.Raw
    profile_id: str | None = None
    offer_bp: int | None = None


class AuditPage(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`next_cursor` leads to the page after this one, and is absent on the last."""

    quotes: tuple[AuditedQuote, ...]
    next_cursor: str = ""
