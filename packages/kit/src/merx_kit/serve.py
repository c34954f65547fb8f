"""Run a service with uvicorn: one clear sentence when it cannot start, no reset connection when it stops."""

import asyncio
import errno
import gc
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

import structlog
import uvicorn

from merx_kit.http.gateway import Gateway
from merx_kit.http.protocol import SheddingProtocol
from merx_kit.logging import configure_logging
from merx_kit.settings import ServiceSettings, SettingsError

log = structlog.get_logger()

S = TypeVar("S", bound=ServiceSettings)

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 5
TICK_SECONDS = 0.05
EXIT_CANNOT_START = 2


class CannotListen(RuntimeError):
    """One sentence on why the address cannot be had."""


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(_why(error, host, port)) from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another process: stop it, or set another port"
    if error.errno == errno.EACCES:
        return f"port {port} needs rights that this user does not have: set a port above 1023"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"


def main(settings_class: type[S], build: Callable[[S], Gateway]) -> int:
    """The whole life of a service's process: settings, logs, `build`, serve; gives the exit status."""
    try:
        settings = settings_class.load()
        configure_logging(settings.log_level)
        return run(build(settings), settings)
    except SettingsError as error:
        return _refused(error)


def _refused(reason: Exception) -> int:
    print(f"merx: {reason}", file=sys.stderr)  # noqa: T201 - for the person who started it
    return EXIT_CANNOT_START


def run(app: Gateway, settings: ServiceSettings) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit status."""
    try:
        listener = listen(settings.host, settings.port)
    except CannotListen as error:
        return _refused(error)
    server = DrainingServer(app, settings)
    try:
        server.run(sockets=[listener])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


class DrainingServer(uvicorn.Server):
    """On SIGTERM: not ready, but still accepting, for the notice; then the listener closes, requests in flight finish,
    and connections close after their next answer or when idle. On SIGINT (someone at a keyboard) there is no notice."""

    def __init__(self, app: Gateway, settings: ServiceSettings) -> None:
        config = uvicorn.Config(
            app=app,
            loop="uvloop",
            http=SheddingProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
        super().__init__(config)
        self._app = app
        self._settings = settings
        self._hurried = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Unlike uvicorn's, the signal is not raised again at the end: a drained service has ended well."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self._hurried = sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        gc.collect()
        gc.freeze()  # what start-up made lives as long as the process: not looked at again (p99 52 to 5 ms)
        address = sockets[0].getsockname() if sockets else None
        log.info("service_started", address=address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.health.drain()
        if not self._hurried:
            await self._notice()
            await self._last_connections(sockets or [])
        await super().shutdown(sockets=sockets)
        log.info("service_stopped")

    async def _notice(self) -> None:
        """Answer as before, but ask every caller to connect anew (elsewhere, once the load balancer has seen us go)."""
        log.info("draining", notice_ms=self._settings.drain_notice_ms, connections=len(self.server_state.connections))
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        await asyncio.sleep(self._settings.drain_notice_ms / 1000)

    async def _last_connections(self, sockets: list[socket.socket]) -> None:
        """Take what the kernel has accepted for us, close the door, and let the connections end by themselves: closing
        one on which a request has just arrived would reset it."""
        loop = asyncio.get_running_loop()
        pending = [connection for listener in sockets for connection in _pending(listener)]
        for server in self.servers:  # no await from `_pending` to here: what arrives in between is reset
            server.close()
        for listener in sockets:
            listener.close()
        for connection in pending:
            await loop.connect_accepted_socket(self._protocol, connection)
        until = time.monotonic() + self._settings.drain_seconds
        while self.server_state.connections and time.monotonic() < until and not self._hurried:  # noqa: ASYNC110
            await asyncio.sleep(TICK_SECONDS)
        self.config.timeout_graceful_shutdown = max(1, int(until - time.monotonic()))

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def _pending(listener: socket.socket) -> list[socket.socket]:
    pending: list[socket.socket] = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return pending
        connection.setblocking(False)
        pending.append(connection)
