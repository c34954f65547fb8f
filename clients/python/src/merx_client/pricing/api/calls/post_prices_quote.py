from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.quote_request import QuoteRequest
from ...models.quote_response import QuoteResponse


def post_prices_quote(
    connection: Connection,
    *,
    body: QuoteRequest,
) -> QuoteResponse:
    """Prices, each with its reasons

    Up to 100 products. Each price comes with its bounds and the rules that set them, the reasons that
    moved it, and, where they were made, the contributions of cost, stock, demand and elasticity. A line
    that cannot be priced is in `errors`, and the others are answered. All of it is in the audit before
    the answer leaves.

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_prices_quote_async(
    connection: AsyncConnection,
    *,
    body: QuoteRequest,
) -> QuoteResponse:
    """Prices, each with its reasons

    Up to 100 products. Each price comes with its bounds and the rules that set them, the reasons that
    moved it, and, where they were made, the contributions of cost, stock, demand and elasticity. A line
    that cannot be priced is in `errors`, and the others are answered. All of it is in the audit before
    the answer leaves.

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: QuoteRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/prices:quote",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> QuoteResponse:
    response_200 = QuoteResponse.from_dict(response.json())

    return response_200
