"""The HTTP face: every call, and the console page, on the kit's app."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from merx_core.contracts.inference import ModelMetadata, TensorMetadata
from merx_core.contracts.search import (
    MAX_PICTURE_BYTES,
    AttributesRequest,
    AttributesResponse,
    EmbeddingsRequest,
    EmbeddingsResponse,
    LookalikesQuery,
    LookalikesResponse,
    ModelEntry,
    ModelList,
    ProductPath,
    SearchExplainRequest,
    SearchExplainResponse,
    SearchRequest,
    SearchResponse,
    SuggestionsQuery,
    SuggestionsResponse,
)
from merx_kit.errors import BadRequest, MerxError
from merx_kit.http import Api, Health, Reply, RequestContext
from merx_kit.http.problems import ErrorStyle
from merx_kit.http.reply import JSON, Answer
from merx_kit.oip import add_inference_routes
from merx_kit.settings import ServiceSettings
from merx_models.search_index.thumbnails import MEDIA_TYPE
from merx_search import __version__, schemas
from merx_search.errors import (
    BadCursor,
    DimensionsRefused,
    EmptyPriceRange,
    EncoderUnavailable,
    IndexNotReady,
    NoPicture,
    PictureRefused,
    PicturesUnavailable,
    UnknownColumn,
    UnknownModel,
    UnknownProduct,
)
from merx_search.ports import EncoderFailed, Encoders
from merx_search.service import Finder, PictureReader

log = structlog.get_logger(__name__)

CONSOLE = Path(__file__).parent / "pages" / "console.html"
PICTURE_BODY_BYTES = MAX_PICTURE_BYTES * 4 // 3 + 65_536
"""A picture in base64, and the rest of a request."""
PICTURE_DEADLINE_MS = 10_000
EARLIEST = 1_764_028_800
"""`created` of the packaged text model (epoch seconds): OpenAI's shape wants one."""
WORDS = SearchRequest(query="blue mug", facets=("brand",), size=3)
FILTERED = msgspec.convert(
    {"query": "coffee", "filters": {"price_max": 1500, "in_stock": True}, "sort": "price", "size": 3}, SearchRequest
)
REFUSALS = (UnknownColumn, EmptyPriceRange, BadCursor, IndexNotReady)
"""Of a search, whatever it is asked for."""
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc000000114944415478da633821a98c15310c2d"
    "09008f7f4101fc724b0f0000000049454e44ae426082"
)


class OpenAiError(msgspec.Struct, frozen=True):
    """OpenAI's error body."""

    error: dict[str, str | None]


def _as_openai(error: MerxError, _: RequestContext) -> Answer:
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    parameter = next((each.pointer.lstrip("/") for each in error.errors), None)
    body = OpenAiError({"message": error.detail or error.title, "type": kind, "param": parameter, "code": error.code})
    status = 400 if error.status == 422 else error.status
    return Answer(status, msgspec.json.encode(body), JSON, error.headers)


