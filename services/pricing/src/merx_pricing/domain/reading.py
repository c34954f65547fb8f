"""From facts to what guard-rails and policy are asked with: what is missing or too old is named, not guessed."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from msgspec import structs

from merx_models.guardrails import Announced, PriceContext, Relative
from merx_models.guardrails.rules import LARGEST
from merx_pricing.domain.facts import Facts, Step
from merx_pricing.domain.house_rules import DAY_US, HouseTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A product on a day: the context of its public price, `stock` where it can be trusted, and why the policy cannot
    be asked (empty: it can)."""

    context: PriceContext
    stock: int | None
    reasons: tuple[str, ...]
    blocked: tuple[str, ...]


def day_of(at_us: int, zone: tzinfo) -> int:
    """The number of a day in the shop's own time."""
    return datetime.fromtimestamp(at_us / 1e6, zone).toordinal()


def read(facts: Facts, others: Iterable[Facts], *, terms: HouseTerms, now_us: int, zone: tzinfo) -> Situation:
    """The situation of a product with a price. Raises ValueError where it has none (PriceContext says of the others
    what is wrong with them)."""
    if facts.price is None:
        raise ValueError("the product has no price")
    currency, today = facts.price.currency, day_of(now_us, zone)
    reasons, blocked = [], []
    cost = None
    if facts.cost is None:
        blocked.append("cost_unknown")
    elif facts.cost.currency != currency:
        blocked.append("currency_mixed")
    else:
        cost = facts.cost.amount
        if now_us - facts.cost_us > terms.cost_days * DAY_US:
            blocked.append("cost_stale")
    stock = facts.stock
    if stock is not None and now_us - facts.stock_us > terms.stock_days * DAY_US:
        stock = None
        reasons.append("stock_stale")
    if stock == 0 or not facts.in_stock:
        blocked.append("out_of_stock")
    fresh, old = _rivals(facts, terms, now_us)
    if old:
        reasons.append("competitor_price_stale")
    history = daily(facts.history, zone)
    began = [price for day, price in history if day < today]
    same = facts.list_price is not None and facts.list_price.currency == currency
    context = PriceContext(
        product_id=facts.product_id,
        currency=currency,
        current=facts.price.amount,
        day_start=began[-1] if began else None,
        list_price=facts.list_price.amount if same and facts.list_price is not None else None,
        cost=cost,
        tax_bp=terms.tax_bp,
        competitors=fresh,
        size=facts.size,
        relatives=tuple(
            Relative(product_id=other.product_id, size=other.size, price=other.price.amount)
            for other in others
            if other.price is not None and other.price.currency == currency and 0 < other.price.amount <= LARGEST
        ),
        history=history,
    )
    return Situation(context=context, stock=stock, reasons=tuple(reasons), blocked=tuple(blocked))


def announced(situation: Situation, today: int) -> Situation:
    """The same, where the price is to be shown as a reduction: uninterrupted ones began with the last rise."""
    history = situation.context.history
    since = None
    for (_, before), (day, price) in itertools.pairwise(history):
        since = (since or day) if price < before else None
    context = structs.replace(situation.context, announced=Announced(today=today, since=since))
    return replace(situation, context=context)


def daily(steps: tuple[Step, ...], zone: tzinfo) -> tuple[tuple[int, int], ...]:
    """The days on which prices began to hold; of several on one day the lowest, which the law looks at."""
    lowest: dict[int, int] = {}
    for at_us, price in steps:
        day = day_of(at_us, zone)
        lowest[day] = min(price, lowest.get(day, price))
    return tuple(sorted(lowest.items()))


def _rivals(facts: Facts, terms: HouseTerms, now_us: int) -> tuple[tuple[int, ...], bool]:
    """Prices to be held against, ascending; and whether some were left out for their age."""
    fresh, old = [], False
    for rival in facts.rivals.values():
        if facts.price is None or rival.price.currency != facts.price.currency or not rival.in_stock:
            continue
        if now_us - rival.seen_us > terms.competitor_days * DAY_US:
            old = True
        elif 0 < rival.price.amount <= LARGEST:
            fresh.append(rival.price.amount)
    return tuple(sorted(fresh)), old
