"""The HTTP face on BentoML. Merx's own paths go straight to the kit's app, past BentoML's middleware; everything else
(BentoML's schema, its UI) goes to BentoML's own (docs/adr tells what was measured).
"""

from merx_core.contracts.recommendation import (
    ExplainRequest,
    ExplainResponse,
    Placement,
    RecommendRequest,
    RecommendResponse,
    RerankRequest,
    RerankResponse,
    SimilarPath,
    SimilarQuery,
    SimilarResponse,
)
from merx_kit.http import Api, Health, RequestContext
from merx_kit.settings import ServiceSettings
from merx_recommendation import schemas
from merx_recommendation.domain import Rules
from merx_recommendation.errors import ModelNotReady, UnknownProduct
from merx_recommendation.service import Recommender

HOME = RecommendRequest(customer_id="42", size=3)
CART = RecommendRequest(anonymous_id="device-7", placement=Placement.CART, product_ids=("1042",), size=5)


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender

    async def recommend(self, wire: RecommendRequest, context: RequestContext) -> RecommendResponse:
        query = schemas.query_of(wire, context.request_id)
        picks = await self._recommender.recommend(query, budget_s=context.deadline.remaining_s())
        return schemas.recommend_response(picks, context.request_id)

    async def similar(self, _: None, context: RequestContext) -> SimilarResponse:
        product, asked = context.path.id, context.query
        rules = Rules(in_stock=asked.in_stock)
        picks = self._recommender.similar(product, size=asked.size, rules=rules, request_id=context.request_id)
        return schemas.similar_response(picks, product, context.request_id)

    async def rerank(self, wire: RerankRequest, context: RequestContext) -> RerankResponse:
        query = schemas.rerank_query(wire, context.request_id)
        ranked = await self._recommender.rank(query, budget_s=context.deadline.remaining_s())
        return schemas.rerank_response(wire, ranked, context.request_id)

    async def explain(self, wire: ExplainRequest, context: RequestContext) -> ExplainResponse:
        query = schemas.query_of(wire.request, context.request_id)
        budget_s = context.deadline.remaining_s()
        explained = await self._recommender.explain(query, wire.product_ids, budget_s=budget_s)
        return schemas.explain_response(explained, context.request_id)


def api(recommender: Recommender, settings: ServiceSettings, health: Health | None = None) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    from merx_recommendation import __version__

    endpoints = Endpoints(recommender)
    face = Api(title="Merx recommendation", version=__version__, settings=settings, health=health)
    face.post(
        "/v1/recommendations",
        endpoints.recommend,
        request=RecommendRequest,
        response=RecommendResponse,
        scope="recommend",
        summary="Products for a shopper on a page",
        examples={"home": HOME, "cart": CART},
    )
    face.get(
        "/v1/products/{id}/similar",
        endpoints.similar,
        path_params=SimilarPath,
        query=SimilarQuery,
        response=SimilarResponse,
        scope="recommend",
        summary="Products like a product",
        errors=[UnknownProduct],
    )
    face.post(
        "/v1/rerank",
        endpoints.rerank,
        request=RerankRequest,
        response=RerankResponse,
        scope="recommend",
        summary="Order products for a shopper (the Jina / Cohere shape)",
        examples={"products": RerankRequest(query="c:42", documents=("1042", "1043", "1044"), top_n=2)},
    )
    face.post(
        "/v1/recommendations:explain",
        endpoints.explain,
        request=ExplainRequest,
        response=ExplainResponse,
        scope="recommend",
        summary="The parts of a score",
        examples={"home": ExplainRequest(request=HOME, product_ids=("1042",))},
        errors=[ModelNotReady],
    )
    return face
