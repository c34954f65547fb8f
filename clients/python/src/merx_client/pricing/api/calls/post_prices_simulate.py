from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.simulate_request import SimulateRequest
from ...models.simulate_response import SimulateResponse


def post_prices_simulate(
    connection: Connection,
    *,
    body: SimulateRequest,
) -> SimulateResponse:
    """What a product would sell at other prices, with intervals

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_prices_simulate_async(
    connection: AsyncConnection,
    *,
    body: SimulateRequest,
) -> SimulateResponse:
    """What a product would sell at other prices, with intervals

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: SimulateRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/prices:simulate",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> SimulateResponse:
    response_200 = SimulateResponse.from_dict(response.json())

    return response_200
