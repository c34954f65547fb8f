from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.lookalikes_response import LookalikesResponse
from ...types import UNSET, Unset


def get_products_id_lookalikes(
    connection: Connection,
    id: str,
    *,
    size: int | Unset = 20,
    in_stock: bool | Unset = True,
) -> LookalikesResponse:
    """Products that look like a product

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        size=size,
        in_stock=in_stock,
    )
    return _answer(connection.send(request))


async def get_products_id_lookalikes_async(
    connection: AsyncConnection,
    id: str,
    *,
    size: int | Unset = 20,
    in_stock: bool | Unset = True,
) -> LookalikesResponse:
    """Products that look like a product

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        size=size,
        in_stock=in_stock,
    )
    return _answer(await connection.send(request))


def _request(
    id: str,
    *,
    size: int | Unset = 20,
    in_stock: bool | Unset = True,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["size"] = size

    params["in_stock"] = in_stock

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/products/{id}/lookalikes".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }
    return _kwargs


def _answer(response: httpx.Response) -> LookalikesResponse:
    response_200 = LookalikesResponse.from_dict(response.json())

    return response_200
