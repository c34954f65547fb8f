"""What the shop lays down: its rules, how a season is counted, how old a fact may be, and what is applied."""

import zlib
from dataclasses import dataclass

from merx_core.contracts.pricing import Mode
from merx_models.guardrails import Change, Competitor, Fairness, ListPrice, Margin, RuleSet
from merx_models.guardrails.rules import WHOLE

DAY_US = 86_400_000_000

DEFAULT_RULES = RuleSet(
    name="default",
    margin=Margin(floor_bp=500),
    change=Change(up_bp=500, down_bp=1_000),
    list_price=ListPrice(floor_bp=5_000, ceiling_bp=WHOLE),
    competitor=Competitor(ceiling_bp=12_000),
    fairness=Fairness(largest_offer_bp=2_000),
)
"""Where no file of rules is given: slow steps, never above the list price, never near the cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseTerms:
    """`weeks` that the policy looks ahead, what a unit left then is worth and what keeping it for a week costs (shares
    of its cost), the tax within prices, and after how many days a cost, a competitor's price and a stock level are too
    old to be built on."""

    weeks: int = 4
    salvage_bp: int = 7_000
    holding_bp: int = 20
    tax_bp: int = 0
    cost_days: int = 180
    competitor_days: int = 7
    stock_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Which products are priced by Merx. Chance picks products, never shoppers: everybody is asked the same. A family
    is in or out as a whole; `experiment` is the seed."""

    mode: Mode = Mode.SHADOW
    share_bp: int = 0
    experiment: str = "pricing"

    def applies(self, product_id: str, family: str = "") -> bool:
        if self.mode is not Mode.STAGED:
            return self.mode is Mode.LIVE
        drawn = zlib.crc32(f"{self.experiment}/{family or product_id}".encode())
        return drawn % WHOLE < self.share_bp
