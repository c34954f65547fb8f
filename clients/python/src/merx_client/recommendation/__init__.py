"""The calls of Merx recommendation, each for callers that wait and (`_async`) for asyncio."""

from .api.calls.get_products_id_similar import get_products_id_similar, get_products_id_similar_async
from .api.calls.post_recommendations import post_recommendations, post_recommendations_async
from .api.calls.post_recommendations_explain import post_recommendations_explain, post_recommendations_explain_async
from .api.calls.post_rerank import post_rerank, post_rerank_async
from .api.streams.get_recommendations_stream import get_recommendations_stream, get_recommendations_stream_async
from .types import UNSET, File, Unset

__all__ = (
    "UNSET",
    "File",
    "Unset",
    "post_recommendations",
    "post_recommendations_async",
    "post_recommendations_explain",
    "post_recommendations_explain_async",
    "post_rerank",
    "post_rerank_async",
    "get_products_id_similar",
    "get_products_id_similar_async",
    "get_recommendations_stream",
    "get_recommendations_stream_async",
)
