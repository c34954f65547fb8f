from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.attributes_request import AttributesRequest
from ...models.attributes_response import AttributesResponse


def post_images_attributes(
    connection: Connection,
    *,
    body: AttributesRequest,
) -> AttributesResponse:
    """What a photograph shows: category, colours, pattern, and what the catalogue says of its classes

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_images_attributes_async(
    connection: AsyncConnection,
    *,
    body: AttributesRequest,
) -> AttributesResponse:
    """What a photograph shows: category, colours, pattern, and what the catalogue says of its classes

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: AttributesRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/images:attributes",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> AttributesResponse:
    response_200 = AttributesResponse.from_dict(response.json())

    return response_200
