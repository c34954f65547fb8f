"""The HTTP face on BentoML. Merx's own paths go straight to the kit's app, past BentoML's middleware, which costs as
much as the whole answer (architecture.md, section 12); everything else goes to BentoML's own app.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_core.contracts.inference import ModelMetadata, TensorMetadata
from merx_core.contracts.pricing import (
    AuditPage,
    AuditQuery,
    ElasticityResponse,
    ForecastQuery,
    ForecastResponse,
    Lead,
    ProductPath,
    QuoteLine,
    QuoteRequest,
    QuoteResponse,
    ReplenishLine,
    ReplenishRequest,
    ReplenishResponse,
    SimulateRequest,
    SimulateResponse,
)
from merx_kit import serve
from merx_kit.bento import engine
from merx_kit.errors import BadRequest
from merx_kit.http import Api, Health, Reply, RequestContext
from merx_kit.http.gateway import Gateway
from merx_kit.oip import add_inference_routes
from merx_pricing import __version__, schemas
from merx_pricing.bootstrap import UseCases, build
from merx_pricing.errors import (
    AuditUnavailable,
    DemandUnknown,
    ModelNotReady,
    NoForecast,
    TooManyExplanations,
    UnknownProduct,
)
from merx_pricing.service import Shop
from merx_pricing.settings import Settings

MODEL = "pricing"
CONSOLE = Path(__file__).parent / "pages" / "console.html"
QUOTE = QuoteRequest(lines=(QuoteLine(product_id="1042"), QuoteLine(product_id="1043")))
OFFER = QuoteRequest(customer_id="42", lines=(QuoteLine(product_id="1042", offer_bp=500),))
ANNOUNCED = QuoteRequest(lines=(QuoteLine(product_id="1042", announce=True),), explain=True)
ORDER = ReplenishRequest(
    lines=(ReplenishLine(product_id="1042", lead=(Lead(1, 0.8), Lead(2, 0.2)), on_hand=12, pack=6),),
)
QUOTE_TEXT = (
    "Up to 100 products. Each price comes with its bounds and the rules that set them, the reasons that moved it, and, "
    "where they were made, the contributions of cost, stock, demand and elasticity. A line that cannot be priced is in "
    "`errors`, and the others are answered. All of it is in the audit before the answer leaves."
)


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, use_cases: UseCases) -> None:
        self._use_cases = use_cases
        self._shop = use_cases.shop

    async def quote(self, wire: QuoteRequest, context: RequestContext) -> QuoteResponse:
        answer = await self._use_cases.quoter.quote(schemas.asked_of(wire, context.request_id))
        version = self._shop.books.current().version
        about = (context.request_id, version, self._shop.guard.version, self._shop.rollout.mode)
        valid_until = self._shop.valid_until(answer.now_us)
        return schemas.quote_response(answer, valid_until, about=about, degraded=self._shop.degraded(answer.now_us))

    async def simulate(self, wire: SimulateRequest, context: RequestContext) -> SimulateResponse:
        curve = await asyncio.to_thread(self._use_cases.adviser.simulate, wire.product_id, wire.prices)
        return schemas.simulate_response(wire.product_id, curve, context.request_id, self._degraded())

    async def elasticity(self, _: None, context: RequestContext) -> ElasticityResponse:
        product_id = context.path.id
        found = self._use_cases.adviser.elasticity(product_id)
        return schemas.elasticity_response(product_id, found, context.request_id, self._degraded())

    async def forecast(self, _: None, context: RequestContext) -> ForecastResponse:
        product_id, asked = context.path.id, context.query
        found = self._use_cases.adviser.forecast(product_id, asked.period.value, asked.channel)
        return schemas.forecast_response(
            product_id, found, context.request_id, channel=asked.channel, degraded=self._degraded()
        )

    async def plan(self, wire: ReplenishRequest, context: RequestContext) -> ReplenishResponse:
        found = await asyncio.to_thread(
            self._use_cases.planner.plan, wire.lines, channel=wire.channel, clearance_weeks=wire.clearance_weeks
        )
        return schemas.replenish_response(found, context.request_id, self._degraded())

    async def audit(self, _: None, context: RequestContext) -> AuditPage:
        return await self._use_cases.audit.page(context.query)

    def _degraded(self) -> tuple[str, ...]:
        return self._shop.degraded(self._shop.clock())


async def console(_: None, context: RequestContext) -> Reply:  # noqa: ARG001
    """The page on which a price says why it is what it is."""
    return Reply(CONSOLE.read_bytes(), media_type="text/html; charset=utf-8")


class DemandModel:
    """The bare demand curves in the words of the Open Inference Protocol: units a week of products at prices."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def metadata(self) -> ModelMetadata:
        version = self._shop.books.current().version.rpartition("/")[2]
        inputs = (TensorMetadata("product_id", "BYTES", (-1,)), TensorMetadata("price", "FP64", (-1,)))
        return ModelMetadata(MODEL, (version,), "numpy", inputs, (TensorMetadata("units", "FP64", (-1,)),))

    def infer(self, inputs: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        products, prices = inputs["product_id"].tolist(), inputs["price"]
        if len(products) != len(prices):
            raise BadRequest("`product_id` and `price` must be of one length")
        if not (prices >= 1.0).all():
            raise BadRequest("`price` is in minor units, at least 1")
        book, _ = self._shop.book()
        unknown = sorted({name for name in products if name not in book.policy.fits})
        if unknown:
            raise BadRequest(f"the demand for product {unknown[0]!r} is not known")
        units = [
            float(book.policy.belief(name).mean(price, price).mean())
            for name, price in zip(products, prices.tolist(), strict=True)
        ]
        return {"units": np.array(units, np.float64)}


def api(use_cases: UseCases, settings: Settings, *, health: Health | None = None) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    endpoints = Endpoints(use_cases)
    face = Api(title="Merx pricing", version=__version__, settings=settings, health=health)
    _add_prices(face, endpoints)
    _add_products(face, endpoints)
    face.get("/console", console, admission=False, documented=False)
    model = DemandModel(use_cases.shop)
    ready = use_cases.shop.books
    add_inference_routes(face, lambda: {MODEL: model} if ready.current().book is not None else {}, scope="pricing:read")
    return face


def _add_prices(face: Api, endpoints: Endpoints) -> None:
    face.post(
        "/v1/prices:quote",
        endpoints.quote,
        request=QuoteRequest,
        response=QuoteResponse,
        scope="pricing:quote",
        summary="Prices, each with its reasons",
        description=QUOTE_TEXT,
        examples={"prices": QUOTE, "offer": OFFER, "announced": ANNOUNCED},
        errors=[TooManyExplanations, AuditUnavailable],
    )
    face.post(
        "/v1/prices:simulate",
        endpoints.simulate,
        request=SimulateRequest,
        response=SimulateResponse,
        scope="pricing:read",
        summary="What a product would sell at other prices, with intervals",
        examples={
            "curve": SimulateRequest(product_id="1042"),
            "two": SimulateRequest(product_id="1042", prices=(249, 299)),
        },
        errors=[UnknownProduct, DemandUnknown, ModelNotReady],
    )
    face.get(
        "/v1/prices/audit",
        endpoints.audit,
        query=AuditQuery,
        response=AuditPage,
        scope="pricing:audit",
        summary="Prices that were given, and all that stood behind them",
        errors=[AuditUnavailable],
    )


def _add_products(face: Api, endpoints: Endpoints) -> None:
    face.get(
        "/v1/products/{id}/elasticity",
        endpoints.elasticity,
        path_params=ProductPath,
        response=ElasticityResponse,
        scope="pricing:read",
        summary="How a product's sales answer its price, and whose prices move them",
        errors=[UnknownProduct, ModelNotReady],
    )
    face.get(
        "/v1/products/{id}/forecast",
        endpoints.forecast,
        path_params=ProductPath,
        query=ForecastQuery,
        response=ForecastResponse,
        scope="pricing:read",
        summary="What a product will sell, by week or day, as quantiles",
        errors=[UnknownProduct, NoForecast, ModelNotReady],
    )
    face.post(
        "/v1/replenishment:plan",
        endpoints.plan,
        request=ReplenishRequest,
        response=ReplenishResponse,
        scope="pricing:read",
        summary="What to order now, what will not sell, and how to sell it off",
        examples={"order": ORDER},
        errors=[ModelNotReady],
    )


def gateway(settings: Settings) -> Gateway:
    """The whole service, with what starts and stops with it."""
    house = build(settings)
    face = api(house.use_cases, settings, health=house.health)
    face.on_startup(house.start)
    face.background("tell", house.tell)
    face.on_shutdown(house.stop)
    return face.build(fallback=engine("merx_pricing"))


def main() -> int:
    """The process of the service: `python -m merx_pricing`."""
    return serve.main(Settings, gateway)
