"""The HTTP face: the door's calls on the kit's app; FastAPI serves the pages, on every path that is none of them."""

from pathlib import Path

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse

from merx_core.catalogue import Product
from merx_core.contracts.intake import (
    CompetitorPriceBatch,
    CompetitorPriceEntry,
    CompetitorPriceRecords,
    CostBatch,
    CostEntry,
    CostRecords,
    EventBatch,
    EventEnvelope,
    EventRecords,
    Ga4Payload,
    ImportJob,
    ImportPage,
    ImportPath,
    ImportQuery,
    ProductBatch,
    ProductPath,
    ProductRecords,
    SegmentBatch,
    SegmentCall,
    StockBatch,
    StockEntry,
    StockRecords,
    UploadQuery,
    Verdict,
    Verdicts,
)
from merx_core.contracts.problem import Problem
from merx_core.events import Event
from merx_intake import __version__, schemas
from merx_intake.bootstrap import Doors, build
from merx_intake.errors import (
    IdReused,
    LogFull,
    LogUnavailable,
    RecordRefused,
    SpoolFull,
    TooManyRecords,
    UnknownImport,
)
from merx_intake.schemas import examples
from merx_intake.settings import Settings
from merx_kit import serve
from merx_kit.http import Api, Handler, Health, Reply, RequestContext, Upload
from merx_kit.http.gateway import Gateway
from merx_kit.http.idempotency import IdempotencyStore
from merx_kit.http.problems import PROBLEM_JSON
from merx_kit.importers.changes import COMPETITOR_PRICE, COST, STOCK, Change

PAGES = Path(__file__).parent / "pages"
CLOUD_EVENTS = ("application/cloudevents+json", "application/cloudevents-batch+json")
UPLOAD_DEADLINE_MS = 1_800_000
FULL_OR_AWAY = (LogUnavailable, LogFull)


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def events(self, body: bytes, context: RequestContext) -> Verdicts:
        document = schemas.document_of(body)
        verdicts, single = await self._doors.events.take(document, lambda: _key(context))
        if single:
            schemas.refuse_single(verdicts[0])
        return schemas.answer(verdicts, context.request_id)

    async def put_product(self, body: bytes, context: RequestContext) -> Verdict:
        document = schemas.document_of(body)
        verdict = await self._doors.catalogue.put(context.path.id, document, _key(context))
        schemas.refuse_single(verdict)
        return verdict

    async def delete_product(self, _: None, context: RequestContext) -> None:
        await self._doors.catalogue.delete(context.path.id, _key(context))

    async def products(self, body: bytes, context: RequestContext) -> Verdicts:
        rows, at = schemas.rows_of(body, "products")
        verdicts = await self._doors.catalogue.products(rows, at, _key(context))
        return schemas.answer(verdicts, context.request_id)

    def changes(self, change: Change, name: str) -> Handler:
        """The handler of one kind of change, whose records stand under `name`."""

        async def take(body: bytes, context: RequestContext) -> Verdicts:
            rows, at = schemas.rows_of(body, name)
            verdicts = await self._doors.catalogue.changes(change, rows, at, _key(context))
            return schemas.answer(verdicts, context.request_id)

        return take

    async def upload(self, upload: Upload, context: RequestContext) -> Reply:
        chunks = aiter(upload)
        job = await self._doors.imports.take(chunks, name=context.query.name, told=upload.told_bytes)
        return Reply(job, status=202, headers={"location": f"/v1/imports/{job.id}"})

    async def get_import(self, _: None, context: RequestContext) -> ImportJob:
        return await self._doors.imports.get(context.path.id)

    async def list_imports(self, _: None, context: RequestContext) -> ImportPage:
        return await self._doors.imports.page(context.query.cursor, context.query.limit)


def _key(context: RequestContext) -> str:
    return context.headers.get("idempotency-key", "").strip().strip('"')


def api(doors: Doors, settings: Settings, health: Health | None = None, kept: IdempotencyStore | None = None) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    endpoints = Endpoints(doors)
    face = Api(title="Merx intake", version=__version__, settings=settings, health=health, idempotency=kept)
    face.post(
        "/v1/events",
        endpoints.events,
        shapes=[Event, EventEnvelope, Ga4Payload, SegmentCall, EventBatch, SegmentBatch, EventRecords],
        media_types=CLOUD_EVENTS,
        response=Verdicts,
        scope="events:write",
        summary="What shoppers did: one event, or up to 500, in the shape of Merx, CloudEvents, GA4 or Segment",
        examples=examples.EVENTS,
        errors=[RecordRefused, TooManyRecords, IdReused, *FULL_OR_AWAY],
    )
    _add_catalogue(face, endpoints)
    _add_batches(face, endpoints)
    _add_imports(face, endpoints, settings)
    return face


