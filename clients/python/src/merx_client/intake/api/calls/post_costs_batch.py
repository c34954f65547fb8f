from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.cost_batch import CostBatch
from ...models.cost_entry import CostEntry
from ...models.post_costs_batch_body_type_1_item_type_1 import PostCostsBatchBodyType1ItemType1
from ...models.verdicts import Verdicts


def post_costs_batch(
    connection: Connection,
    *,
    body: CostBatch | list[CostEntry | PostCostsBatchBodyType1ItemType1],
) -> Verdicts:
    """What products cost the shop: up to 500, a verdict for each

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_costs_batch_async(
    connection: AsyncConnection,
    *,
    body: CostBatch | list[CostEntry | PostCostsBatchBodyType1ItemType1],
) -> Verdicts:
    """What products cost the shop: up to 500, a verdict for each

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: CostBatch | list[CostEntry | PostCostsBatchBodyType1ItemType1],
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/costs:batch",
    }

    if isinstance(body, CostBatch):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = []
        for body_type_1_item_data in body:
            body_type_1_item: dict[str, Any]
            if isinstance(body_type_1_item_data, CostEntry):
                body_type_1_item = body_type_1_item_data.to_dict()
            else:
                body_type_1_item = body_type_1_item_data.to_dict()

            _kwargs["json"].append(body_type_1_item)

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> Verdicts:
    response_200 = Verdicts.from_dict(response.json())

    return response_200
