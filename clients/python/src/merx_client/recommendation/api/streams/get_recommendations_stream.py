from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import Any

from httpx_sse import ServerSentEvent

from merx_client.connection import AsyncConnection, Connection
from merx_client.streams import Streamed

from ...models.channel import Channel
from ...models.placement import Placement
from ...models.recommend_response import RecommendResponse
from ...types import UNSET, Unset


def get_recommendations_stream(
    connection: Connection,
    *,
    customer_id: None | str | Unset = UNSET,
    anonymous_id: None | str | Unset = UNSET,
    channel: Channel | Unset = UNSET,
    placement: Placement | Unset = UNSET,
    size: int | Unset = 20,
    product_ids: list[str] | Unset = UNSET,
    recent: list[str] | Unset = UNSET,
    exclude: list[str] | Unset = UNSET,
    categories: list[str] | Unset = UNSET,
    exclude_categories: list[str] | Unset = UNSET,
    price_min: int | None | Unset = UNSET,
    price_max: int | None | Unset = UNSET,
    in_stock: bool | Unset = True,
    explore: bool | Unset = True,
    last_event_id: str | Unset = "",
) -> Generator[Streamed[RecommendResponse], None, None]:
    """The list of a shopper as it moves (server-sent events)

    Sends an event `list` at once, and another one whenever the list has changed: after an event of the
    shopper, when a product on it is deleted or sold out, when another model serves. At most one list in
    200 ms; comments keep the way open. The event's id names the list: with `Last-Event-ID` (or
    `last_event_id`) a reader that comes back gets nothing while the list is the same, and else the
    newest one alone.

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        customer_id=customer_id,
        anonymous_id=anonymous_id,
        channel=channel,
        placement=placement,
        size=size,
        product_ids=product_ids,
        recent=recent,
        exclude=exclude,
        categories=categories,
        exclude_categories=exclude_categories,
        price_min=price_min,
        price_max=price_max,
        in_stock=in_stock,
        explore=explore,
        last_event_id=last_event_id,
    )
    with closing(connection.stream(request)) as events:
        for event in events:
            yield _answer(event)


async def get_recommendations_stream_async(
    connection: AsyncConnection,
    *,
    customer_id: None | str | Unset = UNSET,
    anonymous_id: None | str | Unset = UNSET,
    channel: Channel | Unset = UNSET,
    placement: Placement | Unset = UNSET,
    size: int | Unset = 20,
    product_ids: list[str] | Unset = UNSET,
    recent: list[str] | Unset = UNSET,
    exclude: list[str] | Unset = UNSET,
    categories: list[str] | Unset = UNSET,
    exclude_categories: list[str] | Unset = UNSET,
    price_min: int | None | Unset = UNSET,
    price_max: int | None | Unset = UNSET,
    in_stock: bool | Unset = True,
    explore: bool | Unset = True,
    last_event_id: str | Unset = "",
) -> AsyncGenerator[Streamed[RecommendResponse], None]:
    """The list of a shopper as it moves (server-sent events)

    Sends an event `list` at once, and another one whenever the list has changed: after an event of the
    shopper, when a product on it is deleted or sold out, when another model serves. At most one list in
    200 ms; comments keep the way open. The event's id names the list: with `Last-Event-ID` (or
    `last_event_id`) a reader that comes back gets nothing while the list is the same, and else the
    newest one alone.

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        customer_id=customer_id,
        anonymous_id=anonymous_id,
        channel=channel,
        placement=placement,
        size=size,
        product_ids=product_ids,
        recent=recent,
        exclude=exclude,
        categories=categories,
        exclude_categories=exclude_categories,
        price_min=price_min,
        price_max=price_max,
        in_stock=in_stock,
        explore=explore,
        last_event_id=last_event_id,
    )
    async with aclosing(connection.stream(request)) as events:
        async for event in events:
            yield _answer(event)


def _request(
    *,
    customer_id: None | str | Unset = UNSET,
    anonymous_id: None | str | Unset = UNSET,
    channel: Channel | Unset = UNSET,
    placement: Placement | Unset = UNSET,
    size: int | Unset = 20,
    product_ids: list[str] | Unset = UNSET,
    recent: list[str] | Unset = UNSET,
    exclude: list[str] | Unset = UNSET,
    categories: list[str] | Unset = UNSET,
    exclude_categories: list[str] | Unset = UNSET,
    price_min: int | None | Unset = UNSET,
    price_max: int | None | Unset = UNSET,
    in_stock: bool | Unset = True,
    explore: bool | Unset = True,
    last_event_id: str | Unset = "",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_customer_id: None | str | Unset
    if isinstance(customer_id, Unset):
        json_customer_id = UNSET
    else:
        json_customer_id = customer_id
    params["customer_id"] = json_customer_id

    json_anonymous_id: None | str | Unset
    if isinstance(anonymous_id, Unset):
        json_anonymous_id = UNSET
    else:
        json_anonymous_id = anonymous_id
    params["anonymous_id"] = json_anonymous_id

    json_channel: str | Unset = UNSET
    if not isinstance(channel, Unset):
        json_channel = channel

    params["channel"] = json_channel

    json_placement: str | Unset = UNSET
    if not isinstance(placement, Unset):
        json_placement = placement

    params["placement"] = json_placement

    params["size"] = size

    json_product_ids: list[str] | Unset = UNSET
    if not isinstance(product_ids, Unset):
        json_product_ids = product_ids

    params["product_ids"] = json_product_ids

    json_recent: list[str] | Unset = UNSET
    if not isinstance(recent, Unset):
        json_recent = recent

    params["recent"] = json_recent

    json_exclude: list[str] | Unset = UNSET
    if not isinstance(exclude, Unset):
        json_exclude = exclude

    params["exclude"] = json_exclude

    json_categories: list[str] | Unset = UNSET
    if not isinstance(categories, Unset):
        json_categories = categories

    params["categories"] = json_categories

    json_exclude_categories: list[str] | Unset = UNSET
    if not isinstance(exclude_categories, Unset):
        json_exclude_categories = exclude_categories

    params["exclude_categories"] = json_exclude_categories

    json_price_min: int | None | Unset
    if isinstance(price_min, Unset):
        json_price_min = UNSET
    else:
        json_price_min = price_min
    params["price_min"] = json_price_min

    json_price_max: int | None | Unset
    if isinstance(price_max, Unset):
        json_price_max = UNSET
    else:
        json_price_max = price_max
    params["price_max"] = json_price_max

    params["in_stock"] = in_stock

    params["explore"] = explore

    params["last_event_id"] = last_event_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/recommendations/stream",
        "params": params,
    }
    return _kwargs


def _answer(event: ServerSentEvent) -> Streamed[RecommendResponse]:
    response_200 = RecommendResponse.from_dict(event.json())

    return Streamed(id=event.id, name=event.event, data=response_200)