OPENAI_ERRORS = ErrorStyle(_as_openai, OpenAiError, JSON)


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, finder: Finder, pictures: PictureReader) -> None:
        self._finder = finder
        self._pictures = pictures

    async def search(self, wire: SearchRequest, context: RequestContext) -> SearchResponse:
        standing = self._finder.standing()
        query = schemas.query_of(wire, standing.index.words.columns, request_id=context.request_id)
        results = await self._finder.search(query, budget_s=context.deadline.remaining_s(), standing=standing)
        return schemas.search_response(results, standing.index, context.request_id)

    async def explain(self, wire: SearchExplainRequest, context: RequestContext) -> SearchExplainResponse:
        standing = self._finder.standing()
        query = schemas.query_of(wire.request, standing.index.words.columns, under="/request")
        budget_s = context.deadline.remaining_s()
        explained = await self._finder.explain(query, wire.product_ids, budget_s=budget_s, standing=standing)
        return schemas.explain_response(explained, context.request_id)

    async def attributes(self, wire: AttributesRequest, context: RequestContext) -> AttributesResponse:
        standing = self._finder.standing()
        look = await self._pictures.look(standing.index, wire.image, top=wire.top)
        degraded = self._finder.degraded(standing)
        return schemas.attributes_response(look, standing, context.request_id, degraded=degraded)

    async def lookalikes(self, _: None, context: RequestContext) -> LookalikesResponse:
        product_id, asked = context.path.id, context.query
        always, standing = schemas.always_of(in_stock=asked.in_stock), self._finder.standing()
        results = self._finder.lookalikes(product_id, asked.size, always=always, standing=standing)
        return schemas.lookalikes_response(results, standing.index, product_id, context.request_id)

    async def picture(self, _: None, context: RequestContext) -> Reply:
        index = self._finder.standing().index
        found = None if index.looks is None else index.looks.thumbnail(context.path.id)
        if found is None:
            raise NoPicture(f"There is no picture of {context.path.id!r}.")
        headers = {"cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}
        return Reply(found, media_type=MEDIA_TYPE, headers=headers)

    async def suggestions(self, _: None, context: RequestContext) -> SuggestionsResponse:
        standing = self._finder.standing()
        degraded = self._finder.degraded(standing)
        return schemas.suggestions_response(standing, context.query, context.request_id, degraded=degraded)


class OpenAi:
    """Text vectors as OpenAI's clients ask for them, by the model that the index was made with."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders

    async def embeddings(self, wire: EmbeddingsRequest, _: RequestContext) -> EmbeddingsResponse:
        if wire.model != self._encoders.text_model:
            raise UnknownModel(f"There is no model {wire.model[:100]!r}; there is {self._encoders.text_model!r}.")
        if wire.dimensions not in {None, self._encoders.dim}:
            raise DimensionsRefused(f"{wire.model} gives {self._encoders.dim} dimensions.")
        texts = [wire.input] if isinstance(wire.input, str) else list(wire.input)
        try:
            vectors = await self._encoders.texts(texts, passages=wire.input_type == "passage")
        except EncoderFailed as error:
            log.warning("texts_not_encoded", detail=str(error))
            raise EncoderUnavailable("The texts could not be encoded; try again shortly.") from error
        tokens = await asyncio.to_thread(self._encoders.count_tokens, texts)  # of many long texts: a third of a second
        return schemas.embeddings_response(wire, vectors, tokens)

    async def models(self, _: None, context: RequestContext) -> ModelList:  # noqa: ARG002
        return ModelList(data=(ModelEntry(id=self._encoders.text_model, created=EARLIEST),))


class PictureNetwork:
    """The pictures' network in the words of the Open Inference Protocol: square views to unit vectors."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def metadata(self) -> ModelMetadata:
        standing = self._finder.standing()
        version = standing.version.rpartition("/")[2]
        side = self._model().backbone.size
        inputs = (TensorMetadata("views", "UINT8", (-1, side, side, 3)),)
        return ModelMetadata("pictures", (version,), "onnx", inputs, (TensorMetadata("vectors", "FP32", (-1, -1)),))

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        views = inputs["views"]
        side = self._model().backbone.size
        if views.shape[1:] != (side, side, 3) or not len(views):
            raise BadRequest(f"`views` must have the shape [n, {side}, {side}, 3]")
        model = self._model()
        features = model.backbone.features(views.astype(np.uint8))
        return {"vectors": model.vectors(features[:, None])}

    def _model(self) -> Any:
        from merx_search.service.pictures import model_of

        return model_of(self._finder.standing().index)


async def console(_: None, context: RequestContext) -> Reply:  # noqa: ARG001
    """The page that shows the search at work."""
    return Reply(CONSOLE.read_bytes(), media_type="text/html; charset=utf-8")


def api(
    finder: Finder,
    pictures: PictureReader,
    *,
    encoders: Encoders,
    settings: ServiceSettings,
    health: Health | None = None,
) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    face = Api(title="Merx search", version=__version__, settings=settings, health=health)
    endpoints = Endpoints(finder, pictures)
    _add_search(face, endpoints)
    _add_pictures(face, endpoints)
    _add_openai(face, OpenAi(encoders))
    network = PictureNetwork(finder)

    def models() -> Mapping[str, PictureNetwork]:
        return {"pictures": network} if finder.ready and finder.standing().index.pictures is not None else {}

    add_inference_routes(face, models, scope="search")
    face.get("/console", console, admission=False, documented=False)
    return face


def _add_search(face: Api, endpoints: Endpoints) -> None:
    face.post(
        "/v1/search",
        endpoints.search,
        request=SearchRequest,
        response=SearchResponse,
        scope="search",
        summary="Products for words, for a picture, or for both",
        body_limit_bytes=PICTURE_BODY_BYTES,
        deadline_ms=PICTURE_DEADLINE_MS,
        examples={"words": WORDS, "filters": FILTERED},
        errors=[*REFUSALS, PictureRefused, PicturesUnavailable, EncoderUnavailable],
    )
    face.post(
        "/v1/search:explain",
        endpoints.explain,
        request=SearchExplainRequest,
        response=SearchExplainResponse,
        scope="search",
        summary="Which legs found a product, and the parts of its score",
        body_limit_bytes=PICTURE_BODY_BYTES,
        examples={"words": SearchExplainRequest(request=WORDS, product_ids=("1042",))},
        errors=REFUSALS,
    )
    face.get(
        "/v1/products/{id}/lookalikes",
        endpoints.lookalikes,
        path_params=ProductPath,
        query=LookalikesQuery,
        response=LookalikesResponse,
        scope="search",
        summary="Products that look like a product",
        errors=[UnknownProduct, NoPicture, IndexNotReady],
    )


def _add_pictures(face: Api, endpoints: Endpoints) -> None:
    face.post(
        "/v1/images:attributes",
        endpoints.attributes,
        request=AttributesRequest,
        response=AttributesResponse,
        scope="search",
        summary="What a photograph shows: category, colours, pattern, and what the catalogue says of its classes",
        body_limit_bytes=PICTURE_BODY_BYTES,
        deadline_ms=PICTURE_DEADLINE_MS,
        examples={"a dot": AttributesRequest(image=DOT)},
        errors=[PictureRefused, IndexNotReady, PicturesUnavailable, EncoderUnavailable],
    )
    face.get(
        "/v1/products/{id}/picture",
        endpoints.picture,
        path_params=ProductPath,
        produces=MEDIA_TYPE,
        admission=False,
        summary="A small picture of a product (JPEG); open, as the shop's own pictures are",
        errors=[NoPicture, IndexNotReady],
    )
    face.get(
        "/v1/attribute-suggestions",
        endpoints.suggestions,
        query=SuggestionsQuery,
        response=SuggestionsResponse,
        scope="search",
        summary="Values that the catalogue lacks, as read from pictures; surest first",
        errors=[BadCursor, IndexNotReady],
    )


def _add_openai(face: Api, openai: OpenAi) -> None:
    face.error_style("/v1/embeddings", OPENAI_ERRORS)
    face.post(
        "/v1/embeddings",
        openai.embeddings,
        request=EmbeddingsRequest,
        response=EmbeddingsResponse,
        scope="search",
        summary="Text vectors (OpenAI's shape)",
        error_style=OPENAI_ERRORS,
        examples={"two texts": EmbeddingsRequest(input=("blue mug", "red mug"), model="all-minilm-l6-v2")},
        errors=[UnknownModel, DimensionsRefused, EncoderUnavailable],
    )
    face.get(
        "/v1/models",
        openai.models,
        response=ModelList,
        scope="search",
        summary="Models of `/v1/embeddings` (OpenAI's shape)",
        error_style=OPENAI_ERRORS,
    )
