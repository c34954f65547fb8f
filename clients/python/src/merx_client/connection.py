"""How the calls reach a service: a key, a time limit, another try where the service asks for one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from http import HTTPMethod, HTTPStatus
from typing import Any, BinaryIO, Self

import httpx
from httpx_retries import Retry, RetryTransport
from httpx_sse import EventSource, ServerSentEvent

from merx_client.refusal import Refusal

Request = dict[str, Any]
"""What httpx's `request` takes, as the generated calls make it."""

CHUNK_BYTES = 1 << 16
LONGEST_WAIT_S = 30.0
QUIET_S = 60.0
"""Of a stream without a sign of life; services send one every 15 s."""
STREAM_HEADERS = {"Accept": "text/event-stream", "Cache-Control": "no-store"}


def _settings(base_url: str, key: str, timeout_s: float) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"base_url": base_url, "headers": headers, "timeout": httpx.Timeout(timeout_s)}


def _retry(tries: int) -> Retry:
    """429 alone is tried again, whatever the method: such a request was turned away before any of it was done."""
    return Retry(
        total=tries - 1,
        allowed_methods=list(HTTPMethod),
        status_forcelist=[HTTPStatus.TOO_MANY_REQUESTS],
        retry_on_exceptions=[],
        backoff_factor=0.2,
        max_backoff_wait=LONGEST_WAIT_S,
    )


def _once(request: Request) -> Request:
    """A file that was read once cannot be sent again."""
    return {**request, "extensions": {"retry": Retry(total=0)}} if hasattr(request.get("content"), "read") else request


class Connection:
    """To one service at `base_url` (a path in it is kept), for callers that wait; close it, or use it by `with`.

    `key` is an API key, or a JWT where the service takes them. `timeout_s` limits each wait for the service: for a
    connection, for the next bytes. A 429 is tried again after the wait that it asks for (30 s at most), `tries`
    times in all; a file is sent once. `transport` stands in for the network.
    """

    def __init__(
        self,
        base_url: str,
        key: str = "",
        *,
        timeout_s: float = 10.0,
        tries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        retrying = RetryTransport(transport or httpx.HTTPTransport(), _retry(tries))
        self.http = httpx.Client(transport=retrying, **_settings(base_url, key, timeout_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def send(self, request: Request) -> httpx.Response:
        """Raises Refusal."""
        response = self.http.request(**_once(request))
        if not response.is_success:
            raise Refusal.of(response)
        return response

    def stream(self, request: Request) -> Generator[ServerSentEvent, None, None]:
        """The events until the service ends the stream or the caller closes it. Raises Refusal before the first."""
        headers = {**request.get("headers", {}), **STREAM_HEADERS}
        with self.http.stream(**{**request, "headers": headers}, timeout=_patient(self.http.timeout)) as response:
            if not response.is_success:
                response.read()
                raise Refusal.of(response)
            yield from EventSource(response).iter_sse()


class AsyncConnection:
    """As `Connection`, for asyncio: use it by `async with`, and the calls that end in `_async`."""

    def __init__(
        self,
        base_url: str,
        key: str = "",
        *,
        timeout_s: float = 10.0,
        tries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        retrying = RetryTransport(transport or httpx.AsyncHTTPTransport(), _retry(tries))
        self.http = httpx.AsyncClient(transport=retrying, **_settings(base_url, key, timeout_s))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self.http.aclose()

    async def send(self, request: Request) -> httpx.Response:
        """Raises Refusal."""
        sent = _once(request)
        if hasattr(sent.get("content"), "read"):
            sent = {**sent, "content": _chunks(sent["content"])}
        response = await self.http.request(**sent)
        if not response.is_success:
            raise Refusal.of(response)
        return response

    async def stream(self, request: Request) -> AsyncGenerator[ServerSentEvent, None]:
        """The events until the service ends the stream or the caller closes it. Raises Refusal before the first."""
        headers = {**request.get("headers", {}), **STREAM_HEADERS}
        timeout = _patient(self.http.timeout)
        async with self.http.stream(**{**request, "headers": headers}, timeout=timeout) as response:
            if not response.is_success:
                await response.aread()
                raise Refusal.of(response)
            async for event in EventSource(response).aiter_sse():
                yield event


def _patient(timeout: httpx.Timeout) -> httpx.Timeout:
    return httpx.Timeout(timeout.connect, read=QUIET_S)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
