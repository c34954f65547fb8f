"""The last look at a price before it leaves: it shares no arithmetic with `settle`, only the documents in `rules`.

Each rule is checked in exact fractions against the price itself. A rule is excused only where no whole price could have
kept it beside the stronger ones (precedence in `rules`).
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from merx_models.guardrails.rules import LARGEST, WHOLE, Endings, PriceContext, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an answer breaks, and what it should have kept to."""

    rule: Rule
    detail: str


@dataclass(frozen=True, slots=True)
class _Limit:
    rule: Rule
    least: Fraction | None = None
    most: Fraction | None = None


class LastLook:
    """What every price for one context is held against. The limits do not depend on the price, so they are worked out
    once; `violations` is then cheap enough for every answer. `announced` (None: as the context asks) says whether the
    answer calls itself a discount."""

    def __init__(self, context: PriceContext, rules: RuleSet, *, announced: bool | None = None) -> None:
        asked = context.announced is not None if announced is None else announced
        self._lowest = _lowest_held(context, rules) if asked else None
        self._announced = asked and rules.lowest_price is not None
        self._held: list[tuple[Rule, int, int]] = []
        least, most = Fraction(1), Fraction(LARGEST)
        for limit in _limits(context, rules, announced=asked):
            if limit.least is not None and _room(max(least, limit.least), most):
                least = max(least, limit.least)
                self._held.append((limit.rule, ceil(limit.least), LARGEST))
            if limit.most is not None and _room(least, min(most, limit.most)):
                most = min(most, limit.most)
                self._held.append((limit.rule, 1, floor(limit.most)))
        endings = rules.endings.get(context.currency) if context.public is None else None
        self._endings = endings if endings is not None and _some_ending(least, most, endings) else None

    def violations(self, price: int, *, prior: int | None = None) -> list[Violation]:
        """All rules that giving `price` would break; none is the only answer that may leave. `prior` is the earlier
        price that the answer names."""
        if isinstance(price, bool) or not isinstance(price, int) or not 1 <= price <= LARGEST:
            return [Violation("positive", f"{price!r} is no price in whole minor units")]
        found = self._of_announcement(price, prior) if self._announced else []
        for rule, least, most in self._held:
            if price < least:
                found.append(Violation(rule, f"below {least}"))
            elif price > most:
                found.append(Violation(rule, f"above {most}"))
        if self._endings is not None and not _ends_in(price, self._endings.per, self._endings.tails):
            found.append(Violation("endings", f"{price} ends in none of the allowed digits"))
        return found

    def _of_announcement(self, price: int, prior: int | None) -> list[Violation]:
        """What an announced discount must keep without excuse: who cannot keep it must not announce."""
        if self._lowest is None:
            return [Violation("legal", "a discount is announced and no earlier price is known")]
        if price >= self._lowest:
            return [Violation("legal", f"announced as a discount, and not below {self._lowest}, the lowest before")]
        if prior is not None and prior != self._lowest:
            return [Violation("legal", f"names {prior} as the earlier price, the lowest was {self._lowest}")]
        return []


def verify(
    price: int, context: PriceContext, rules: RuleSet, *, announced: bool | None = None, prior: int | None = None
) -> list[Violation]:
    """One price looked at once: see `LastLook`."""
    return LastLook(context, rules, announced=announced).violations(price, prior=prior)


def _lowest_held(context: PriceContext, rules: RuleSet) -> int | None:
    """Day by day: what was asked on each of the days before the reduction."""
    if context.announced is None or rules.lowest_price is None:
        return None
    last = context.announced.today
    if rules.lowest_price.progressive and context.announced.since is not None:
        last = context.announced.since
    held = []
    for back in range(1, rules.lowest_price.days + 1):
        on_that_day = [price for day, price in context.history if day <= last - back]
        held += on_that_day[-1:]
    return min(held, default=None)


def _limits(context: PriceContext, rules: RuleSet, *, announced: bool) -> list[_Limit]:
    """Strongest first."""
    limits = [_Limit("legal", _fraction(context.legal_floor), _fraction(context.legal_ceiling))]
    if announced:
        lowest = _lowest_held(context, rules)
        limits.append(_Limit("legal", most=None if lowest is None else Fraction(lowest - 1)))
    if context.public is not None:
        off = Fraction(rules.fairness.largest_offer_bp, WHOLE)
        return [
            *limits,
            _Limit("fairness", context.public * (1 - off), Fraction(context.public)),
            *_margin(context, rules),
        ]
    limits += _margin(context, rules)
    if rules.change is not None:
        start = context.current if context.day_start is None else context.day_start
        up, down = Fraction(rules.change.up_bp, WHOLE), Fraction(rules.change.down_bp, WHOLE)
        limits.append(_Limit("change", start - start * down, start + start * up))
    if rules.list_price is not None and context.list_price is not None:
        shares = (rules.list_price.floor_bp, rules.list_price.ceiling_bp)
        limits.append(_Limit("list", *(_part(context.list_price, share) for share in shares)))
    if rules.competitor is not None and context.competitors:
        lowest_wanted = rules.competitor.against == "lowest"
        rival = min(context.competitors) if lowest_wanted else statistics.median_low(context.competitors)
        shares = (rules.competitor.floor_bp, rules.competitor.ceiling_bp)
        limits.append(_Limit("competitor", *(_part(rival, share) for share in shares)))
    return [*limits, *_family(context, rules)]


def _margin(context: PriceContext, rules: RuleSet) -> list[_Limit]:
    if rules.margin is None:
        return []
    if context.cost is None:
        return [_Limit("margin", Fraction(context.current))] if context.public is None else []
    kept = 1 - Fraction(rules.margin.floor_bp, WHOLE)
    return [_Limit("margin", Fraction(context.cost) / kept * (1 + Fraction(context.tax_bp, WHOLE)))]


def _family(context: PriceContext, rules: RuleSet) -> list[_Limit]:
    if rules.family is None or not context.relatives:
        return []
    least, most = [], []
    gap = Fraction(rules.family.variant_gap_bp, WHOLE)
    for relative in context.relatives:
        alike = Fraction(relative.price, relative.size) * context.size
        if relative.size == context.size:
            least.append(relative.price * (1 - gap))
            most.append(relative.price * (1 + gap))
        else:
            least.append(min(alike, Fraction(relative.price)))
            most.append(max(alike, Fraction(relative.price)))
    return [_Limit("family", max(least), min(most))]


def _some_ending(least: Fraction, most: Fraction, endings: Endings) -> bool:
    first, last = ceil(least), floor(most)
    return any(first + (tail - first) % endings.per <= last for tail in endings.tails)


def _ends_in(price: int, per: int, tails: Sequence[int]) -> bool:
    return any((price - tail) % per == 0 for tail in tails)


def _room(least: Fraction, most: Fraction) -> bool:
    """Whether a whole number lies between the two."""
    return ceil(least) <= floor(most)


def _part(price: int, share_bp: int | None) -> Fraction | None:
    return None if share_bp is None else price * Fraction(share_bp, WHOLE)


def _fraction(value: int | None) -> Fraction | None:
    return None if value is None else Fraction(value)
