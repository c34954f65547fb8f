"""Costs of the demo's products, made up by code: its data tells what was paid, and not what the retailer paid."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from merx_core.events import CloudEvent, CostChange
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.tables import read_products
from merx_kit.importers import CleaningReport, Progress, load
from merx_kit.importers.changes import COST, record_of

SOURCE = "/demo/made-up-costs"
LEAST, MOST = 550, 800
"""Of the price, in thousandths."""
BATCH = 5_000


def made_up_cost(product_id: str, price: Money) -> Money:
    """55 % to 80 % of the price, by the product's id alone; whole minor units, rounded down."""
    digest = hashlib.blake2b(product_id.encode(), digest_size=8).digest()
    share = LEAST + int.from_bytes(digest) % (MOST - LEAST + 1)
    return Money(price.amount * share // 1_000, price.currency)


def import_made_up_costs(log: EventLog, report: CleaningReport, *, progress: Progress) -> None:
    """Appends a cost for every product that has a price and no cost; a second time there is none such."""
    products = [product for product in read_products(log) if product.cost is None]
    prices = {product.product_id: product.price for product in products if product.price and product.price.amount > 0}
    costs = [CostChange(product_id=name, cost=made_up_cost(name, price)) for name, price in prices.items()]
    section = report.section("made-up costs")
    section.rows_in = section.rows_out = len(costs)
    report.settings["costs"] = f"made up by code, {LEAST / 10:.0f} % to {MOST / 10:.0f} % of the price ({SOURCE})"
    load(log, _batches(costs), report, total=len(costs), progress=progress)


def _batches(costs: Sequence[CostChange]) -> Iterator[list[CloudEvent]]:
    now = datetime.now(UTC)
    for start in range(0, len(costs), BATCH):
        # The id says the product alone: it has one made-up cost for ever.
        yield [
            record_of(COST, one, source=SOURCE, record_id=f"cost/{one.product_id}", time=now)
            for one in costs[start : start + BATCH]
        ]
