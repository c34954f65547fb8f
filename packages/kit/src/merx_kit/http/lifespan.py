"""Start and stop of an app: hooks of ours around those of the engine's app, where there is one."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from merx_kit.supervise import Supervisor, Work

log = structlog.get_logger()

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]


class Lifespan:
    """Our startup runs before the inner app's, our shutdown after it, in the opposite order of registration."""

    def __init__(self) -> None:
        self.startup: list[Hook] = []
        self.shutdown: list[Hook] = []
        self.background: list[tuple[str, Work]] = []
        self._supervisor = Supervisor()

    async def run(self, inner: ASGIApp | None, scope: Any, receive: Any, send: Any) -> None:
        async def receive_after_start() -> Any:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start(send)
            return message

        async def send_after_stop(message: Any) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await self._stop()
            await send(message)

        await (inner or _no_inner)(scope, receive_after_start, send_after_stop)

    async def _start(self, send: Any) -> None:
        try:
            for hook in self.startup:
                await hook()
        except Exception as error:
            log.exception("startup_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        for name, work in self.background:
            self._supervisor.start(name, work)

    async def _stop(self) -> None:
        await self._supervisor.stop()
        for hook in reversed(self.shutdown):
            try:
                await hook()
            except Exception:
                log.exception("shutdown_hook_failed")


async def _no_inner(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
