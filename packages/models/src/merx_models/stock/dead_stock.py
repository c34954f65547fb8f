"""What stands on the shelf and will not go: a report by product, dearest first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["dead", "excess", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is held of a product: units, cost a unit (minor units), days since the last sale (None: never) and since it
    came in, and mean daily demand as forecast."""

    product_id: str
    stock: int
    cost: int
    days_since_sale: int | None
    days_since_arrival: int
    daily_demand: float

    def __post_init__(self) -> None:
        """Raises ValueError, by product and field, where something is missing or below 0."""
        for name in ("stock", "cost", "days_since_arrival", "daily_demand"):
            value = getattr(self, name)
            if value is None or not 0 <= value < math.inf:
                raise ValueError(f"{self.product_id}: {name} must be known and not below 0, got {value}")
        if self.days_since_sale is not None and self.days_since_sale < 0:
            raise ValueError(f"{self.product_id}: days_since_sale must not be below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadStockSettings:
    """Dead: older than `grace_days`, nothing sold for `dead_days`. Excess: stock beyond `cover_days` of demand. Slow:
    more than half of that cover."""

    grace_days: int = 60
    dead_days: int = 90
    cover_days: int = 120

    def __post_init__(self) -> None:
        if min(self.grace_days, self.dead_days) < 0 or self.cover_days < 1:
            raise ValueError("days are not below 0, and a cover is at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`excess` units more than demand takes within the cover, `value` what they cost (minor units); `cover_days` is
    None where nothing is expected to sell at all."""

    product_id: str
    verdict: Verdict
    excess: int
    value: int
    cover_days: float | None


def dead_stock(holdings: Sequence[Holding], settings: DeadStockSettings | None = None) -> list[Finding]:
    """The products with more than they will sell, the most money first; what is new or sells is left out."""
    chosen = settings or DeadStockSettings()
    found = [finding for holding in holdings if (finding := _judge(holding, chosen)) is not None]
    return sorted(found, key=lambda finding: (-finding.value, finding.product_id))


def _judge(holding: Holding, settings: DeadStockSettings) -> Finding | None:
    if holding.stock == 0 or holding.days_since_arrival < settings.grace_days:
        return None
    cover = holding.stock / holding.daily_demand if holding.daily_demand > 0 else None
    idle = holding.days_since_arrival if holding.days_since_sale is None else holding.days_since_sale
    wanted = math.ceil(holding.daily_demand * settings.cover_days)
    excess = max(holding.stock - wanted, 0)
    verdict: Verdict
    if idle >= settings.dead_days:
        verdict, excess = "dead", holding.stock
    elif excess > 0:
        verdict = "excess"
    elif cover is not None and cover > settings.cover_days / 2:
        verdict = "slow"
    else:
        return None
    return Finding(
        product_id=holding.product_id,
        verdict=verdict,
        excess=excess,
        value=excess * holding.cost,
        cover_days=cover,
    )
