"""The process beside the door: the log's consumers in threads, and probes. `python -m merx_intake.worker`."""

import asyncio
import sys
from collections.abc import Sequence

import structlog

from merx_intake import __version__
from merx_intake.settings import WorkerSettings
from merx_kit.artefacts import ArtefactError
from merx_kit.consumers import Runner
from merx_kit.eventlog import EventLog, EventLogError, migrate
from merx_kit.eventlog.maintenance import maintain
from merx_kit.features.live_history import LiveHistory
from merx_kit.features.live_push import LiveFeatures
from merx_kit.http import Api
from merx_kit.http.gateway import Gateway
from merx_kit.http.health import Health
from merx_kit.serve import main

log = structlog.get_logger()

LOOK_S = 1.0
WAITING, SET_ASIDE = "consumer_waiting", "records_set_aside"
"""Reasons to be degraded: a consumer waits for a store, and records lie aside that a consumer could not take in."""
UNMAINTAINED = "log_not_maintained"
"""The last round of archive and retention failed: the log grows, and nothing is lost."""


class Worker:
    """Runs `runners` from start to stop, and tells `health` how they are."""

    def __init__(
        self, source: EventLog, runners: Sequence[Runner], health: Health, *, settings: WorkerSettings
    ) -> None:
        self._source = source
        self._settings = settings
        self._runners = runners
        self._health = health
        health.add_check("consumers", lambda: all(runner.alive for runner in runners))

    async def start(self) -> None:
        await asyncio.to_thread(self._migrate)
        for runner in self._runners:
            runner.start()

    async def stop(self) -> None:
        """Each finishes its batch and stores its offset."""
        await asyncio.gather(*(asyncio.to_thread(runner.stop) for runner in self._runners))
        self._source.close()

    async def watch(self) -> None:
        while True:
            self._health.set_degraded(WAITING, any(runner.waiting for runner in self._runners))
            self._health.set_degraded(SET_ASIDE, any(runner.poison for runner in self._runners))
            await asyncio.sleep(LOOK_S)

    async def keep_in_bounds(self) -> None:
        """Archives and drops as the settings say, now and again; a round that fails is made up for by the next."""
        while self._settings.maintain_minutes:
            try:
                done = await asyncio.to_thread(maintain, self._settings)
                if done.parts or done.dropped.records or done.keys:
                    counts = {"parts": len(done.parts), "dropped": done.dropped.records, "ids": done.keys}
                    log.info("log_maintained", **counts)
                self._health.restore(UNMAINTAINED)
            except (EventLogError, ArtefactError) as error:
                self._health.degrade(UNMAINTAINED)
                log.warning("log_not_maintained", detail=str(error))
            await asyncio.sleep(self._settings.maintain_minutes * 60)

    def _migrate(self) -> None:
        try:
            migrate(str(self._source.url.render_as_string(hide_password=False)))
        except EventLogError as error:
            # The runners wait until the database is there, and whoever comes first migrates it.
            log.warning("migration_put_off", code=error.code, detail=str(error))


def build(settings: WorkerSettings) -> Gateway:
    source = EventLog(settings.database_url)
    api = Api(title="Merx intake worker", version=__version__, settings=settings)
    consumers = (
        LiveFeatures.of(source, settings),
        LiveHistory.of(settings, checkpoint_s=settings.history_part_s),
    )
    worker = Worker(source, [Runner(source, consumer) for consumer in consumers], api.health, settings=settings)
    api.on_startup(worker.start)
    api.on_shutdown(worker.stop)
    api.background("watch-consumers", worker.watch)
    api.background("maintain-log", worker.keep_in_bounds)
    return api.build()


if __name__ == "__main__":
    sys.exit(main(WorkerSettings, build))
