"""A price for everyone: what the policy proposed, what guard-rails made of it, and all that both knew."""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from merx_models.guardrails import Guardrails, LastLook, PriceContext, Settled
from merx_models.pricing.explanation import PriceExplanation
from merx_models.pricing.task import Ladder, Terms
from merx_pricing.domain.reading import Situation

_encode = msgspec.json.Encoder(order="deterministic").encode


class Season(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy was asked with: `Terms`, and the prices of the ladder."""

    weeks: int
    stock: int
    cost: float
    salvage: float
    holding: float
    prices: tuple[int, ...]

    @classmethod
    def of(cls, terms: Terms, ladder: Ladder) -> "Season":
        return cls(
            weeks=terms.weeks,
            stock=terms.stock,
            cost=terms.cost,
            salvage=terms.salvage,
            holding=terms.holding,
            prices=tuple(ladder.prices.tolist()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `model` (its version) says a product should cost, in minor units; `value` None where it could not be asked,
    for `reasons`. `inputs` is what it was asked with."""

    model: str
    value: float | None
    season: Season | None = None
    reasons: tuple[str, ...] = ()
    explanation: PriceExplanation | None = None

    @property
    def inputs(self) -> tuple[str, Season | None, tuple[str, ...]]:
        return self.model, self.season, self.reasons


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decision:
    """`document` is all of it as the audit keeps it, and `id` a digest of that: equal decisions, equal id."""

    id: str
    context: PriceContext
    settled: Settled
    look: LastLook
    reasons: tuple[str, ...]
    proposal: Proposal
    document: bytes


def decide(proposal: Proposal, situation: Situation, guard: Guardrails) -> Decision:
    """The allowed price that is closest to the proposal; where there is none, to the present price."""
    context = situation.context
    asked: object = context.current if proposal.value is None else proposal.value
    settled = guard.settle(asked, context)
    reasons = tuple(dict.fromkeys((*proposal.reasons, *situation.reasons, *settled.reasons)))
    document: dict[str, Any] = {
        "model": proposal.model,
        "rules": settled.rules,
        "context": context,
        "season": proposal.season,
        "proposal": proposal.value,
        "price": settled.price,
        "announced": settled.announced,
        "prior": settled.prior,
        "reasons": reasons,
    }
    written = _encode(document)
    return Decision(
        id=hashlib.sha256(written).hexdigest()[:32],
        context=context,
        settled=settled,
        look=LastLook(context, guard.rules, announced=settled.announced),
        reasons=reasons,
        proposal=proposal,
        document=written,
    )
