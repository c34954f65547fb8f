from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.embeddings_request import EmbeddingsRequest
from ...models.embeddings_response import EmbeddingsResponse


def post_embeddings(
    connection: Connection,
    *,
    body: EmbeddingsRequest,
) -> EmbeddingsResponse:
    """Text vectors (OpenAI's shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_embeddings_async(
    connection: AsyncConnection,
    *,
    body: EmbeddingsRequest,
) -> EmbeddingsResponse:
    """Text vectors (OpenAI's shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: EmbeddingsRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/embeddings",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> EmbeddingsResponse:
    response_200 = EmbeddingsResponse.from_dict(response.json())

    return response_200
