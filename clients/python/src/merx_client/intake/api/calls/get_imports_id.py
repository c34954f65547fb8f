from typing import Any
from urllib.parse import quote

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.import_job import ImportJob


def get_imports_id(
    connection: Connection,
    id: str,
) -> ImportJob:
    """How far an import is, and at its end the cleaning report

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        id=id,
    )
    return _answer(connection.send(request))


async def get_imports_id_async(
    connection: AsyncConnection,
    id: str,
) -> ImportJob:
    """How far an import is, and at its end the cleaning report

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
        "url": "/v1/imports/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }
    return _kwargs


def _answer(response: httpx.Response) -> ImportJob:
    response_200 = ImportJob.from_dict(response.json())

    return response_200
