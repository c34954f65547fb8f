from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.import_page import ImportPage
from ...types import UNSET, Unset


def get_imports(
    connection: Connection,
    *,
    limit: int | Unset = 20,
    cursor: str | Unset = "",
) -> ImportPage:
    """Imports, newest first

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        limit=limit,
        cursor=cursor,
    )
    return _answer(connection.send(request))


async def get_imports_async(
    connection: AsyncConnection,
    *,
    limit: int | Unset = 20,
    cursor: str | Unset = "",
) -> ImportPage:
    """Imports, newest first

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        limit=limit,
        cursor=cursor,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    limit: int | Unset = 20,
    cursor: str | Unset = "",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/imports",
        "params": params,
    }
    return _kwargs


def _answer(response: httpx.Response) -> ImportPage:
    response_200 = ImportPage.from_dict(response.json())

    return response_200
