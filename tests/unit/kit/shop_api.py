"""A small service on the kit, for the tests of the kit's HTTP layer."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec

from merx_kit.errors import MerxError
from merx_kit.http import Api, Reply, RequestContext
from merx_kit.http.context import leave_place
from merx_kit.http.gateway import Gateway
from merx_kit.http.idempotency import IdempotencyStore, InMemoryIdempotency
from merx_kit.settings import ServiceSettings


class Line(msgspec.Struct, forbid_unknown_fields=True):
    product_id: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1


class Order(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    lines: list[Line] = []
    notes: dict[str, int] = {}


class Total(msgspec.Struct):
    request_id: str
    size: int


class Page(msgspec.Struct):
    size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    tag: list[str] = []


class ProductPath(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Similar(msgspec.Struct):
    id: str
    size: int
    tags: list[str]


class SoldOut(MerxError):
    status = 409
    code = "sold_out"
    title = "Sold out"


class Shop:
    """Counts the orders that were worked on; `gate` holds slow ones until it is opened."""

    def __init__(self) -> None:
        self.orders = 0
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()

    async def order(self, order: Order, context: RequestContext) -> Total:
        self.orders += 1
        return Total(context.request_id, order.size)

    async def sold_out(self, _: None, context: RequestContext) -> Total:
        self.orders += 1
        raise SoldOut("The last one went this morning.")

    async def broken(self, _: None, context: RequestContext) -> Total:
        self.orders += 1
        raise RuntimeError("password=hunter2")

    async def slow(self, _: None, context: RequestContext) -> Total:
        self.entered.set()
        await self.gate.wait()
        return Total(context.request_id, 1)

    async def waits(self, _: None, context: RequestContext) -> Total:
        leave_place()
        return await self.slow(None, context)

    async def similar(self, _: None, context: RequestContext) -> Similar:
        return Similar(context.path.id, context.query.size, context.query.tag)

    async def whoami(self, _: None, context: RequestContext) -> dict[str, Any]:
        return {"id": context.principal.id, "remaining_s": context.deadline.remaining_s()}

    async def delete(self, _: None, context: RequestContext) -> None:
        return None

    async def created(self, order: Order, context: RequestContext) -> Reply:
        self.orders += 1
        location = f"/v1/orders/{self.orders}"
        return Reply(Total(context.request_id, self.orders), status=201, headers={"Location": location})


def settings(**changes: Any) -> ServiceSettings:
    return ServiceSettings(**{"home": Path("/nowhere"), "deadline_ms": 5_000, "body_limit_bytes": 10_000, **changes})


def shop_api(shop: Shop, *, store: IdempotencyStore | None = None, **changes: Any) -> Api:
    api = Api(title="shop", version="1.2.3", settings=settings(**changes), idempotency=store or InMemoryIdempotency())
    api.post(
        "/v1/orders",
        shop.order,
        request=Order,
        response=Total,
        scope="order",
        examples={"one": Order(lines=[Line("a")])},
    )
    api.post("/v1/orders:create", shop.created, request=Order, response=Total, status=201, idempotent=True)
    api.post("/v1/orders:sold-out", shop.sold_out, response=Total, errors=[SoldOut], idempotent=True)
    api.post("/v1/orders:broken", shop.broken, response=Total, idempotent=True)
    api.get("/v1/slow", shop.slow, response=Total)
    api.get("/v1/waits", shop.waits, response=Total)
    api.get("/v1/broken", shop.broken, response=Total)
    api.get("/v1/products/{id}/similar", shop.similar, path_params=ProductPath, query=Page, response=Similar)
    api.get("/v1/whoami", shop.whoami, scope="order")
    api.delete("/v1/products/{id}", shop.delete, status=204)
    return api


def client(app: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://shop")


JSON = {"content-type": "application/json"}
