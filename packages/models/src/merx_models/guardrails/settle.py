"""From any proposal to an allowed price: bounds by precedence, then endings, then the nearest price that is left."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import Literal

from merx_core.money import Money
from merx_models.guardrails.rules import LARGEST, WHOLE, Endings, PriceContext, Relative, RuleSet

Side = Literal["floor", "ceiling"]


@dataclass(frozen=True, slots=True)
class Bound:
    """The lowest or highest price that a rule leaves, and the code of the reason."""

    price: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """All prices from `low` to `high` with an allowed ending. `yielded` names the bounds that could not be kept beside
    stronger ones; `prior` is the price to name where a discount is `announced`."""

    low: Bound
    high: Bound
    endings: Endings | None = None
    yielded: tuple[str, ...] = ()
    announced: bool = False
    prior: int | None = None

    def __contains__(self, price: int) -> bool:
        return self.low.price <= price <= self.high.price and self.nearest(price) == price

    def nearest(self, price: int) -> int:
        """The allowed price closest to `price`; of two equally close the lower one."""
        held = min(max(price, self.low.price), self.high.price)
        if self.endings is None:
            return held
        below, above = _ending_below(held, self.endings), _ending_above(held, self.endings)
        if below < self.low.price:
            return above
        if above > self.high.price:
            return below
        return below if held - below <= above - held else above

    def prices(self) -> Iterator[int]:
        """All allowed prices, ascending; there may be very many."""
        price = self.nearest(self.low.price)
        while price <= self.high.price:
            yield price
            price = price + 1 if self.endings is None else _ending_above(price + 1, self.endings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An allowed price in minor units of `currency`. `reasons` says what moved it away from the proposal; where a
    discount may be `announced`, `prior` is the earlier price to show beside it."""

    price: int
    currency: str
    bounds: PriceRange
    reasons: tuple[str, ...]
    announced: bool
    prior: int | None
    rules: str

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)


