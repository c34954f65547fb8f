from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.suggestions_response import SuggestionsResponse
from ...types import UNSET, Unset


def get_attribute_suggestions(
    connection: Connection,
    *,
    limit: int | Unset = 100,
    least: float | Unset = 0.0,
    cursor: str | Unset = "",
) -> SuggestionsResponse:
    """Values that the catalogue lacks, as read from pictures; surest first

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        limit=limit,
        least=least,
        cursor=cursor,
    )
    return _answer(connection.send(request))


async def get_attribute_suggestions_async(
    connection: AsyncConnection,
    *,
    limit: int | Unset = 100,
    least: float | Unset = 0.0,
    cursor: str | Unset = "",
) -> SuggestionsResponse:
    """Values that the catalogue lacks, as read from pictures; surest first

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        limit=limit,
        least=least,
        cursor=cursor,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    limit: int | Unset = 100,
    least: float | Unset = 0.0,
    cursor: str | Unset = "",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["least"] = least

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/attribute-suggestions",
        "params": params,
    }
    return _kwargs


def _answer(response: httpx.Response) -> SuggestionsResponse:
    response_200 = SuggestionsResponse.from_dict(response.json())

    return response_200
