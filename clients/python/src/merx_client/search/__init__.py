"""The calls of Merx search, each for callers that wait and (`_async`) for asyncio."""

from .api.calls.get_attribute_suggestions import get_attribute_suggestions, get_attribute_suggestions_async
from .api.calls.get_models import get_models, get_models_async
from .api.calls.get_products_id_lookalikes import get_products_id_lookalikes, get_products_id_lookalikes_async
from .api.calls.get_products_id_picture import get_products_id_picture, get_products_id_picture_async
from .api.calls.post_embeddings import post_embeddings, post_embeddings_async
from .api.calls.post_images_attributes import post_images_attributes, post_images_attributes_async
from .api.calls.post_search import post_search, post_search_async
from .api.calls.post_search_explain import post_search_explain, post_search_explain_async
from .types import UNSET, File, Unset

__all__ = (
    "UNSET",
    "File",
    "Unset",
    "post_search",
    "post_search_async",
    "post_search_explain",
    "post_search_explain_async",
    "post_images_attributes",
    "post_images_attributes_async",
    "get_attribute_suggestions",
    "get_attribute_suggestions_async",
    "post_embeddings",
    "post_embeddings_async",
    "get_models",
    "get_models_async",
    "get_products_id_lookalikes",
    "get_products_id_lookalikes_async",
    "get_products_id_picture",
    "get_products_id_picture_async",
)
