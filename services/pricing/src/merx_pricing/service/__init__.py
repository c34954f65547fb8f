"""The use cases: prices with their reasons, what would sell at others, what is known of demand, what to order."""

from merx_pricing.service.adviser import Adviser
from merx_pricing.service.planner import Planner
from merx_pricing.service.pricer import Pricer
from merx_pricing.service.quoter import Quoter
from merx_pricing.service.shop import Shop

__all__ = ["Adviser", "Planner", "Pricer", "Quoter", "Shop"]
