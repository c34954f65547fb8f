from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.recommend_request import RecommendRequest
from ...models.recommend_response import RecommendResponse


def post_recommendations(
    connection: Connection,
    *,
    body: RecommendRequest,
) -> RecommendResponse:
    """Products for a shopper on a page

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_recommendations_async(
    connection: AsyncConnection,
    *,
    body: RecommendRequest,
) -> RecommendResponse:
    """Products for a shopper on a page

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: RecommendRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/recommendations",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> RecommendResponse:
    response_200 = RecommendResponse.from_dict(response.json())

    return response_200
