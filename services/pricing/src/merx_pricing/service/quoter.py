"""Prices for callers: decided, held against the guard-rails once more, written down, given."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from merx_core.money import Money
from merx_models.guardrails.rules import WHOLE
from merx_pricing.domain import Answer, Asked, Decision, Facts, Failed, Given, Line, Proposal, Situation, decide
from merx_pricing.domain.reading import announced, day_of
from merx_pricing.errors import DemandUnknown, PriceRefused, TooManyExplanations, UnknownProduct
from merx_pricing.metrics import BLOCKED, CHANGE, QUOTES, REASONS
from merx_pricing.ports import Audit
from merx_pricing.service.pricer import Pricer
from merx_pricing.service.shop import Shop

MOST_EXPLAINED = 10
HOUR_US = 3_600_000_000
REMEMBERED = 300_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """A decision and what it rests on: it holds while these are the same."""

    facts: Facts
    others: tuple[Facts, ...]
    proposal: Proposal
    hour: int
    decision: Decision


class Quoter:
    """Everyone gets the same price; only an offer is for one shopper, and never above it."""

    def __init__(self, shop: Shop, pricer: Pricer, audit: Audit) -> None:
        self._shop = shop
        self._pricer = pricer
        self._audit = audit
        self._kept: dict[str, _Kept] = {}

    async def quote(self, asked: Asked) -> Answer:
        """Raises AuditUnavailable where the prices could not be written down: then none is given."""
        if asked.explain:
            await self._explain(asked.lines)
        now_us = self._shop.clock()
        given: list[Given] = []
        failed: list[Failed] = []
        for place, line in enumerate(asked.lines):
            try:
                given.append(self._price(line, asked, now_us))
            except (UnknownProduct, DemandUnknown) as error:
                failed.append(Failed(place, line.product_id, error))
        await self._audit.write(given)
        for one in given:
            _count(one)
        return Answer(given=tuple(given), failed=tuple(failed), now_us=now_us)

    def decision(self, facts: Facts, now_us: int) -> Decision:
        """The decision on the price for everyone, made anew where anything that it rests on changed."""
        others = tuple(self._shop.knowledge.table.relatives(facts))
        proposal, hour = self._pricer.proposal(facts.product_id), now_us // HOUR_US
        kept = self._kept.get(facts.product_id)
        if (
            kept is not None
            and kept.facts is facts
            and kept.proposal is proposal
            and kept.hour == hour
            and kept.others == others
        ):
            return kept.decision
        decision = decide(proposal, self._shop.situation(facts, now_us), self._shop.guard)
        if len(self._kept) > REMEMBERED:
            self._kept.clear()
        self._kept[facts.product_id] = _Kept(facts, others, proposal, hour, decision)
        return decision

    def _price(self, line: Line, asked: Asked, now_us: int) -> Given:
        facts = self._shop.facts(line.product_id)
        decision = self.decision(facts, now_us)
        applied = self._shop.rollout.applies(facts.product_id, facts.family)
        if line.announce:
            situation = self._shop.situation(facts, now_us)
            today = day_of(now_us, self._shop.zone)
            decision = decide(decision.proposal, announced(situation, today), self._shop.guard)
        public = decision.settled.price if applied else decision.context.current
        if line.offer_bp is not None:
            decision = self._offer(decision, public, line.offer_bp)
            public, applied = decision.settled.price, True
        if applied:
            self._look(decision, public)
        return Given(
            time_us=now_us,
            request_id=asked.request_id,
            decision=decision,
            price=Money(public, decision.context.currency),
            applied=applied,
            profile_id=asked.profile_id,
            offer_bp=line.offer_bp,
        )

    def _offer(self, decision: Decision, public: int, offer_bp: int) -> Decision:
        """The price for one shopper, beside what everyone is asked."""
        context = structs.replace(decision.context, public=public, announced=None)
        wanted = Proposal(model=decision.proposal.model, value=public * (WHOLE - offer_bp) / WHOLE)
        situation = Situation(context=context, stock=None, reasons=("offer",), blocked=())
        return decide(wanted, situation, self._shop.guard)

    def _look(self, decision: Decision, price: int) -> None:
        """The last look, by code that does not share the way to the price. Raises PriceRefused."""
        broken = decision.look.violations(price, prior=decision.settled.prior)
        if broken:
            for violation in broken:
                BLOCKED.labels(violation.rule).inc()
            told = "; ".join(f"{one.rule}: {one.detail}" for one in broken)
            raise PriceRefused(f"{decision.context.product_id!r}: {told}")

    async def _explain(self, lines: Sequence[Line]) -> None:
        if len(lines) > MOST_EXPLAINED:
            raise TooManyExplanations(f"{len(lines)} lines, at most {MOST_EXPLAINED}")
        for line in lines:
            facts = self._shop.knowledge.table.get(line.product_id)
            if facts is not None and facts.price is not None:
                await asyncio.to_thread(self._pricer.explained, facts)


def _count(given: Given) -> None:
    QUOTES.labels(str(given.applied).lower()).inc()
    for reason in given.decision.reasons:
        REASONS.labels(reason).inc()
    CHANGE.observe(given.decision.settled.price / given.decision.context.current)
