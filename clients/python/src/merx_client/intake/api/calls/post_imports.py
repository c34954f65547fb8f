from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.import_job import ImportJob
from ...types import UNSET, File, Unset


def post_imports(
    connection: Connection,
    *,
    body: File,
    name: str | Unset = "",
    idempotency_key: str,
) -> ImportJob:
    """A file of products or events in any format that Merx imports, told by its content

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
        name=name,
        idempotency_key=idempotency_key,
    )
    return _answer(connection.send(request))


async def post_imports_async(
    connection: AsyncConnection,
    *,
    body: File,
    name: str | Unset = "",
    idempotency_key: str,
) -> ImportJob:
    """A file of products or events in any format that Merx imports, told by its content

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
        name=name,
        idempotency_key=idempotency_key,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: File,
    name: str | Unset = "",
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    params["name"] = name

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/imports",
        "params": params,
    }
    _kwargs["content"] = body.payload

    headers["Content-Type"] = "application/octet-stream"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> ImportJob:
    response_202 = ImportJob.from_dict(response.json())

    return response_202