def _add_catalogue(face: Api, endpoints: Endpoints) -> None:
    face.put(
        "/v1/products/{id}",
        endpoints.put_product,
        path_params=ProductPath,
        shapes=[Product],
        response=Verdict,
        scope="catalogue:write",
        summary="A product as it is from now on, whole",
        examples=examples.PRODUCT,
        errors=[RecordRefused, IdReused, *FULL_OR_AWAY],
    )
    face.delete(
        "/v1/products/{id}",
        endpoints.delete_product,
        path_params=ProductPath,
        status=204,
        scope="catalogue:write",
        summary="A product is no longer sold",
        errors=FULL_OR_AWAY,
    )


def _add_batches(face: Api, endpoints: Endpoints) -> None:
    batches = (
        (
            "products",
            (ProductBatch, ProductRecords, Product),
            endpoints.products,
            "Products, each whole, in one of three shapes",
        ),
        (
            "stock",
            (StockBatch, StockRecords, StockEntry),
            endpoints.changes(STOCK, "levels"),
            "How much there is to sell",
        ),
        ("costs", (CostBatch, CostRecords, CostEntry), endpoints.changes(COST, "costs"), "What products cost the shop"),
        (
            "competitor-prices",
            (CompetitorPriceBatch, CompetitorPriceRecords, CompetitorPriceEntry),
            endpoints.changes(COMPETITOR_PRICE, "prices"),
            "What other shops ask",
        ),
    )
    for name, (batch, records, record), handler, summary in batches:
        face.post(
            f"/v1/{name}:batch",
            handler,
            shapes=[batch, records],
            records=[record],
            response=Verdicts,
            scope="catalogue:write",
            summary=f"{summary}: up to 500, a verdict for each",
            examples=examples.BATCHES[name],
            errors=[TooManyRecords, *FULL_OR_AWAY],
        )


def _add_imports(face: Api, endpoints: Endpoints, settings: Settings) -> None:
    face.post(
        "/v1/imports",
        endpoints.upload,
        upload=True,
        query=UploadQuery,
        body_limit_bytes=settings.import_limit_bytes,
        deadline_ms=UPLOAD_DEADLINE_MS,
        idempotent=True,
        response=ImportJob,
        status=202,
        scope="imports:write",
        summary="A file of products or events in any format that Merx imports, told by its content",
        errors=[SpoolFull, LogUnavailable],
    )
    face.get(
        "/v1/imports",
        endpoints.list_imports,
        query=ImportQuery,
        response=ImportPage,
        scope="imports:read",
        summary="Imports, newest first",
        errors=[LogUnavailable],
    )
    face.get(
        "/v1/imports/{id}",
        endpoints.get_import,
        path_params=ImportPath,
        response=ImportJob,
        scope="imports:read",
        summary="How far an import is, and at its end the cleaning report",
        errors=[UnknownImport, LogUnavailable],
    )


def pages() -> FastAPI:
    """What browsers load: the snippet that sends events, and a page that shows it at work."""
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @site.exception_handler(404)
    async def nothing_here(request: Request, _: Exception) -> Response:
        problem = Problem(
            type="/docs#not_found", title="Not found", status=404, code="not_found", instance=request.url.path
        )
        return Response(msgspec.json.encode(problem), 404, media_type=PROBLEM_JSON)

    @site.get("/snippet.js")
    async def snippet() -> FileResponse:
        headers = {"cache-control": "public, max-age=3600", "access-control-allow-origin": "*"}
        return FileResponse(PAGES / "snippet.js", media_type="text/javascript", headers=headers)

    @site.get("/live")
    async def live() -> FileResponse:
        return FileResponse(PAGES / "live.html")

    @site.get("/demo")
    async def demo() -> FileResponse:
        return FileResponse(PAGES / "demo.html")

    return site


def gateway(settings: Settings) -> Gateway:
    """The whole service, with what starts and stops with it."""
    house = build(settings)
    face = api(house.doors, settings, house.health, house.kept)
    face.on_startup(house.start)
    face.background("imports", house.work)
    face.background("purge", house.kept.purge)
    face.on_shutdown(house.stop)
    return face.build(fallback=pages())


def main() -> int:
    """The process of the service: `python -m merx_intake`."""
    return serve.main(Settings, gateway)
