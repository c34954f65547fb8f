from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.replenish_request import ReplenishRequest
from ...models.replenish_response import ReplenishResponse


def post_replenishment_plan(
    connection: Connection,
    *,
    body: ReplenishRequest,
) -> ReplenishResponse:
    """What to order now, what will not sell, and how to sell it off

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_replenishment_plan_async(
    connection: AsyncConnection,
    *,
    body: ReplenishRequest,
) -> ReplenishResponse:
    """What to order now, what will not sell, and how to sell it off

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: ReplenishRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/replenishment:plan",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> ReplenishResponse:
    response_200 = ReplenishResponse.from_dict(response.json())

    return response_200
