from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...types import File


def get_products_id_picture(
    connection: Connection,
    id: str,
) -> File:
    """A small picture of a product (JPEG); open, as the shop's own pictures are

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    return _answer(connection.send(request))


async def get_products_id_picture_async(
    connection: AsyncConnection,
    id: str,
) -> File:
    """A small picture of a product (JPEG); open, as the shop's own pictures are

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    return _answer(await connection.send(request))


def _request(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/products/{id}/picture".format(
            id=quote(str(id), safe=""),
        ),
    }
    return _kwargs


def _answer(response: httpx.Response) -> File:
    response_200 = File(payload=BytesIO(response.content))

    return response_200
