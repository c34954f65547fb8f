"""May a price book be registered: it is loaded as a service would and asked, and its policy must not fall behind the
rule that anyone could use."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from merx_models.pricing.book import PriceBook
from merx_pipelines.price_choice import Trials
from merx_pipelines.price_proposals import proposal
from merx_pipelines.price_trials import RULE
from merx_pipelines.verdicts import Verdict

VERDICT = "policy_check.json"
TOLERANCE = 0.02
"""Of the fixed rule's profit, by which the lower bound may lie below the elasticity rule."""
ASKED = 20
"""Products that are asked for a price."""


@dataclass(frozen=True)
class PolicyVerdict(Verdict):
    """`over_rule` is the lower 95 % bound of the profit above the elasticity rule (share of the fixed rule's profit),
    `broken` counts guard-rails of all policies' `prices`; of `asked` products `proposed` were given a price."""

    products: int
    policy: str
    over_rule: float
    over_fixed: float
    broken: int
    prices: int
    asked: int
    proposed: int

    file = VERDICT


def judge(book: PriceBook, trials: Trials) -> PolicyVerdict:
    told = trials.policies[trials.chosen]
    broken = sum(one.broken for one in trials.policies.values())
    names = sorted(book.policy.fits)
    drawn = names[:: max(1, len(names) // ASKED)][:ASKED]
    proposed = sum(bool(np.isfinite(price) and price > 0) for price in (proposal(book, name) for name in drawn))
    reasons = []
    if told.over_rule[1] < -TOLERANCE:
        reasons.append(
            f"profit of {trials.chosen} may lie {-told.over_rule[1]:.1%} below that of the {RULE}; "
            f"{TOLERANCE:.0%} is let pass"
        )
    if broken:
        reasons.append(f"{broken} prices broke a guard-rail")
    if proposed < len(drawn):
        reasons.append(f"{len(drawn) - proposed} of {len(drawn)} products were given no price")
    return PolicyVerdict(
        products=len(names),
        policy=trials.chosen,
        over_rule=told.over_rule[1],
        over_fixed=told.over_fixed[0],
        broken=broken,
        prices=sum(one.prices for one in trials.policies.values()),
        asked=len(drawn),
        proposed=proposed,
        reasons=tuple(reasons),
    )


def run(book: Path, out: Path) -> PolicyVerdict:
    """Reads what `choose_policy` wrote; writes policy_check.json into `out`. Raises PriceBookDamaged."""
    verdict = judge(PriceBook.load(book), Trials.read(book))
    verdict.write(out)
    return verdict
