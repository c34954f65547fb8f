"""Joins the parts; nothing is opened before `build`, and nothing is waited for before `start`."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog, ExposureWriter, NoExposures
from merx_kit.features import FeastProfiles, feast_profiles
from merx_kit.features.snapshot_store import SnapshotStore
from merx_kit.http import Health
from merx_kit.registry import MlflowRegistry, ModelSlot, SlotSettings
from merx_models.rerank import RerankSettings
from merx_recommendation.adapters import bundle
from merx_recommendation.adapters.feed import LogFeed, catalogue_records
from merx_recommendation.adapters.shelves import ShelfKeeper
from merx_recommendation.schemas import live_event
from merx_recommendation.service import LiveLists, LiveOptions, Options, Recommender
from merx_recommendation.service.journal import Journal
from merx_recommendation.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """The service and what must be started and stopped with it."""

    recommender: Recommender
    live: LiveLists
    health: Health
    shelves: ShelfKeeper
    profiles: FeastProfiles
    exposures: ExposureWriter | NoExposures
    feed: LogFeed

    async def start(self) -> None:
        """Loads what the disk has; a registry, a store or a database that is away stops nothing."""
        await asyncio.to_thread(self.shelves.start)
        await asyncio.to_thread(self.feed.start)
        await self.profiles.warm_up()

    async def stop(self) -> None:
        """Writes the exposures that still wait."""
        await asyncio.to_thread(self.feed.stop)
        await asyncio.to_thread(self.shelves.stop)
        await asyncio.to_thread(self.exposures.close)
        self.profiles.close()
        self.feed.close()


def build(settings: Settings) -> House:
    """The service that `settings` describe."""
    health = Health()
    log = EventLog(settings.database_url)
    timeout_s = settings.feature_timeout_ms / 1000
    shelves = _shelves(settings, log, lambda: _tell(health, shelves, profiles))
    profiles = feast_profiles(settings, timeout_s=timeout_s, clock=lambda: shelves.current().shop_time(time.time()))
    exposures = ExposureWriter(log) if settings.exposures else NoExposures()
    rerank = RerankSettings(diversity=settings.diversity, tail_exposure=settings.tail_exposure)
    recommender = Recommender(
        profiles=profiles,
        shelves=shelves,
        journal=Journal(exposures, sample=settings.feature_sample),
        options=Options(feature_timeout_s=timeout_s, rerank=rerank),
    )
    feed = LogFeed(log, shelves, poll_s=settings.log_poll_ms / 1000)
    live = _live(settings, recommender, feed)
    shelves.log_answers = lambda: feed.available
    shelves.swapped = live.make_all_anew
    return House(recommender, live, health, shelves, profiles, exposures, feed)


def _live(settings: Settings, recommender: Recommender, feed: LogFeed) -> LiveLists:
    options = LiveOptions(
        spacing_s=settings.live_spacing_ms / 1000,
        streams=settings.streams,
        keep_alive_s=settings.live_keep_alive_s,
        profile_s=settings.live_profile_s,
    )
    live = LiveLists(recommender, encode=live_event, options=options, earlier=feed.earlier)
    feed.tell(live.tell, live.watched)
    return live


def _shelves(settings: Settings, log: EventLog, looked: Callable[[], None]) -> ShelfKeeper:
    artefacts = ArtefactStore(settings.artefacts_url)
    slot = ModelSlot(
        SlotSettings(
            name=settings.model_name,
            folder=settings.last_good / "models",
            contracts=bundle.CONTRACTS,
            alias=settings.model_alias,
            poll_s=settings.poll_ms / 1000,
        ),
        MlflowRegistry(settings.mlflow_url, artefacts),
        load=bundle.load,
        check=bundle.check,
    )
    snapshots = SnapshotStore(settings.artefacts_url, settings.last_good / "products")
    records = catalogue_records(log)
    return ShelfKeeper(slot, snapshots, poll_s=settings.poll_ms / 1000, looked=looked, records=records)


def _tell(health: Health, shelves: ShelfKeeper, profiles: FeastProfiles) -> None:
    """`/readyz` and the gauge say what answers say."""
    lacking = {*shelves.degraded, *shelves.current().lacking}
    if not profiles.available:
        lacking.add("features_unavailable")
    health.say(lacking)
