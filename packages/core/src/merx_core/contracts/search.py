"""Requests and answers of the search service."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from merx_core.catalogue import ProductKey
from merx_core.events import Key

MAX_QUERY = 1_000
MAX_PICTURE_BYTES = 12_000_000
EncodedText = Annotated[str, Meta(min_length=1, max_length=8_000)]
Labels = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=100)]
ColumnName = Annotated[str, Meta(min_length=1, max_length=100)]
MinorUnits = Annotated[int, Meta(ge=0, le=2**53)]
Picture = Annotated[bytes, Meta(min_length=1, max_length=MAX_PICTURE_BYTES)]
"""The bytes of a JPEG, PNG or WebP file; in JSON as base64."""


SERVICE = "search"
"""The service's name in its exposures."""


class Shown(StrEnum):
    """`placement` of a search's exposure: what was asked with, or that the caller chose another order than relevance.
    Its `arm` is the answer's `method`."""

    WORDS = "words"
    PICTURE = "picture"
    PICTURE_AND_WORDS = "picture_and_words"
    SORTED = "sorted"


class Signal(StrEnum):
    """What else than the words moves a product up or down; each can be switched off."""

    POPULARITY = "popularity"
    STOCK = "stock"
    TASTE = "taste"


class Order(StrEnum):
    """How an answer is ordered; products without a price stand last in either order of prices."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESCENDING = "price_descending"
    POPULARITY = "popularity"


class SearchFilters(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every product found must keep: of each list at least one value, compared as a whole and as it is written.

    `categories` may name any level of a product's path. Prices are minor units of the catalogue's currency, both ends
    included. A value that no product carries finds nothing; an attribute that no product has is refused.
    """

    categories: Labels = ()
    brands: Labels = ()
    attributes: Annotated[dict[ColumnName, Labels], Meta(max_length=20)] = {}
    price_min: MinorUnits | None = None
    price_max: MinorUnits | None = None
    in_stock: bool = True


class SearchRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Words, a picture, or both ("this, in red": `words` is the share that the words count); neither lists the
    products that pass the filters, the most popular first.

    `customer_id` or `anonymous_id` bring the shopper's own taste in. `facets` are "brand", "category" or
    "attributes.<name>". `filter_by_picture` names attributes that are read from the picture and kept as filters where
    the model is sure of them. `cursor` is `next_cursor` of the answer before.
    """

    query: Annotated[str, Meta(max_length=MAX_QUERY)] = ""
    image: Picture | None = None
    words: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    customer_id: Key | None = None
    anonymous_id: Key | None = None
    filters: SearchFilters = SearchFilters()
    filter_by_picture: Annotated[tuple[ColumnName, ...], Meta(max_length=10)] = ()
    facets: Annotated[tuple[ColumnName, ...], Meta(max_length=20)] = ()
    sort: Order = Order.RELEVANCE
    size: Annotated[int, Meta(ge=1, le=100)] = 24
    cursor: Annotated[str, Meta(max_length=200)] = ""
    signals_off: tuple[Signal, ...] = ()
    correct_spelling: bool = True


class FoundProduct(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`legs` say what found it: "words" (BM25), "meaning" (sentence vectors), "picture", or "browse". `picture` is the
    path of a small picture below the service's address, where there is one."""

    product_id: str
    title: str
    score: float
    legs: tuple[str, ...] = ()
    price: int | None = None
    currency: str = ""
    in_stock: bool = True
    brand: str = ""
    picture: str = ""


class FacetValue(msgspec.Struct, frozen=True):
    """A value and how many of the products found carry it."""

    value: str
    count: int


class Guess(msgspec.Struct, frozen=True):
    """A value read from a picture, and how sure the model is of it, 0 to 1."""

    value: str
    confidence: float


class SearchResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`method` says how the order was made ("lambdarank", "rrf", "picture", "picture_and_words", "browse").

    `searched` is the text that was searched where it is not the one that was typed; `did_you_mean` is a question.
    `recovery` names what was changed because nothing was found: "spelling", "filters" (left out) or "popular".
    `total` counts the products that can be paged through. `recognised` are the filters read from the picture.
    """

    request_id: str
    model_version: str
    method: str
    items: tuple[FoundProduct, ...]
    total: int
    facets: dict[str, tuple[FacetValue, ...]] = {}
    searched: str | None = None
    did_you_mean: str | None = None
    recovery: tuple[str, ...] = ()
    recognised: dict[str, tuple[Guess, ...]] = {}
    next_cursor: str = ""
    degraded: tuple[str, ...] = ()


class SearchExplainRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why these products stand where they do in the answer to `request` (words; a picture is not explained)."""

    request: SearchRequest
    product_ids: Annotated[tuple[ProductKey, ...], Meta(min_length=1, max_length=20)]


class FeatureShare(msgspec.Struct, frozen=True):
    """A feature's value (null: not known), and what it added to the score."""

    feature: str
    value: float | None
    contribution: float


class FoundExplanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """`base` and all contributions add up to `score`; `found` is false where neither leg brings the product."""

    product_id: str
    found: bool
    legs: tuple[str, ...] = ()
    score: float = 0.0
    base: float = 0.0
    features: tuple[FeatureShare, ...] = ()


class SearchExplainResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    method: str
    searched: str
    items: tuple[FoundExplanation, ...]
    degraded: tuple[str, ...] = ()


class AttributesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photograph, and how many guesses of each attribute are wanted."""

    image: Picture
    top: Annotated[int, Meta(ge=1, le=10)] = 3


class PictureColour(msgspec.Struct, frozen=True):
    """`share` of the thing's area, 0 to 1; `typical` is the mean of that area as #rrggbb."""

    name: str
    share: float
    typical: str


class AttributesResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`attributes` has "category" (fine), what the catalogue says of its classes, and "pattern"; likeliest first."""

    request_id: str
    model_version: str
    attributes: dict[str, tuple[Guess, ...]]
    colours: tuple[PictureColour, ...]
    degraded: tuple[str, ...] = ()


class LookalikesQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many products that look alike, and whether those out of stock may be among them."""

    size: Annotated[int, Meta(ge=1, le=100)] = 20
    in_stock: bool = True


class ProductPath(msgspec.Struct, frozen=True):
    id: ProductKey


class LookalikesResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    product_id: str
    items: tuple[FoundProduct, ...]
    degraded: tuple[str, ...] = ()


class SuggestionsQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """`least` is the confidence that a suggestion has at least."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    least: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    cursor: Annotated[str, Meta(max_length=200)] = ""


class AttributeSuggestion(msgspec.Struct, frozen=True):
    """A value that the catalogue lacks, as read from a picture: for a person, or the shop's own rule, to take over.

    `picture` and `model_version` say where it comes from. Merx never writes it into the catalogue.
    """

    product_id: str
    attribute: str
    value: str
    confidence: float
    picture: str
    model_version: str


class SuggestionsResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    items: tuple[AttributeSuggestion, ...]
    next_cursor: str = ""
    degraded: tuple[str, ...] = ()


class EmbeddingsRequest(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """OpenAI's `POST /v1/embeddings`: one text or up to 256; `model` is one of `GET /v1/models`.
    Beside OpenAI's fields: whether texts are passages (what is looked for) or queries, which some models read apart."""

    input: (
        Annotated[str, Meta(min_length=1, max_length=8_000)]
        | Annotated[
            tuple[Annotated[str, Meta(min_length=1, max_length=8_000)], ...], Meta(min_length=1, max_length=256)
        ]
    )
    model: Annotated[str, Meta(min_length=1, max_length=100)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Meta(ge=1, le=4_096)] | None = None
    user: str = ""
    input_type: Literal["query", "passage"] = "passage"


class Embedding(msgspec.Struct, frozen=True, kw_only=True):
    """The vector as numbers, or as base64 of little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: tuple[float, ...] | str


class EmbeddingUsage(msgspec.Struct, frozen=True):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["list"] = "list"
    data: tuple[Embedding, ...]
    model: str
    usage: EmbeddingUsage


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "merx"


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["list"] = "list"
    data: tuple[ModelEntry, ...]
