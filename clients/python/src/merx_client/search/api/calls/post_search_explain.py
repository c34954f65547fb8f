from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.search_explain_request import SearchExplainRequest
from ...models.search_explain_response import SearchExplainResponse


def post_search_explain(
    connection: Connection,
    *,
    body: SearchExplainRequest,
) -> SearchExplainResponse:
    """Which legs found a product, and the parts of its score

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_search_explain_async(
    connection: AsyncConnection,
    *,
    body: SearchExplainRequest,
) -> SearchExplainResponse:
    """Which legs found a product, and the parts of its score

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: SearchExplainRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/search:explain",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> SearchExplainResponse:
    response_200 = SearchExplainResponse.from_dict(response.json())

    return response_200
