"""The HTTP face on BentoML. Merx's own paths go straight to the kit's app, past BentoML's middleware, which costs as
much as the whole answer (architecture.md, section 12); everything else goes to BentoML's own app.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from merx_core.contracts.inference import ModelMetadata, TensorMetadata
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
    StreamQuery,
)
from merx_core.features import RANKING_COLUMNS
from merx_kit import serve
from merx_kit.bento import engine
from merx_kit.errors import BadRequest
from merx_kit.http import Api, Health, RequestContext, Streaming, sse
from merx_kit.http.gateway import Gateway
from merx_kit.oip import add_inference_routes
from merx_recommendation import __version__, schemas
from merx_recommendation.bootstrap import build
from merx_recommendation.domain import Rules
from merx_recommendation.errors import ModelNotReady, TooManyStreams, UnknownProduct
from merx_recommendation.ports import RankingFailed
from merx_recommendation.service import LiveLists, Recommender
from merx_recommendation.settings import Settings

MODEL = "recommendation"
HOME = RecommendRequest(customer_id="42", size=3)
RETRY_MS = 1_000
"""When a stream's reader comes back after a drain: time enough for another replica to be found."""
CART = RecommendRequest(anonymous_id="device-7", placement=Placement.CART, product_ids=("1042",), size=5)
STREAM = (
    "Sends an event `list` at once, and another one whenever the list has changed: after an event of the shopper, when "
    "a product on it is deleted or sold out, when another model serves. At most one list in 200 ms; comments keep the "
    "way open. The event's id names the list: with `Last-Event-ID` (or `last_event_id`) a reader that comes back gets "
    "nothing while the list is the same, and else the newest one alone."
)


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, recommender: Recommender, live: LiveLists, *, stuck_s: float) -> None:
        self._recommender = recommender
        self._live = live
        self._stuck_s = stuck_s

    async def recommend(self, wire: RecommendRequest, context: RequestContext) -> RecommendResponse:
        query = schemas.query_of(wire, context.request_id)
        picks = await self._recommender.recommend(query, budget_s=context.deadline.remaining_s())
        return schemas.recommend_response(picks, context.request_id)

    async def stream(self, _: None, context: RequestContext) -> Streaming:
        query = schemas.live_query(context.query, context.request_id)
        last_id = context.query.last_event_id or context.headers.get("last-event-id", "")
        reader = await self._live.open(query, last_id=last_id, budget_s=context.deadline.remaining_s())
        return Streaming(reader, farewell=sse.retry(RETRY_MS), stuck_after_s=self._stuck_s)

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


class RankerModel:
    """The bare ranker in the words of the Open Inference Protocol."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender

    def metadata(self) -> ModelMetadata:
        version = self._recommender.version.rpartition("/")[2]
        inputs = (
            TensorMetadata("features", "FP32", (-1, len(RANKING_COLUMNS))),
            TensorMetadata("history", "INT64", (-1,)),
            TensorMetadata("candidates", "INT64", (-1,)),
        )
        outputs = (TensorMetadata("scores", "FP32", (-1,)),)
        return ModelMetadata(MODEL, (version,), "onnx", inputs, outputs)

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        features, history, candidates = inputs["features"], inputs["history"], inputs["candidates"]
        if len(features) != len(candidates):
            raise BadRequest("`features` and `candidates` must have one row for each candidate")
        try:
            return {"scores": self._recommender.infer(features, history=history, candidates=candidates)}
        except RankingFailed:
            raise BadRequest("the ranker cannot score these inputs") from None


def api(recommender: Recommender, live: LiveLists, settings: Settings, *, health: Health | None = None) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    endpoints = Endpoints(recommender, live, stuck_s=settings.stuck_s)
    face = Api(title="Merx recommendation", version=__version__, settings=settings, health=health)
    _add_lists(face, endpoints)
    _add_products(face, endpoints)
    model = RankerModel(recommender)
    add_inference_routes(face, lambda: {MODEL: model} if recommender.ready else {}, scope="recommend")
    return face


def _add_lists(face: Api, endpoints: Endpoints) -> None:
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
        "/v1/recommendations/stream",
        endpoints.stream,
        query=StreamQuery,
        response=RecommendResponse,
        stream=True,
        scope="recommend",
        summary="The list of a shopper as it moves (server-sent events)",
        description=STREAM,
        errors=[TooManyStreams],
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


def _add_products(face: Api, endpoints: Endpoints) -> None:
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


def gateway(settings: Settings) -> Gateway:
    """The whole service, with what starts and stops with it."""
    house = build(settings)
    face = api(house.recommender, house.live, settings, health=house.health)
    face.on_startup(house.start)
    face.on_shutdown(house.stop)
    return face.build(fallback=engine("merx_recommendation"))


def main() -> int:
    """The process of the service: `python -m merx_recommendation`."""
    return serve.main(Settings, gateway)
