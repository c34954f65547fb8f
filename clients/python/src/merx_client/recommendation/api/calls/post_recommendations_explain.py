from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.explain_request import ExplainRequest
from ...models.explain_response import ExplainResponse


def post_recommendations_explain(
    connection: Connection,
    *,
    body: ExplainRequest,
) -> ExplainResponse:
    """The parts of a score

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_recommendations_explain_async(
    connection: AsyncConnection,
    *,
    body: ExplainRequest,
) -> ExplainResponse:
    """The parts of a score

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: ExplainRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/recommendations:explain",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> ExplainResponse:
    response_200 = ExplainResponse.from_dict(response.json())

    return response_200
