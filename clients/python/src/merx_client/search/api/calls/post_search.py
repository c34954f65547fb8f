from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.search_request import SearchRequest
from ...models.search_response import SearchResponse


def post_search(
    connection: Connection,
    *,
    body: SearchRequest,
) -> SearchResponse:
    """Products for words, for a picture, or for both

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_search_async(
    connection: AsyncConnection,
    *,
    body: SearchRequest,
) -> SearchResponse:
    """Products for words, for a picture, or for both

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: SearchRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/search",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> SearchResponse:
    response_200 = SearchResponse.from_dict(response.json())

    return response_200
