"""The calls of Merx intake, each for callers that wait and (`_async`) for asyncio."""

from .api.calls.delete_products_id import delete_products_id, delete_products_id_async
from .api.calls.get_imports import get_imports, get_imports_async
from .api.calls.get_imports_id import get_imports_id, get_imports_id_async
from .api.calls.post_competitor_prices_batch import post_competitor_prices_batch, post_competitor_prices_batch_async
from .api.calls.post_costs_batch import post_costs_batch, post_costs_batch_async
from .api.calls.post_events import post_events, post_events_async
from .api.calls.post_imports import post_imports, post_imports_async
from .api.calls.post_products_batch import post_products_batch, post_products_batch_async
from .api.calls.post_stock_batch import post_stock_batch, post_stock_batch_async
from .api.calls.put_products_id import put_products_id, put_products_id_async
from .types import UNSET, File, Unset

__all__ = (
    "UNSET",
    "File",
    "Unset",
    "post_events",
    "post_events_async",
    "post_products_batch",
    "post_products_batch_async",
    "post_stock_batch",
    "post_stock_batch_async",
    "post_costs_batch",
    "post_costs_batch_async",
    "post_competitor_prices_batch",
    "post_competitor_prices_batch_async",
    "get_imports",
    "get_imports_async",
    "post_imports",
    "post_imports_async",
    "put_products_id",
    "put_products_id_async",
    "delete_products_id",
    "delete_products_id_async",
    "get_imports_id",
    "get_imports_id_async",
)
