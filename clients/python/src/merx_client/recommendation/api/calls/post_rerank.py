from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.rerank_request import RerankRequest
from ...models.rerank_response import RerankResponse


def post_rerank(
    connection: Connection,
    *,
    body: RerankRequest,
) -> RerankResponse:
    """Order products for a shopper (the Jina / Cohere shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_rerank_async(
    connection: AsyncConnection,
    *,
    body: RerankRequest,
) -> RerankResponse:
    """Order products for a shopper (the Jina / Cohere shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: RerankRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/rerank",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> RerankResponse:
    response_200 = RerankResponse.from_dict(response.json())

    return response_200
