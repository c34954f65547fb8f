"""Contains all the data models used in inputs/outputs"""

from .channel import Channel
from .contribution import Contribution
from .explain_request import ExplainRequest
from .explain_response import ExplainResponse
from .filters import Filters
from .item_explanation import ItemExplanation
from .placement import Placement
from .reason import Reason
from .recommend_request import RecommendRequest
from .recommend_response import RecommendResponse
from .recommended_item import RecommendedItem
from .rerank_document import RerankDocument
from .rerank_request import RerankRequest
from .rerank_response import RerankResponse
from .rerank_result import RerankResult
from .similar_response import SimilarResponse

__all__ = (
    "Channel",
    "Contribution",
    "ExplainRequest",
    "ExplainResponse",
    "Filters",
    "ItemExplanation",
    "Placement",
    "Reason",
    "RecommendedItem",
    "RecommendRequest",
    "RecommendResponse",
    "RerankDocument",
    "RerankRequest",
    "RerankResponse",
    "RerankResult",
    "SimilarResponse",
)
