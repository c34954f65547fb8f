"""The price book in service: followed in the registry, checked before it serves."""

import math
from pathlib import Path

from merx_kit.registry import ModelRefused, ModelSlot
from merx_models.guardrails import Guardrails, PriceContext
from merx_models.pricing.book import CONTRACT, PriceBook, PriceBookDamaged
from merx_models.pricing.task import Ladder, Terms
from merx_pricing.domain import DEFAULT_RULES
from merx_pricing.ports import Standing

CONTRACTS = frozenset({CONTRACT})
"""Books that this code can serve."""
CHECKED = 3
"""Products that a new book must price before it serves."""
MISSING = "model_missing"
"""The slot's word, also before its first look; answers say `model_unavailable` where nothing is in service."""


def load(folder: Path) -> PriceBook:
    """The book in `folder`. Raises ModelRefused where it is damaged."""
    try:
        # The slot has verified every file against the digests of the registry just before.
        return PriceBook.load(folder, verify=False)
    except PriceBookDamaged as error:
        raise ModelRefused(str(error), "model_damaged") from error


def check(book: PriceBook, folder: Path) -> None:
    """Some products are priced as they would be. Raises ModelRefused where that fails or is no number."""
    guard = Guardrails(DEFAULT_RULES)
    for product in list(book.policy.fits)[:CHECKED]:
        base = max(2, round(book.policy.fits[product].base))
        context = PriceContext(product_id=product, currency=book.terms.currency, current=base, cost=base // 2)
        ladder = Ladder.spread(guard, context, weeks=2)
        terms = Terms(weeks=2, stock=5, cost=base / 2, salvage=base / 4)
        try:
            value = book.policy.propose(product, terms, ladder)
        except (ValueError, ArithmeticError) as error:
            raise ModelRefused(f"{folder.name}: no price for {product}: {error}") from error
        if not math.isfinite(value):
            raise ModelRefused(f"{folder.name}: {value} is no price for {product}")


class SlotBooks:
    """A `ModelSlot` of price books, as the use cases look at it."""

    def __init__(self, slot: ModelSlot[PriceBook]) -> None:
        self._slot = slot

    def current(self) -> Standing:
        loaded = self._slot.current
        return Standing(None) if loaded is None else Standing(loaded.model, loaded.version.label)

    @property
    def degraded(self) -> tuple[str, ...]:
        lacking = tuple(reason for reason in self._slot.degraded if reason != MISSING)
        return lacking if self._slot.current is not None else ("model_unavailable", *lacking)
