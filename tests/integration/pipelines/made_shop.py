"""A made-up shop with habits: everyone has favourites and buys most of them again every week."""

from datetime import UTC, datetime, timedelta

import numpy as np

from merx_core.catalogue import Product
from merx_core.events import Channel, CloudEvent, Event, EventType, Line
from merx_core.money import Money

END = datetime(2026, 10, 1, 12, tzinfo=UTC)
SHOPPERS, PRODUCTS, WEEKS, FAVOURITES = 60, 80, 12, 6
KINDS = ("Bread", "Milk", "Fruit", "Tea")


def products() -> list[CloudEvent]:
    made = []
    for number in range(PRODUCTS):
        kind = KINDS[number % len(KINDS)]
        made.append(
            Product(
                product_id=f"p{number:03}",
                title=f"{kind} number {number // len(KINDS)}",
                brand=f"Brand {number % 7}",
                category=("Food", kind),
                price=Money(100 + 5 * number, "EUR"),
            )
        )
    return [CloudEvent.upsert(product, "made", END - timedelta(weeks=WEEKS)) for product in made]


def purchases(seed: int = 0) -> list[CloudEvent]:
    """One order a shopper and week, at their own hour: most favourites, and something else."""
    rng = np.random.default_rng(seed)
    favourites = [rng.choice(PRODUCTS, FAVOURITES, replace=False) for _ in range(SHOPPERS)]
    hours = rng.integers(1, 160, SHOPPERS)
    records = []
    for week in range(WEEKS):
        for shopper in range(SHOPPERS):
            chosen = favourites[shopper][rng.random(FAVOURITES) < 0.7]
            basket = sorted({*chosen.tolist(), int(rng.integers(PRODUCTS))})
            event = Event(
                message_id=f"order-{week}-{shopper}",
                type=EventType.PURCHASE,
                time=END - timedelta(weeks=WEEKS - week) + timedelta(hours=int(hours[shopper])),
                customer_id=str(shopper),
                channel=Channel.WEB,
                order_id=f"order-{week}-{shopper}",
                lines=tuple(Line(f"p{number:03}", 1, Money(100 + 5 * number, "EUR")) for number in basket),
            )
            records.append(CloudEvent.wrap(event, "made"))
    return records
