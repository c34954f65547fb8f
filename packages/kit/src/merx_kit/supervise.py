"""Background work of a service: a crash is logged, counted, and the work started again."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from merx_kit.metrics import counter

log = structlog.get_logger()

CRASHES = counter("background_crashes", "Crashes of background tasks", ("task",))
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

Work = Callable[[], Awaitable[None]]


class Supervisor:
    """Runs each task until it returns; the pause before a restart doubles, and starts afresh after a calm minute."""

    def __init__(self, *, first_pause_seconds: float = FIRST_PAUSE_SECONDS) -> None:
        self._first_pause = first_pause_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Work) -> None:
        task = asyncio.create_task(self._run(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, name: str, work: Work) -> None:
        pause = self._first_pause
        while True:
            began = time.monotonic()
            try:
                await work()
                return
            except Exception:
                CRASHES.labels(name).inc()
                log.exception("background_task_crashed", task=name, restart_in_seconds=pause)
            if time.monotonic() - began > 60.0:
                pause = self._first_pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
