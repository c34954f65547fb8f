from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.product import Product
from ...models.verdict import Verdict


def put_products_id(
    connection: Connection,
    id: str,
    *,
    body: Product,
) -> Verdict:
    """A product as it is from now on, whole

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        body=body,
    )
    return _answer(connection.send(request))


async def put_products_id_async(
    connection: AsyncConnection,
    id: str,
    *,
    body: Product,
) -> Verdict:
    """A product as it is from now on, whole

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    id: str,
    *,
    body: Product,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/products/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> Verdict:
    response_200 = Verdict.from_dict(response.json())

    return response_200
