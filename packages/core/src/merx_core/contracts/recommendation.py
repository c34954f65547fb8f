"""Requests and answers of the recommendation service."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from merx_core.catalogue import ProductKey
from merx_core.events import Channel, Key

MAX_EXCLUSIONS = 10_000
ProductKeys = Annotated[tuple[ProductKey, ...], Meta(max_length=200)]


class Placement(StrEnum):
    """Where a list is shown; it decides the quotas of the candidate sources."""

    HOME = "home"
    PRODUCT = "product"
    CART = "cart"
    EMAIL = "email"


class Filters(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Hard rules on every item shown. Prices are in minor units of the catalogue's currency, both ends included."""

    categories: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    exclude_categories: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    price_min: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    price_max: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    in_stock: bool = True


class RecommendRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Who asks, where the list is shown, and the rules it must keep.

    `product_ids` are what the page is about: the product of a product page, the lines of a cart. `recent` are products
    that the shopper touched in this session, oldest first; they count before any event has arrived. `candidates`
    limits the list to these products (ranking only).
    """

    customer_id: Key | None = None
    anonymous_id: Key | None = None
    session_id: Key | None = None
    channel: Channel = Channel.WEB
    placement: Placement = Placement.HOME
    size: Annotated[int, Meta(ge=1, le=100)] = 20
    product_ids: ProductKeys = ()
    recent: ProductKeys = ()
    candidates: Annotated[tuple[ProductKey, ...], Meta(max_length=1000)] = ()
    exclude: Annotated[tuple[ProductKey, ...], Meta(max_length=MAX_EXCLUSIONS)] = ()
    pin: Annotated[tuple[ProductKey, ...], Meta(max_length=20)] = ()
    bury: Annotated[tuple[ProductKey, ...], Meta(max_length=1000)] = ()
    filters: Filters = Filters()
    explore: bool = True


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an item is there: a stable code ("bought_before", "bought_together"), and the product it hangs on."""

    code: str
    product_id: str | None = None


class RecommendedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """`source` is what proposed the product: repeat, neighbours, sequence, graph, content, popular, explore, pinned or
    asked."""

    product_id: str
    score: float
    source: str
    reasons: tuple[Reason, ...] = ()


class RecommendResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`strategy` says how personal the list is (personal, session, segment, popular); `degraded` what was missing."""

    request_id: str
    model_version: str
    strategy: str
    items: tuple[RecommendedItem, ...]
    degraded: tuple[str, ...] = ()


class StreamQuery(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whose list, where it is shown, and the rules it must keep, as in a `RecommendRequest`; lists by repetition
    (`product_ids=1&product_ids=2`).

    `recent` counts until the shopper's events arrive. `last_event_id` stands in for the header of that name, for
    readers that cannot send it.
    """

    customer_id: Key | None = None
    anonymous_id: Key | None = None
    channel: Channel = Channel.WEB
    placement: Placement = Placement.HOME
    size: Annotated[int, Meta(ge=1, le=100)] = 20
    product_ids: ProductKeys = ()
    recent: ProductKeys = ()
    exclude: ProductKeys = ()
    categories: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    exclude_categories: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    price_min: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    price_max: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    in_stock: bool = True
    explore: bool = True
    last_event_id: str = ""


class SimilarQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many similar products, and whether those out of stock may be among them."""

    size: Annotated[int, Meta(ge=1, le=100)] = 20
    in_stock: bool = True


class SimilarPath(msgspec.Struct, frozen=True):
    id: ProductKey


class SimilarResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    request_id: str
    model_version: str
    product_id: str
    items: tuple[RecommendedItem, ...]
    degraded: tuple[str, ...] = ()


class ExplainRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Explain the scores of `product_ids` for the shopper and page of `request`."""

    request: RecommendRequest
    product_ids: Annotated[tuple[ProductKey, ...], Meta(min_length=1, max_length=20)]


class Contribution(msgspec.Struct, frozen=True):
    """How much one feature moved the score away from `base`; `value` is None where the feature is missing."""

    feature: str
    value: float | None
    contribution: float


class ItemExplanation(msgspec.Struct, frozen=True):
    """`base` plus all contributions is `score`."""

    product_id: str
    score: float
    base: float
    contributions: tuple[Contribution, ...]


class ExplainResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`method` names the algorithm; `unknown` lists the products asked for that the shop does not have."""

    request_id: str
    model_version: str
    method: str
    items: tuple[ItemExplanation, ...]
    unknown: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()


class RerankDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product as a document: its id is what counts, the text comes back where documents are asked for."""

    id: ProductKey
    text: str = ""


class RerankRequest(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The Jina / Cohere rerank shape, whose other fields are accepted and ignored.

    `query` is a profile ("c:42" a customer, "a:device" a browser), and documents are product ids or objects with one.
    """

    query: Annotated[str, Meta(min_length=3, max_length=258, pattern="^[ac]:.")]
    documents: Annotated[tuple[ProductKey | RerankDocument, ...], Meta(min_length=1, max_length=1000)]
    model: str = "recommendation"
    top_n: Annotated[int, Meta(ge=1, le=1000)] | None = None
    return_documents: bool = False


class RerankResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """`index` counts the documents of the request from 0; products that the shop does not have score 0."""

    index: int
    relevance_score: float
    document: RerankDocument | None = None


class RerankResponse(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`results` are best first; `model` names name and version of what ranked."""

    id: str
    model: str
    results: tuple[RerankResult, ...]
    degraded: tuple[str, ...] = ()
