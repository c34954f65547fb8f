from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.audit_page import AuditPage
from ...types import UNSET, Unset


def get_prices_audit(
    connection: Connection,
    *,
    product_id: str | Unset = "",
    request_id: str | Unset = "",
    decision_id: str | Unset = "",
    limit: int | Unset = 50,
    cursor: str | Unset = "",
) -> AuditPage:
    """Prices that were given, and all that stood behind them

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        product_id=product_id,
        request_id=request_id,
        decision_id=decision_id,
        limit=limit,
        cursor=cursor,
    )
    return _answer(connection.send(request))


async def get_prices_audit_async(
    connection: AsyncConnection,
    *,
    product_id: str | Unset = "",
    request_id: str | Unset = "",
    decision_id: str | Unset = "",
    limit: int | Unset = 50,
    cursor: str | Unset = "",
) -> AuditPage:
    """Prices that were given, and all that stood behind them

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        product_id=product_id,
        request_id=request_id,
        decision_id=decision_id,
        limit=limit,
        cursor=cursor,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    product_id: str | Unset = "",
    request_id: str | Unset = "",
    decision_id: str | Unset = "",
    limit: int | Unset = 50,
    cursor: str | Unset = "",
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["product_id"] = product_id

    params["request_id"] = request_id

    params["decision_id"] = decision_id

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/prices/audit",
        "params": params,
    }
    return _kwargs


def _answer(response: httpx.Response) -> AuditPage:
    response_200 = AuditPage.from_dict(response.json())

    return response_200
