from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.competitor_price_batch import CompetitorPriceBatch
from ...models.competitor_price_entry import CompetitorPriceEntry
from ...models.post_competitor_prices_batch_body_type_1_item_type_1 import PostCompetitorPricesBatchBodyType1ItemType1
from ...models.verdicts import Verdicts


def post_competitor_prices_batch(
    connection: Connection,
    *,
    body: CompetitorPriceBatch | list[CompetitorPriceEntry | PostCompetitorPricesBatchBodyType1ItemType1],
) -> Verdicts:
    """What other shops ask: up to 500, a verdict for each

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_competitor_prices_batch_async(
    connection: AsyncConnection,
    *,
    body: CompetitorPriceBatch | list[CompetitorPriceEntry | PostCompetitorPricesBatchBodyType1ItemType1],
) -> Verdicts:
    """What other shops ask: up to 500, a verdict for each

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: CompetitorPriceBatch | list[CompetitorPriceEntry | PostCompetitorPricesBatchBodyType1ItemType1],
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/competitor-prices:batch",
    }

    if isinstance(body, CompetitorPriceBatch):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = []
        for body_type_1_item_data in body:
            body_type_1_item: dict[str, Any]
            if isinstance(body_type_1_item_data, CompetitorPriceEntry):
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
