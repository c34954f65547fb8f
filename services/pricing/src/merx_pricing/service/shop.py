"""The shop as pricing sees it: facts, book and house rules, looked at together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from merx_models.demand.forecast_table import Period, ProductForecast
from merx_models.guardrails import Guardrails
from merx_models.pricing.book import PriceBook
from merx_pricing.domain import Facts, HouseTerms, Rollout, Situation, read
from merx_pricing.domain.house_rules import DAY_US
from merx_pricing.errors import DemandUnknown, ModelNotReady, NoForecast, UnknownProduct
from merx_pricing.ports import Books, Knowledge

LEVELS = 2
"""Of a category's path: those that elasticities and forecasts are pooled by."""
SEPARATOR = " > "


def category_of(book: PriceBook, facts: Facts) -> str:
    """A product's category by the names of the book; new products by their path."""
    return book.category.get(facts.product_id) or SEPARATOR.join(facts.category[:LEVELS])


def forecast_of(book: PriceBook, facts: Facts, period: Period, channel: str | None) -> ProductForecast:
    """Raises NoForecast where the book has none by this period, or in this channel."""
    try:
        return book.forecast(facts.product_id, period, channel, category=category_of(book, facts))
    except KeyError as error:
        raise NoForecast(str(error.args[0])) from error


def wall_us() -> int:
    return time.time_ns() // 1_000


@dataclass(frozen=True, kw_only=True)
class Shop:
    """`clock` gives microseconds since 1970, `zone` where days begin."""

    books: Books
    knowledge: Knowledge
    guard: Guardrails
    terms: HouseTerms = field(default_factory=HouseTerms)
    rollout: Rollout = field(default_factory=Rollout)
    zone: tzinfo = UTC
    valid_s: float = 900.0
    clock: Callable[[], int] = wall_us

    def book(self) -> tuple[PriceBook, str]:
        """The book in service and its version. Raises ModelNotReady where there is none yet."""
        standing = self.books.current()
        if standing.book is None:
            raise ModelNotReady
        return standing.book, standing.version

    def facts(self, product_id: str) -> Facts:
        """Raises UnknownProduct."""
        facts = self.knowledge.table.get(product_id)
        if facts is None:
            raise UnknownProduct(f"no product {product_id!r}")
        return facts

    def situation(self, facts: Facts, now_us: int) -> Situation:
        """Raises DemandUnknown for a product without a price, or with one beyond all bounds: there is nothing to start
        from."""
        others = self.knowledge.table.relatives(facts)
        try:
            return read(facts, others, terms=self.terms, now_us=now_us, zone=self.zone)
        except ValueError as error:
            raise DemandUnknown(f"product {facts.product_id!r}: {error}") from error

    def valid_until(self, now_us: int) -> datetime:
        """When a price of now ends: after `valid_s`, and no later than the day, whose rules end with it."""
        now = datetime.fromtimestamp(now_us / 1e6, self.zone)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return min(now + timedelta(seconds=self.valid_s), midnight).astimezone(UTC)

    def degraded(self, now_us: int) -> tuple[str, ...]:
        """What answers lack: model, log, and feeds that were told once and have fallen silent."""
        table, lacking = self.knowledge.table, [*self.books.degraded, *self.knowledge.degraded]
        if 0 < table.costs_us < now_us - self.terms.cost_days * DAY_US:
            lacking.append("costs_stale")
        if 0 < table.rivals_us < now_us - self.terms.competitor_days * DAY_US:
            lacking.append("competitor_prices_stale")
        if 0 < table.stock_us < now_us - self.terms.stock_days * DAY_US:
            lacking.append("stock_stale")
        return tuple(lacking)