class Guardrails:
    """A rule set at work; it opens nothing and remembers nothing."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.version = rules.version

    def allowed(self, context: PriceContext) -> PriceRange:
        """The prices that may be given. A discount that cannot lawfully be announced loses its announcement."""
        if context.announced is None or self.rules.lowest_price is None:
            return self._range(context, None, announced=context.announced is not None)
        prior = _lowest(context, self.rules)
        if prior is not None and prior > 1:
            announced = self._range(context, prior, announced=True)
            if not announced.yielded:
                return announced
        return self._range(context, None, announced=False)

    def settle(self, proposal: object, context: PriceContext) -> Settled:
        """The allowed price closest to `proposal` (minor units; anything that is no finite number asks for no change).

        Where bounds contradict each other, the price stays as near to the present one as the stronger bounds allow.
        """
        bounds = self.allowed(context)
        anchor = context.current if context.public is None else context.public
        asked = _whole(proposal)
        reasons = list(bounds.yielded)
        if context.announced is not None and not bounds.announced:
            reasons.append("announcement_withdrawn")
        if asked is None:
            reasons.append("proposal_not_a_number")
        if any(code != "endings" for code in bounds.yielded):
            reasons.append("bounds_contradict")
            asked = None
        wanted = anchor if asked is None else asked
        price = bounds.nearest(wanted)
        reasons += _moved(wanted, price, bounds)
        return Settled(
            price=price,
            currency=context.currency,
            bounds=bounds,
            reasons=tuple(reasons),
            announced=bounds.announced,
            prior=bounds.prior,
            rules=self.version,
        )

    def _range(self, context: PriceContext, prior: int | None, *, announced: bool) -> PriceRange:
        low, high = Bound(1, "positive_floor"), Bound(LARGEST, "positive_ceiling")
        yielded: list[str] = []
        for side, bound in _bounds(context, self.rules, prior):
            if side == "floor" and bound.price > low.price:
                low, lost = (bound, False) if bound.price <= high.price else (low, True)
            elif side == "ceiling" and bound.price < high.price:
                high, lost = (bound, False) if bound.price >= low.price else (high, True)
            else:
                lost = False
            if lost:
                yielded.append(bound.reason)
        endings = self.rules.endings.get(context.currency) if context.public is None else None
        if endings is not None and _ending_above(low.price, endings) > high.price:
            endings = None
            yielded.append("endings")
        return PriceRange(low=low, high=high, endings=endings, yielded=tuple(yielded), announced=announced, prior=prior)


def _moved(wanted: int, price: int, bounds: PriceRange) -> list[str]:
    reasons = []
    if wanted < bounds.low.price:
        reasons.append(bounds.low.reason)
    elif wanted > bounds.high.price:
        reasons.append(bounds.high.reason)
    if price != min(max(wanted, bounds.low.price), bounds.high.price):
        reasons.append("endings")
    return reasons


def _bounds(context: PriceContext, rules: RuleSet, prior: int | None) -> Iterator[tuple[Side, Bound]]:
    """By precedence, strongest first; change, list, competitor and family are rules of the price for everyone."""
    if context.legal_floor is not None:
        yield "floor", Bound(context.legal_floor, "legal_floor")
    if context.legal_ceiling is not None:
        yield "ceiling", Bound(context.legal_ceiling, "legal_ceiling")
    if prior is not None:
        yield "ceiling", Bound(prior - 1, "lowest_price")
    if context.public is not None:
        yield "floor", Bound(_share_up(context.public, WHOLE - rules.fairness.largest_offer_bp), "fairness_floor")
        yield "ceiling", Bound(context.public, "fairness_ceiling")
    if rules.margin is not None and context.cost is not None:
        yield "floor", Bound(_with_margin(context.cost, context.tax_bp, rules.margin.floor_bp), "margin_floor")
    if context.public is None:
        if rules.margin is not None and context.cost is None:
            yield "floor", Bound(context.current, "cost_unknown")
        yield from _public_bounds(context, rules)


def _public_bounds(context: PriceContext, rules: RuleSet) -> Iterator[tuple[Side, Bound]]:
    if rules.change is not None:
        start = context.day_start or context.current
        yield "floor", Bound(_share_up(start, WHOLE - rules.change.down_bp), "change_floor")
        yield "ceiling", Bound(_share_down(start, WHOLE + rules.change.up_bp), "change_ceiling")
    if rules.list_price is not None and context.list_price is not None:
        yield from _shares(context.list_price, rules.list_price.floor_bp, rules.list_price.ceiling_bp, "list")
    if rules.competitor is not None and context.competitors:
        rivals = sorted(context.competitors)
        rival = rivals[0 if rules.competitor.against == "lowest" else (len(rivals) - 1) // 2]
        yield from _shares(rival, rules.competitor.floor_bp, rules.competitor.ceiling_bp, "competitor")
    if rules.family is not None and context.relatives:
        gap = rules.family.variant_gap_bp
        within = [_beside(context.size, relative, gap) for relative in context.relatives]
        yield "floor", Bound(max(low for low, _ in within), "family_floor")
        yield "ceiling", Bound(min(high for _, high in within), "family_ceiling")


def _shares(price: int, floor: int | None, ceiling: int | None, name: str) -> Iterator[tuple[Side, Bound]]:
    if floor is not None:
        yield "floor", Bound(_share_up(price, floor), f"{name}_floor")
    if ceiling is not None:
        yield "ceiling", Bound(_share_down(price, ceiling), f"{name}_ceiling")


def _with_margin(cost: int, tax_bp: int, floor_bp: int) -> int:
    """The lowest price with price / (1 + tax) * (1 - margin) >= cost."""
    return -(-cost * (WHOLE + tax_bp) // (WHOLE - floor_bp))


def _beside(size: int, relative: Relative, gap_bp: int) -> tuple[int, int]:
    """The lowest and highest price of a pack of `size` beside a relative's."""
    if relative.size == size:
        return _share_up(relative.price, WHOLE - gap_bp), _share_down(relative.price, WHOLE + gap_bp)
    by_unit = relative.price * size
    if relative.size > size:
        return -(-by_unit // relative.size), relative.price
    return relative.price, by_unit // relative.size


def _lowest(context: PriceContext, rules: RuleSet) -> int | None:
    """The lowest price that held on any day of the window before the reduction; None where none is known."""
    if context.announced is None or rules.lowest_price is None:
        return None
    since = context.announced.since
    end = since if rules.lowest_price.progressive and since is not None else context.announced.today
    start = end - rules.lowest_price.days
    inside = [price for day, price in context.history if start < day < end]
    before = [price for day, price in context.history if day <= start]
    held = inside + before[-1:]
    return min(held) if held else None


def _share_up(price: int, share_bp: int) -> int:
    return -(-price * share_bp // WHOLE)


def _share_down(price: int, share_bp: int) -> int:
    return price * share_bp // WHOLE


def _ending_above(price: int, endings: Endings) -> int:
    whole, rest = divmod(price, endings.per)
    fitting = [tail for tail in endings.tails if tail >= rest]
    return whole * endings.per + fitting[0] if fitting else (whole + 1) * endings.per + endings.tails[0]


def _ending_below(price: int, endings: Endings) -> int:
    whole, rest = divmod(price, endings.per)
    fitting = [tail for tail in endings.tails if tail <= rest]
    return whole * endings.per + fitting[-1] if fitting else (whole - 1) * endings.per + endings.tails[-1]


def _whole(proposal: object) -> int | None:
    """The nearest whole number, brought to just beyond the bounds first (1e999999 need not be written out); None for
    what is no finite number."""
    if isinstance(proposal, bool) or not isinstance(proposal, Real | Decimal):
        return None
    if isinstance(proposal, Decimal):
        return round(min(max(proposal, Decimal(-1)), Decimal(LARGEST + 1))) if proposal.is_finite() else None
    if isinstance(proposal, Rational):
        return round(min(max(Fraction(proposal), Fraction(-1)), Fraction(LARGEST + 1)))
    known = float(proposal)
    return round(min(max(known, -1.0), LARGEST + 1.0)) if math.isfinite(known) else None
