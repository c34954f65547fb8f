"""Between the wire and the domain; the shapes themselves are merx_core.contracts.search."""

import base64
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec
import numpy as np

from merx_core.contracts.search import (
    AttributesResponse,
    AttributeSuggestion,
    Embedding,
    EmbeddingsRequest,
    EmbeddingsResponse,
    EmbeddingUsage,
    FacetValue,
    FeatureShare,
    FoundExplanation,
    FoundProduct,
    Guess,
    LookalikesResponse,
    Order,
    PictureColour,
    SearchExplainResponse,
    SearchFilters,
    SearchRequest,
    SearchResponse,
    SuggestionsQuery,
    SuggestionsResponse,
)
from merx_core.ids import profile_of
from merx_models.pictures.model import Look
from merx_models.search_index import SELLABLE, SearchIndex
from merx_models.words.columns import Between, Columns, Filter, OneOf, Sort
from merx_search.domain import Explained, Floats, Results, SearchQuery
from merx_search.errors import BadCursor, EmptyPriceRange, UnknownColumn
from merx_search.ports import Standing

IN_STOCK = SELLABLE
ATTRIBUTES = "attributes."
SORTS = {
    Order.RELEVANCE: None,
    Order.PRICE: Sort("price"),
    Order.PRICE_DESCENDING: Sort("price", "descending"),
    Order.POPULARITY: Sort("popularity", "descending"),
}
MOST_PAGED = 10_000
"""So far a cursor leads; who wants the whole catalogue reads the event log."""


def query_of(wire: SearchRequest, columns: Columns, *, under: str = "", request_id: str = "") -> SearchQuery:
    """The query that a caller's request means; `under` is the pointer to it in the body.

    Raises UnknownColumn, EmptyPriceRange, BadCursor.
    """
    return SearchQuery(
        request_id=request_id,
        text=wire.query.strip(),
        image=wire.image,
        words=wire.words,
        profile_id=profile_of(wire.customer_id, wire.anonymous_id),
        filters=tuple(_filters(wire.filters, columns, f"{under}/filters")),
        always=always_of(in_stock=wire.filters.in_stock),
        by_picture=wire.filter_by_picture,
        facets=tuple(_facets(wire.facets, columns, f"{under}/facets")),
        sort=SORTS[wire.sort],
        start=start_of(wire.cursor, f"{under}/cursor", most=MOST_PAGED),
        size=wire.size,
        signals_off=tuple(signal.value for signal in wire.signals_off),
        correct_spelling=wire.correct_spelling,
    )


def always_of(*, in_stock: bool) -> tuple[Filter, ...]:
    """What no recovery leaves out."""
    return (IN_STOCK,) if in_stock else ()


def search_response(results: Results, index: SearchIndex, request_id: str) -> SearchResponse:
    shown = results.start + len(results.hits)
    more = bool(results.hits) and shown < min(results.total, MOST_PAGED)
    return SearchResponse(
        request_id=request_id,
        model_version=results.version,
        method=results.method,
        items=tuple(_items(results, index)),
        total=results.total,
        facets={
            column: tuple(FacetValue(value, count) for value, count in counts.items())
            for column, counts in results.facets.items()
        },
        searched=results.searched,
        did_you_mean=results.did_you_mean,
        recovery=results.recovery,
        recognised={
            name: tuple(Guess(each.value, round(each.confidence, 4)) for each in guesses)
            for name, guesses in results.recognised.items()
        },
        next_cursor=cursor_of(shown) if more else "",
        degraded=results.degraded,
    )


def lookalikes_response(results: Results, index: SearchIndex, product_id: str, request_id: str) -> LookalikesResponse:
    return LookalikesResponse(
        request_id=request_id,
        model_version=results.version,
        product_id=product_id,
        items=tuple(_items(results, index)),
        degraded=results.degraded,
    )


def explain_response(explained: Explained, request_id: str) -> SearchExplainResponse:
    return SearchExplainResponse(
        request_id=request_id,
        model_version=explained.version,
        method=explained.method,
        searched=explained.searched,
        items=tuple(
            FoundExplanation(
                product_id=why.product_id,
                found=why.found,
                legs=why.legs,
                score=why.score,
                base=why.base,
                features=tuple(FeatureShare(*share) for share in why.features),
            )
            for why in explained.items
        ),
        degraded=explained.degraded,
    )


