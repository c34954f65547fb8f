"""Between the wire and the domain; the shapes themselves are merx_core.contracts."""

import math

import msgspec

from merx_core.contracts.recommendation import (
    Contribution,
    ExplainResponse,
    Filters,
    ItemExplanation,
    Reason,
    RecommendedItem,
    RecommendRequest,
    RecommendResponse,
    RerankDocument,
    RerankRequest,
    RerankResponse,
    RerankResult,
    SimilarResponse,
    StreamQuery,
)
from merx_core.features import RANKING_COLUMNS
from merx_core.ids import profile_of
from merx_kit.http import sse
from merx_recommendation.domain import Explained, Picks, Query, Ranked, Rules

_encode = msgspec.json.Encoder().encode


def query_of(wire: RecommendRequest, request_id: str) -> Query:
    """The query that a caller's request means."""
    return Query(
        request_id=request_id,
        profile_id=profile_of(wire.customer_id, wire.anonymous_id),
        channel=wire.channel,
        placement=wire.placement,
        size=wire.size,
        page=wire.product_ids,
        recent=wire.recent,
        only=wire.candidates,
        exclude=wire.exclude,
        pin=wire.pin,
        bury=wire.bury,
        rules=rules_of(wire.filters),
        explore=wire.explore,
    )


def live_query(wire: StreamQuery, request_id: str) -> Query:
    """The query that the parameters of a stream mean."""
    return Query(
        request_id=request_id,
        profile_id=profile_of(wire.customer_id, wire.anonymous_id),
        channel=wire.channel,
        placement=wire.placement,
        size=wire.size,
        page=wire.product_ids,
        recent=wire.recent,
        exclude=wire.exclude,
        rules=Rules(
            categories=wire.categories,
            exclude_categories=wire.exclude_categories,
            price_min=wire.price_min,
            price_max=wire.price_max,
            in_stock=wire.in_stock,
        ),
        explore=wire.explore,
    )


def live_event(picks: Picks, request_id: str, event_id: str) -> bytes:
    """A list as one server-sent event."""
    return sse.encode(_encode(recommend_response(picks, request_id)), id=event_id, event="list")


def rules_of(filters: Filters) -> Rules:
    """The hard rules that a caller's filters mean."""
    return Rules(
        categories=filters.categories,
        exclude_categories=filters.exclude_categories,
        price_min=filters.price_min,
        price_max=filters.price_max,
        in_stock=filters.in_stock,
    )


def items_of(picks: Picks) -> tuple[RecommendedItem, ...]:
    """The products of a list as callers read them; what chance had to do with it stays in the log."""
    return tuple(
        RecommendedItem(pick.product_id, pick.score, pick.source, tuple(Reason(*pair) for pair in pick.reasons))
        for pick in picks.items
    )


def recommend_response(picks: Picks, request_id: str) -> RecommendResponse:
    return RecommendResponse(
        request_id=request_id,
        model_version=picks.model_version,
        strategy=picks.strategy,
        items=items_of(picks),
        degraded=picks.degraded,
    )


def similar_response(picks: Picks, product_id: str, request_id: str) -> SimilarResponse:
    return SimilarResponse(
        request_id=request_id,
        model_version=picks.model_version,
        product_id=product_id,
        items=items_of(picks),
        degraded=picks.degraded,
    )


def rerank_query(wire: RerankRequest, request_id: str) -> Query:
    """A query for the products of `documents`, whatever the shop's rules for lists are."""
    only = tuple(document if isinstance(document, str) else document.id for document in wire.documents)
    return Query(request_id=request_id, profile_id=wire.query, only=only, size=len(only), free=True)


def rerank_response(wire: RerankRequest, ranked: Ranked, request_id: str) -> RerankResponse:
    """Best first; documents of equal score stay in the order given."""
    order = sorted(range(len(wire.documents)), key=lambda index: -ranked.scores[index])[: wire.top_n]
    results = []
    for index in order:
        given = wire.documents[index]
        document = RerankDocument(given) if isinstance(given, str) else given
        results.append(RerankResult(index, ranked.scores[index], document if wire.return_documents else None))
    return RerankResponse(id=request_id, model=ranked.model_version, results=tuple(results), degraded=ranked.degraded)


def explain_response(explained: Explained, request_id: str) -> ExplainResponse:
    """Contributions by size, so that the first ones are the reason."""
    items = []
    for product, features, part in zip(explained.products, explained.features.tolist(), explained.parts, strict=True):
        moved = zip(RANKING_COLUMNS, features, part.contributions.tolist(), strict=True)
        by_size = sorted(moved, key=lambda each: -abs(each[2]))
        contributions = tuple(Contribution(name, _finite(value), by) for name, value, by in by_size)
        items.append(ItemExplanation(product, part.score, part.base, contributions))
    return ExplainResponse(
        request_id=request_id,
        model_version=explained.model_version,
        method=explained.method,
        items=tuple(items),
        unknown=explained.unknown,
        degraded=explained.degraded,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
