"""The calls of Merx pricing, each for callers that wait and (`_async`) for asyncio."""

from .api.calls.get_prices_audit import get_prices_audit, get_prices_audit_async
from .api.calls.get_products_id_elasticity import get_products_id_elasticity, get_products_id_elasticity_async
from .api.calls.get_products_id_forecast import get_products_id_forecast, get_products_id_forecast_async
from .api.calls.post_prices_quote import post_prices_quote, post_prices_quote_async
from .api.calls.post_prices_simulate import post_prices_simulate, post_prices_simulate_async
from .api.calls.post_replenishment_plan import post_replenishment_plan, post_replenishment_plan_async
from .types import UNSET, File, Unset

__all__ = (
    "UNSET",
    "File",
    "Unset",
    "post_prices_quote",
    "post_prices_quote_async",
    "post_prices_simulate",
    "post_prices_simulate_async",
    "get_prices_audit",
    "get_prices_audit_async",
    "post_replenishment_plan",
    "post_replenishment_plan_async",
    "get_products_id_elasticity",
    "get_products_id_elasticity_async",
    "get_products_id_forecast",
    "get_products_id_forecast_async",
)
