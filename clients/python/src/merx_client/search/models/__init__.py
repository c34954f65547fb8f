"""Contains all the data models used in inputs/outputs"""

from .attribute_suggestion import AttributeSuggestion
from .attributes_request import AttributesRequest
from .attributes_response import AttributesResponse
from .attributes_response_attributes import AttributesResponseAttributes
from .embedding import Embedding
from .embedding_object import EmbeddingObject
from .embedding_usage import EmbeddingUsage
from .embeddings_request import EmbeddingsRequest
from .embeddings_request_encoding_format import EmbeddingsRequestEncodingFormat
from .embeddings_request_input_type import EmbeddingsRequestInputType
from .embeddings_response import EmbeddingsResponse
from .embeddings_response_object import EmbeddingsResponseObject
from .facet_value import FacetValue
from .feature_share import FeatureShare
from .found_explanation import FoundExplanation
from .found_product import FoundProduct
from .guess import Guess
from .lookalikes_response import LookalikesResponse
from .model_entry import ModelEntry
from .model_entry_object import ModelEntryObject
from .model_list import ModelList
from .model_list_object import ModelListObject
from .order import Order
from .picture_colour import PictureColour
from .search_explain_request import SearchExplainRequest
from .search_explain_response import SearchExplainResponse
from .search_filters import SearchFilters
from .search_filters_attributes import SearchFiltersAttributes
from .search_request import SearchRequest
from .search_response import SearchResponse
from .search_response_facets import SearchResponseFacets
from .search_response_recognised import SearchResponseRecognised
from .signal import Signal
from .suggestions_response import SuggestionsResponse

__all__ = (
    "AttributesRequest",
    "AttributesResponse",
    "AttributesResponseAttributes",
    "AttributeSuggestion",
    "Embedding",
    "EmbeddingObject",
    "EmbeddingsRequest",
    "EmbeddingsRequestEncodingFormat",
    "EmbeddingsRequestInputType",
    "EmbeddingsResponse",
    "EmbeddingsResponseObject",
    "EmbeddingUsage",
    "FacetValue",
    "FeatureShare",
    "FoundExplanation",
    "FoundProduct",
    "Guess",
    "LookalikesResponse",
    "ModelEntry",
    "ModelEntryObject",
    "ModelList",
    "ModelListObject",
    "Order",
    "PictureColour",
    "SearchExplainRequest",
    "SearchExplainResponse",
    "SearchFilters",
    "SearchFiltersAttributes",
    "SearchRequest",
    "SearchResponse",
    "SearchResponseFacets",
    "SearchResponseRecognised",
    "Signal",
    "SuggestionsResponse",
)
