"""What to order, what will not sell, and how to sell it off."""

from collections.abc import Sequence

import numpy as np

from merx_core.contracts.pricing import ReplenishLine
from merx_kit.errors import MerxError
from merx_models.demand.quantiles import LEVELS
from merx_models.guardrails.rules import WHOLE
from merx_models.pricing.book import PriceBook
from merx_models.pricing.task import Ladder, Terms
from merx_models.stock.clearance import Clearance, clear
from merx_models.stock.dead_stock import Finding, Holding, dead_stock
from merx_models.stock.forecast import QuantileForecast
from merx_models.stock.orders import LeadTime, Shelf, Supply, order
from merx_pricing.domain import Facts, Failed, Planned
from merx_pricing.domain.house_rules import DAY_US
from merx_pricing.errors import DemandUnknown, NoForecast, StockUnknown, SupplyRefused, UnknownProduct
from merx_pricing.service.shop import Shop, forecast_of

WEEK_DAYS = 7.0


class Planner:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def plan(
        self, lines: Sequence[ReplenishLine], *, channel: str | None, clearance_weeks: int | None
    ) -> tuple[str, list[Planned], list[Failed]]:
        """Version, and each line's plan or why it has none. Raises ModelNotReady."""
        book, version = self._shop.book()
        planned, failed = [], []
        for place, line in enumerate(lines):
            try:
                planned.append(self._one(book, line, channel=channel, clearance_weeks=clearance_weeks))
            except REFUSED as error:
                failed.append(Failed(place, line.product_id, error))
        return version, planned, failed

    def _one(
        self, book: PriceBook, line: ReplenishLine, *, channel: str | None, clearance_weeks: int | None
    ) -> Planned:
        facts = self._shop.facts(line.product_id)
        on_hand = facts.stock if line.on_hand is None else line.on_hand
        if on_hand is None:
            raise StockUnknown(f"no stock of product {line.product_id!r} is on record: tell on_hand")
        told = forecast_of(book, facts, "week", channel)
        demand = QuantileForecast.rearranged(LEVELS, np.maximum(told.quantiles, 0.0))
        shelf = Shelf(on_hand=on_hand, on_order=line.on_order, owed=line.owed)
        surplus = self._surplus(book, facts, on_hand, demand)
        markdown = None
        if surplus is not None and clearance_weeks is not None:
            markdown = self._clearance(book, facts, on_hand, clearance_weeks)
        made = order(demand, _supply(line), shelf)
        return Planned(product_id=line.product_id, order=made, surplus=surplus, clearance=markdown)

    def _surplus(self, book: PriceBook, facts: Facts, on_hand: int, demand: QuantileForecast) -> Finding | None:
        """The arrival is taken to be as old as the oldest price on record, or the last sale that is known; what never
        sold is as if it had last sold then."""
        if facts.cost is None:
            return None
        now_us = self._shop.clock()
        told_us, sold = facts.history[0][0] if facts.history else now_us, book.last_sale(facts.product_id)
        sold_us = told_us if sold is None else int(sold.timestamp() * 1e6)
        first_us = min(told_us, sold_us)
        holding = Holding(
            product_id=facts.product_id,
            stock=on_hand,
            cost=facts.cost.amount,
            days_since_sale=max(0, int((now_us - sold_us) // DAY_US)),
            days_since_arrival=max(0, int((now_us - first_us) // DAY_US)),
            daily_demand=float(demand.values.mean()) / WEEK_DAYS,
        )
        found = dead_stock([holding])
        return found[0] if found else None

    def _clearance(self, book: PriceBook, facts: Facts, on_hand: int, weeks: int) -> Clearance | None:
        """None where the product's demand or cost is not known, or nothing is there to sell."""
        if facts.product_id not in book.policy.fits or on_hand < 1:
            return None
        context = self._shop.situation(facts, self._shop.clock()).context
        if context.cost is None or context.currency != book.terms.currency:
            return None
        salvage = context.cost * self._shop.terms.salvage_bp / WHOLE
        terms = Terms(weeks=weeks, stock=on_hand, cost=float(context.cost), salvage=salvage)
        ladder = Ladder.spread(self._shop.guard, context, weeks=weeks)
        return clear(book.policy.belief(facts.product_id), terms, ladder)


REFUSED: tuple[type[MerxError], ...] = (UnknownProduct, DemandUnknown, NoForecast, StockUnknown, SupplyRefused)
"""Why one line may have no plan, and the others one."""


def _supply(line: ReplenishLine) -> Supply:
    try:
        lead = LeadTime(
            periods=tuple(lead.weeks for lead in line.lead), chances=tuple(lead.chance for lead in line.lead)
        )
        return Supply(
            lead_time=lead,
            review=line.review_weeks,
            order_cost=line.order_cost,
            holding=line.holding,
            pack=line.pack,
            least=line.least,
            service=line.service,
        )
    except ValueError as error:
        raise SupplyRefused(f"{error}") from error
