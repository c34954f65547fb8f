from typing import Any
from urllib.parse import quote

from merx_client.connection import AsyncConnection, Connection


def delete_products_id(
    connection: Connection,
    id: str,
) -> None:
    """A product is no longer sold

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    connection.send(request)


async def delete_products_id_async(
    connection: AsyncConnection,
    id: str,
) -> None:
    """A product is no longer sold

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    await connection.send(request)


def _request(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/products/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }
    return _kwargs
