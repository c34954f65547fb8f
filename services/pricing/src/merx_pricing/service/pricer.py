"""Proposals of the policy, made ahead: a quote must not wait for the milliseconds that one takes."""

import math
import threading
import time
from collections.abc import Collection

import numpy as np
import structlog

from merx_models.guardrails.rules import WHOLE
from merx_models.pricing.book import PriceBook
from merx_models.pricing.explanation import Ordinary, explain_price
from merx_models.pricing.task import Ladder, Terms
from merx_pricing.domain import Facts, Proposal, Season, Situation
from merx_pricing.errors import DemandUnknown
from merx_pricing.metrics import PROPOSAL_SECONDS, PROPOSALS_WAITING
from merx_pricing.service.shop import Shop

log = structlog.get_logger(__name__)

POLL_S = 0.5
"""How often it looks for another book."""
REST = 1.0
"""How long it rests after a proposal, in times of what that took: quotes are answered by the same interpreter."""
AMPLE = 1.5
"""A season's stock is planned up to so many times what is wanted at the lowest price: more is as good as any."""
TYPICAL = Ordinary(cost_share=0.65, stock_weeks=6.0)
NOT_YET = "not_decided_yet"


class Pricer:
    """Makes the proposals of all products that the book knows, and those anew whose facts changed, in a thread of its
    own. `proposal` is a look into a dictionary."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._made: dict[str, Proposal] = {}
        self._reasons: dict[tuple[str, str], Proposal] = {}
        self._seasons: dict[str, tuple[Terms, Ladder]] = {}
        """By product, what the policy was last asked; its answer is in `_made` where it had one."""
        self._wanted: dict[str, None] = {}
        self._version = ""
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="merx-pricer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def want(self, product_ids: Collection[str]) -> None:
        """The facts of these products changed; those that the book does not know have no proposal to be made anew."""
        book = self._shop.books.current().book
        if book is None:
            return
        with self._changed:
            self._wanted.update((name, None) for name in product_ids if name in book.policy.fits)
            self._changed.notify()
            PROPOSALS_WAITING.set(len(self._wanted))

    def proposal(self, product_id: str) -> Proposal:
        """The newest proposal; one that says so where none was made yet, or can be."""
        made = self._made.get(product_id)
        if made is not None:
            return made
        standing = self._shop.books.current()
        if standing.book is None:
            return self._without(standing.version, "model_unavailable")
        if product_id not in standing.book.policy.fits:
            return self._without(standing.version, "demand_unknown")
        self.want((product_id,))
        return self._without(standing.version, NOT_YET)

    def _without(self, version: str, reason: str) -> Proposal:
        """The same one every time: decisions hold while their proposal is the same."""
        found = self._reasons.get((version, reason))
        if found is None:
            found = self._reasons[version, reason] = Proposal(model=version, value=None, reasons=(reason,))
        return found

    def renew(self, facts: Facts) -> Proposal:
        """Asks the policy now."""
        began = time.perf_counter()
        made = self._ask(facts)
        PROPOSAL_SECONDS.observe(time.perf_counter() - began)
        before = self._made.get(facts.product_id)
        if before is not None and before.inputs == made.inputs and before.value == made.value:
            return before  # with the explanation that it may have
        self._made[facts.product_id] = made
        return made

    def explained(self, facts: Facts) -> Proposal:
        """The newest proposal with its contributions, as far as there is one to explain; they are made where they are
        missing (sixteen proposals)."""
        made = self._made.get(facts.product_id) or self.renew(facts)
        standing = self._shop.books.current()
        if made.explanation is not None or made.value is None or standing.book is None:
            return made
        situation = self._shop.situation(facts, self._shop.clock())
        terms, ladder = self._season(standing.book, facts.product_id, situation)
        told = explain_price(standing.book.policy, facts.product_id, terms, ladder, ordinary=TYPICAL)
        season = Season.of(terms, ladder)
        made = Proposal(model=standing.version, value=told.proposal, season=season, explanation=told)
        self._made[facts.product_id] = made
        return made

    def _run(self) -> None:
        while not self._stopped:
            product_id = self._next()
            if product_id is None:
                continue
            facts = self._shop.knowledge.table.get(product_id)
            if facts is None or facts.price is None:
                self._made.pop(product_id, None)
                continue
            began = time.perf_counter()
            try:
                self.renew(facts)
            except Exception:
                # Whatever one product's facts do to the policy, the others are priced.
                log.exception("proposal_failed", product_id=product_id)
                version = self._shop.books.current().version
                self._seasons.pop(product_id, None)
                self._made[product_id] = Proposal(model=version, value=None, reasons=("policy_failed",))
            time.sleep(REST * (time.perf_counter() - began))

    def _next(self) -> str | None:
        """The product that waits longest; None after a look that found none."""
        standing = self._shop.books.current()
        if standing.version != self._version and standing.book is not None:
            self._version = standing.version
            self._made = {name: one for name, one in self._made.items() if name in standing.book.policy.fits}
            self.want(_best_first(standing.book))
        with self._changed:
            if not self._wanted and not self._stopped:
                self._changed.wait(POLL_S)
            if not self._wanted:
                return None
            product_id = next(iter(self._wanted))
            del self._wanted[product_id]
            PROPOSALS_WAITING.set(len(self._wanted))
            return product_id

    def _ask(self, facts: Facts) -> Proposal:
        standing = self._shop.books.current()
        book = standing.book
        if book is None:
            return Proposal(model="", value=None, reasons=("model_unavailable",))
        situation = self._shop.situation(facts, self._shop.clock())
        reasons = situation.blocked or _unknown(book, facts)
        if reasons:
            return Proposal(model=standing.version, value=None, reasons=reasons)
        terms, ladder = self._season(book, facts.product_id, situation)
        before = self._made.get(facts.product_id)
        if before is not None and before.model == standing.version and self._asked_so(facts.product_id, terms, ladder):
            return before
        value = book.policy.propose(facts.product_id, terms, ladder)
        self._seasons[facts.product_id] = terms, ladder
        season = Season.of(terms, ladder)
        if not math.isfinite(value):
            return Proposal(model=standing.version, value=None, season=season, reasons=("proposal_not_a_number",))
        return Proposal(model=standing.version, value=value, season=season)

    def _asked_so(self, product_id: str, terms: Terms, ladder: Ladder) -> bool:
        """Whether the policy was last asked the same: it would answer the same. Where stock is ample, a sale changes
        nothing that it looks at."""
        terms_before, before = self._seasons.get(product_id, (None, ladder))
        return (
            terms == terms_before
            and ladder.start == before.start
            and np.array_equal(ladder.prices, before.prices)
            and np.array_equal(ladder.steps, before.steps)
        )

    def _season(self, book: PriceBook, product_id: str, situation: Situation) -> tuple[Terms, Ladder]:
        """What the policy is asked with. Amounts include the tax, as prices do."""
        house, context = self._shop.terms, situation.context
        if context.cost is None:
            raise DemandUnknown(f"the cost of product {product_id!r} is not known")
        ladder = Ladder.spread(self._shop.guard, context, weeks=house.weeks)
        cost = context.cost * (1.0 + house.tax_bp / WHOLE)
        lowest = float(ladder.prices[0])
        wanted = float(book.policy.belief(product_id).mean(lowest, float(context.current)).mean())
        ample = max(1, math.ceil(AMPLE * house.weeks * wanted) + 5)
        terms = Terms(
            weeks=house.weeks,
            stock=ample if situation.stock is None else min(situation.stock, ample),
            cost=cost,
            salvage=cost * house.salvage_bp / WHOLE,
            holding=cost * house.holding_bp / WHOLE,
        )
        return terms, ladder


def _unknown(book: PriceBook, facts: Facts) -> tuple[str, ...]:
    if facts.product_id not in book.policy.fits:
        return ("demand_unknown",)
    if facts.price is not None and facts.price.currency != book.terms.currency:
        return ("currency_mixed",)
    return ()


def _best_first(book: PriceBook) -> list[str]:
    """The products of a book, those that sell most first."""
    units = np.array([float(fit.mean[0]) for fit in book.policy.fits.values()])
    names = list(book.policy.fits)
    return [names[place] for place in np.argsort(-units, kind="stable").tolist()]
