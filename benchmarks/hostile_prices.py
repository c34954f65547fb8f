"""Contexts, rules and proposals drawn at random, for the claim that no guard-rail is ever broken."""

import numpy as np

from merx_models.guardrails import (
    Announced,
    Change,
    Competitor,
    Endings,
    Fairness,
    Family,
    Guardrails,
    ListPrice,
    Margin,
    PriceContext,
    Relative,
    RuleSet,
    verify,
)

PROPOSALS = (float("nan"), float("inf"), float("-inf"), -1.0, 0, 10**300, -(10**300), 1e308, None, "9.99", True)


def broken(count: int, seed: int = 0) -> int:
    """How many of `count` settled prices the independent check would have stopped."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(count):
        rules, context = _rules(rng), _context(rng)
        hostile = PROPOSALS[int(rng.integers(len(PROPOSALS)))]
        proposal = hostile if rng.random() < 0.5 else float(rng.normal(context.current, context.current))
        settled = Guardrails(rules).settle(proposal, context)
        found += bool(verify(settled.price, context, rules, announced=settled.announced, prior=settled.prior))
    return found


def _rules(rng: np.random.Generator) -> RuleSet:
    low, high = sorted(int(share) for share in rng.integers(3_000, 15_000, 2))
    tails = tuple(sorted({int(tail) for tail in rng.integers(0, 100, 3)}))
    return RuleSet(
        name="drawn",
        margin=Margin(floor_bp=int(rng.integers(0, 5_000))),
        change=Change(up_bp=int(rng.integers(0, 3_000)), down_bp=int(rng.integers(0, 5_000))),
        list_price=ListPrice(floor_bp=low, ceiling_bp=high),
        competitor=Competitor(floor_bp=low, ceiling_bp=high, against="median" if rng.random() < 0.5 else "lowest"),
        family=Family(variant_gap_bp=int(rng.integers(0, 500))),
        endings={"EUR": Endings(per=100, tails=tails)},
        fairness=Fairness(largest_offer_bp=int(rng.integers(0, 5_000))),
    )


def _context(rng: np.random.Generator) -> PriceContext:
    price = int(rng.integers(50, 20_000))

    def near() -> int:
        return max(1, int(price * rng.lognormal(0.0, 0.3)))

    def perhaps() -> int | None:
        return near() if rng.random() < 0.5 else None

    personal = rng.random() < 0.2
    ceiling = near() if rng.random() < 0.1 else None  # what everyone is asked would have to lie below it
    return PriceContext(
        product_id="drawn",
        currency="EUR" if rng.random() < 0.9 else "JPY",
        current=price,
        day_start=perhaps(),
        list_price=perhaps(),
        cost=perhaps(),
        tax_bp=int(rng.choice([0, 700, 1_900])),
        competitors=tuple(near() for _ in range(int(rng.integers(0, 4)))),
        size=int(rng.integers(1, 4)),
        relatives=tuple(
            Relative(product_id="other", size=int(rng.integers(1, 4)), price=near())
            for _ in range(int(rng.integers(0, 3)))
        ),
        legal_ceiling=ceiling,
        history=tuple((int(day), near()) for day in sorted(set(rng.integers(0, 60, 4).tolist()))),
        announced=Announced(today=60) if not personal and rng.random() < 0.4 else None,
        public=near() if personal and ceiling is None else None,
    )
