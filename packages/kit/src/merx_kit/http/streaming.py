"""Answers that go on: sent chunk by chunk until they end, the caller leaves, or the service drains."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from merx_kit.http.context import RequestContext
from merx_kit.http.health import Health
from merx_kit.metrics import counter, gauge

EVENT_STREAM = "text/event-stream"
OPEN = gauge("http_streams_open", "Streams being sent", ("route",))
ENDED = counter("http_streams_ended", "Streams ended, and why", ("route", "reason"))


@dataclass(frozen=True, slots=True)
class Streaming:
    """A body in chunks. `farewell` is sent when the service drains; a reader that takes nothing for `stuck_after_s`
    is let go. However it ends, `chunks` is closed (an async generator then runs its `finally`)."""

    chunks: AsyncIterator[bytes]
    media_type: str = EVENT_STREAM
    headers: Mapping[str, str] = field(default_factory=dict)
    farewell: bytes = b""
    stuck_after_s: float = 30.0
    status: int = 200


class _Stuck(Exception):
    """The reader took nothing for too long."""


async def send_stream(
    stream: Streaming, context: RequestContext, *, route: str, health: Health, receive: Any, send: Any
) -> None:
    """Sends the whole of it; returns when it has ended, for whatever reason."""
    headers = {"content-type": stream.media_type, "cache-control": "no-store", "x-accel-buffering": "no"}
    headers |= {name.lower(): value for name, value in stream.headers.items()}
    headers["x-request-id"] = context.request_id
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    OPEN.labels(route).inc()
    reason = "failed"
    try:
        await send({"type": "http.response.start", "status": stream.status, "headers": encoded})
        reason = await _send_chunks(stream, health, receive, send)
    finally:
        OPEN.labels(route).dec()
        ENDED.labels(route, reason).inc()


async def _send_chunks(stream: Streaming, health: Health, receive: Any, send: Any) -> str:
    pump = asyncio.create_task(_pump(stream, send))
    gone = asyncio.create_task(_gone(receive))
    drained = asyncio.create_task(health.drained.wait())
    tasks = (pump, gone, drained)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if gone.done() and not gone.cancelled():
        return "client_gone"
    if not pump.cancelled():
        error = pump.exception()
        if isinstance(error, _Stuck):
            return "stuck"
        if error is not None:
            raise error
    body = stream.farewell if pump.cancelled() else b""
    await send({"type": "http.response.body", "body": body})
    return "drained" if pump.cancelled() else "ended"


async def _pump(stream: Streaming, send: Any) -> None:
    chunks: Any = stream.chunks
    async with aclosing(chunks):
        async for chunk in chunks:
            try:
                async with asyncio.timeout(stream.stuck_after_s):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except TimeoutError:
                raise _Stuck from None


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
