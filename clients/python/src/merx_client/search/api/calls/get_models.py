from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.model_list import ModelList


def get_models(
    connection: Connection,
) -> ModelList:
    """Models of `/v1/embeddings` (OpenAI's shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request()
    return _answer(connection.send(request))


async def get_models_async(
    connection: AsyncConnection,
) -> ModelList:
    """Models of `/v1/embeddings` (OpenAI's shape)

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request()
    return _answer(await connection.send(request))


def _request() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/models",
    }
    return _kwargs


def _answer(response: httpx.Response) -> ModelList:
    response_200 = ModelList.from_dict(response.json())

    return response_200
