from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.channel import Channel
from ...models.forecast_period import ForecastPeriod
from ...models.forecast_response import ForecastResponse
from ...types import UNSET, Unset


def get_products_id_forecast(
    connection: Connection,
    id: str,
    *,
    period: ForecastPeriod | Unset = UNSET,
    channel: Channel | None | Unset = UNSET,
) -> ForecastResponse:
    """What a product will sell, by week or day, as quantiles

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        period=period,
        channel=channel,
    )
    return _answer(connection.send(request))


async def get_products_id_forecast_async(
    connection: AsyncConnection,
    id: str,
    *,
    period: ForecastPeriod | Unset = UNSET,
    channel: Channel | None | Unset = UNSET,
) -> ForecastResponse:
    """What a product will sell, by week or day, as quantiles

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
        period=period,
        channel=channel,
    )
    return _answer(await connection.send(request))


def _request(
    id: str,
    *,
    period: ForecastPeriod | Unset = UNSET,
    channel: Channel | None | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_period: str | Unset = UNSET
    if not isinstance(period, Unset):
        json_period = period

    params["period"] = json_period

    json_channel: None | str | Unset
    if isinstance(channel, Unset):
        json_channel = UNSET
    elif isinstance(channel, str):
        json_channel = channel
    else:
        json_channel = channel
    params["channel"] = json_channel

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/products/{id}/forecast".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }
    return _kwargs


def _answer(response: httpx.Response) -> ForecastResponse:
    response_200 = ForecastResponse.from_dict(response.json())

    return response_200
