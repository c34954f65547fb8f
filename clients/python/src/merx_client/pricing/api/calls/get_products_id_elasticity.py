from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.elasticity_response import ElasticityResponse


def get_products_id_elasticity(
    connection: Connection,
    id: str,
) -> ElasticityResponse:
    """How a product's sales answer its price, and whose prices move them

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    return _answer(connection.send(request))


async def get_products_id_elasticity_async(
    connection: AsyncConnection,
    id: str,
) -> ElasticityResponse:
    """How a product's sales answer its price, and whose prices move them

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
        "url": "/v1/products/{id}/elasticity".format(
            id=quote(str(id), safe=""),
        ),
    }
    return _kwargs


def _answer(response: httpx.Response) -> ElasticityResponse:
    response_200 = ElasticityResponse.from_dict(response.json())

    return response_200