def attributes_response(
    look: Look, standing: Standing, request_id: str, *, degraded: tuple[str, ...]
) -> AttributesResponse:
    return AttributesResponse(
        request_id=request_id,
        model_version=standing.version,
        attributes={
            name: tuple(Guess(guess.value, round(guess.confidence, 4)) for guess in guesses)
            for name, guesses in look.attributes.items()
        },
        colours=tuple(
            PictureColour(colour.name, round(colour.share, 4), "#{:02x}{:02x}{:02x}".format(*colour.typical))
            for colour in look.colours
        ),
        degraded=degraded,
    )


def suggestions_response(
    standing: Standing, query: SuggestionsQuery, request_id: str, *, degraded: tuple[str, ...]
) -> SuggestionsResponse:
    """A page of the values that the catalogue still lacks; those of products that are gone are left out."""
    start = start_of(query.cursor, "cursor")
    kept = [
        each
        for each in standing.index.suggestions
        if each.confidence >= query.least and each.product_id in standing.index.cards
    ]
    page = kept[start : start + query.limit]
    end = start + len(page)
    return SuggestionsResponse(
        request_id=request_id,
        model_version=standing.version,
        items=tuple(
            AttributeSuggestion(
                product_id=each.product_id,
                attribute=each.attribute,
                value=each.value,
                confidence=each.confidence,
                picture=each.picture,
                model_version=standing.version,
            )
            for each in page
        ),
        next_cursor=cursor_of(end) if end < len(kept) else "",
        degraded=degraded,
    )


def embeddings_response(wire: EmbeddingsRequest, vectors: Floats, tokens: int) -> EmbeddingsResponse:
    return EmbeddingsResponse(
        data=tuple(
            Embedding(index=place, embedding=_embedding(vector, wire.encoding_format))
            for place, vector in enumerate(vectors)
        ),
        model=wire.model,
        usage=EmbeddingUsage(tokens, tokens),
    )


def cursor_of(start: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(start)).decode().rstrip("=")


def start_of(cursor: str, pointer: str, *, most: int = sys.maxsize) -> int:
    """Where a page begins, at `most` there. Raises BadCursor, which names `pointer`."""
    if not cursor:
        return 0
    try:
        start = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=int)
    except (msgspec.MsgspecError, ValueError):
        raise BadCursor(pointer) from None
    if not 0 <= start <= most or cursor_of(start) != cursor:
        raise BadCursor(pointer)
    return start


def picture_path(product_id: str) -> str:
    """Where a small picture lies, below the service's address."""
    return f"v1/products/{quote(product_id, safe='')}/picture"


def _items(results: Results, index: SearchIndex) -> Iterator[FoundProduct]:
    for hit in results.hits:
        try:
            card, in_stock = index.cards[hit.product_id], index.in_stock(hit.product_id)
        except KeyError:  # deleted since it was found
            continue
        pictured = index.looks is not None and hit.product_id in index.looks
        yield FoundProduct(
            product_id=hit.product_id,
            title=card.title,
            score=round(hit.score, 6),
            legs=hit.legs,
            price=card.price,
            currency=card.currency,
            in_stock=in_stock,
            brand=card.brand,
            picture=picture_path(hit.product_id) if pictured else "",
        )


def _filters(wire: SearchFilters, columns: Columns, pointer: str) -> Iterator[Filter]:
    if wire.categories:
        yield OneOf("category", frozenset(wire.categories))
    if wire.brands:
        yield OneOf("brand", frozenset(wire.brands))
    for name, values in wire.attributes.items():
        if values:
            column = f"{ATTRIBUTES}{name}"
            if column not in columns.label_columns:
                raise UnknownColumn(name, f"{pointer}/attributes/{_escaped(name)}")
            yield OneOf(column, frozenset(values))
    low, high = wire.price_min, wire.price_max
    if low is not None and high is not None and low > high:
        raise EmptyPriceRange(f"{pointer}/price_max")
    if low is not None or high is not None:
        yield Between("price", None if low is None else float(low), None if high is None else float(high))


def _facets(names: Sequence[str], columns: Columns, pointer: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in columns.label_columns:
            raise UnknownColumn(name, f"{pointer}/{names.index(name)}")
        yield name


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _embedding(vector: Floats, form: str) -> tuple[float, ...] | str:
    if form == "base64":
        return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()
    return tuple(vector.tolist())
