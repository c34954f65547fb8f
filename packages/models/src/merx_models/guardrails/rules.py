"""What a shop lays down about its prices, and what must be known of a product to judge one.

Shares are basis points (10,000 = the whole), amounts are minor units of one ISO 4217 currency, days are whole numbers
counted from any fixed day. Bounds are taken in the order of `PRECEDENCE`, of each rule the floor before the ceiling; a
bound that would leave no price at all yields to those before it, and the answer says so.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from merx_core.money import exponent

WHOLE = 10_000
LARGEST = 10**12
LEGAL_DAYS = 30

Rule = Literal["positive", "legal", "fairness", "margin", "change", "list", "competitor", "family", "endings"]
PRECEDENCE: tuple[Rule, ...] = (
    "positive",
    "legal",
    "fairness",
    "margin",
    "change",
    "list",
    "competitor",
    "family",
    "endings",
)


def _between(name: str, value: int, low: int, high: int) -> None:
    """Msgspec checks types where it decodes, not where Python builds: a float would make money inexact."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low} and {high}, got {value}")


def _shares(floor: int | None, ceiling: int | None) -> None:
    for share in (floor, ceiling):
        if share is not None:
            _between("a share", share, 0, 100 * WHOLE)
    if floor is not None and ceiling is not None and floor > ceiling:
        raise ValueError("the floor is above the ceiling")


class Margin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the price without tax at least `floor_bp` is left over the cost. Where the cost is unknown no price falls."""

    floor_bp: int

    def __post_init__(self) -> None:
        _between("floor_bp", self.floor_bp, 0, WHOLE - 1)


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a day's prices may move from the one that the day began with."""

    up_bp: int
    down_bp: int

    def __post_init__(self) -> None:
        _between("up_bp", self.up_bp, 0, 100 * WHOLE)
        _between("down_bp", self.down_bp, 0, WHOLE)


class ListPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Floor and ceiling as shares of the list price."""

    floor_bp: int | None = None
    ceiling_bp: int | None = None

    def __post_init__(self) -> None:
        _shares(self.floor_bp, self.ceiling_bp)


class Competitor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Floor and ceiling as shares of what rivals ask: the lowest of their prices, or the (lower) median."""

    floor_bp: int | None = None
    ceiling_bp: int | None = None
    against: Literal["lowest", "median"] = "lowest"

    def __post_init__(self) -> None:
        _shares(self.floor_bp, self.ceiling_bp)


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A larger pack costs no less than a smaller one, and no more per unit; packs of one size lie within
    `variant_gap_bp` of each other."""

    variant_gap_bp: int = 0

    def __post_init__(self) -> None:
        _between("variant_gap_bp", self.variant_gap_bp, 0, WHOLE)


class Endings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last digits that a price may have: its rest modulo `per` is one of `tails` (per 100: 49 and 99)."""

    per: int
    tails: tuple[int, ...]

    def __post_init__(self) -> None:
        _between("per", self.per, 1, 10**6)
        if not self.tails or list(self.tails) != sorted(set(self.tails)):
            raise ValueError("tails are distinct and ascending, at least one")
        _between("tails", self.tails[0], 0, self.per - 1)
        _between("tails", self.tails[-1], 0, self.per - 1)


class LowestPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An announced discount is below the lowest price of the `days` before it, and names that price (Directive 98/6/EC
    art. 6a, added by Directive (EU) 2019/2161; CJEU C-330/23). With `progressive`, steps of one uninterrupted reduction
    all count from the days before its first step (art. 6a(5), where the member state has it)."""

    days: int = LEGAL_DAYS
    progressive: bool = False

    def __post_init__(self) -> None:
        _between("days", self.days, LEGAL_DAYS, 3_650)


class Fairness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price for one shopper is never above everyone's; an offer takes off `largest_offer_bp` at most. No switch turns
    this off: without a cap a personal price is everyone's price."""

    largest_offer_bp: int = 0

    def __post_init__(self) -> None:
        _between("largest_offer_bp", self.largest_offer_bp, 0, WHOLE)


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of a shop or a part of it; what is None is not asked for. `endings` are by currency."""

    name: str
    margin: Margin | None = None
    change: Change | None = None
    list_price: ListPrice | None = None
    competitor: Competitor | None = None
    family: Family | None = None
    endings: dict[str, Endings] = {}
    lowest_price: LowestPrice | None = LowestPrice()
    fairness: Fairness = Fairness()

    @classmethod
    def of(cls, document: Mapping[str, Any] | bytes) -> "RuleSet":
        """The rules in a mapping (of YAML) or in JSON. Raises msgspec.ValidationError, by its field."""
        if isinstance(document, bytes):
            return msgspec.json.decode(document, type=cls)
        return msgspec.convert(document, cls)

    def document(self) -> dict[str, Any]:
        """Plain values, as YAML and JSON hold them; `of` reads them back."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @property
    def version(self) -> str:
        """A digest of everything that the rules say: equal rules, equal version."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """Another pack of the same thing: `size` in any unit that the family shares."""

    product_id: str
    size: int
    price: int

    def __post_init__(self) -> None:
        _between("size", self.size, 1, LARGEST)
        _between("price", self.price, 1, LARGEST)


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A price reduction is to be announced on day `today`; uninterrupted reductions began on day `since`."""

    today: int
    since: int | None = None

    def __post_init__(self) -> None:
        if self.since is not None and self.since > self.today:
            raise ValueError("a reduction did not begin after today")


class PriceContext(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a product when a price is given. Nothing here says who asks: only that it is one shopper
    (`public` is then what everyone is asked), so that nobody's price can depend on who they are.

    `day_start` is the price that the day began with (None: `current`), `history` the days on which prices began to
    hold, ascending, `legal_floor` and `legal_ceiling` what law fixes (books, tobacco, caps), `cost` is without tax.
    """

    product_id: str
    currency: str
    current: int
    day_start: int | None = None
    list_price: int | None = None
    cost: int | None = None
    tax_bp: int = 0
    competitors: tuple[int, ...] = ()
    size: int = 1
    relatives: tuple[Relative, ...] = ()
    legal_floor: int | None = None
    legal_ceiling: int | None = None
    history: tuple[tuple[int, int], ...] = ()
    announced: Announced | None = None
    public: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where an amount is no whole number in range, days do not ascend, an offer to one shopper is
        announced, or what everyone is asked is against the law (no personal price could then be right)."""
        exponent(self.currency)
        amounts = (self.day_start, self.list_price, self.legal_floor, self.legal_ceiling, self.public)
        for amount in (self.current, self.size, *self.competitors, *(price for _, price in self.history), *amounts):
            if amount is not None:
                _between("an amount", amount, 1, LARGEST)
        _between("cost", 0 if self.cost is None else self.cost, 0, LARGEST)
        _between("tax_bp", self.tax_bp, 0, 10 * WHOLE)
        days = [day for day, _ in self.history]
        if days != sorted(set(days)):
            raise ValueError("the days of the history ascend")
        if self.public is not None and self.announced is not None:
            raise ValueError("an offer to one shopper is not announced as a price reduction")
        if self.public is not None and not (self.legal_floor or 1) <= self.public <= (self.legal_ceiling or LARGEST):
            raise ValueError("the price for everyone must be lawful before anyone is offered another")
