"""Joins the parts; nothing is opened before `build`, and nothing is waited for before `start`."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog, ExposureWriter, NoExposures
from merx_kit.eventlog.maintenance import archive_of
from merx_kit.features import FeastProfiles, feast_profiles
from merx_kit.http import Health
from merx_kit.registry import MlflowRegistry, ModelSlot, SlotSettings
from merx_models.pictures.decoding import PictureLimits
from merx_models.search_index import CONTRACT, SearchIndex
from merx_models.text_models import TextModel, open_text_model
from merx_models.vectors.milvus_store import MilvusStore
from merx_models.words.hybrid import HybridSettings
from merx_search.adapters import indexes
from merx_search.adapters.decoder import IsolatedDecoder
from merx_search.adapters.encoders import BatchedEncoders
from merx_search.adapters.indexes import Followed, IndexKeeper, Pace
from merx_search.domain import Floats
from merx_search.service import Finder, Journal, Options, PictureReader
from merx_search.settings import Settings

CONTRACTS = frozenset({CONTRACT})
"""Index layouts that this code can serve: its own, and the one before once there is one."""


FIRST_LOOK_S = 60.0
"""An index takes seconds to read; a start without waiting for it would begin by encoding the whole catalogue anew."""


@dataclass(frozen=True, slots=True)
class House:
    """The service and what must be started and stopped with it."""

    finder: Finder
    pictures: PictureReader
    encoders: BatchedEncoders
    health: Health
    keeper: IndexKeeper
    profiles: FeastProfiles
    decoder: IsolatedDecoder
    exposures: ExposureWriter | NoExposures
    log: EventLog

    async def start(self) -> None:
        """Loads what the disk or the registry has; a registry, a store or a database that is away stops nothing."""
        await asyncio.to_thread(self.keeper.start)
        await self.profiles.warm_up()
        await self.encoders.texts(["warm up"])

    async def stop(self) -> None:
        """Writes the exposures that still wait."""
        await asyncio.to_thread(self.keeper.stop)
        await asyncio.to_thread(self.exposures.close)
        self.decoder.close()
        self.profiles.close()
        self.log.close()


def build(settings: Settings) -> House:
    """The service that `settings` describe."""
    health = Health()
    log = EventLog(settings.database_url)
    encoder = open_text_model(settings.text_model, threads=settings.encoder_threads)
    encoders = BatchedEncoders(encoder, batch=settings.encoder_batch)
    decoder = IsolatedDecoder(PictureLimits(seconds=settings.decode_seconds))
    keeper = _keeper(settings, log, encoder)
    timeout_s = settings.feature_timeout_ms / 1000
    profiles = feast_profiles(settings, timeout_s=timeout_s, clock=time.time)
    keeper.looked = lambda: _tell(health, keeper, profiles)
    health.add_check("index", lambda: keeper.current() is not None)
    pictures = PictureReader(decoder, encoders)
    exposures = ExposureWriter(log) if settings.exposures else NoExposures()
    options = Options(feature_timeout_s=timeout_s, journal=Journal(exposures))
    finder = Finder(keeper, encoders, pictures=pictures, profiles=profiles, options=options)
    return House(finder, pictures, encoders, health, keeper, profiles, decoder, exposures, log)


def _keeper(settings: Settings, log: EventLog, encoder: TextModel) -> IndexKeeper:
    slot = ModelSlot(
        SlotSettings(
            name=settings.model_name,
            folder=settings.last_good / "models",
            contracts=CONTRACTS,
            alias=settings.model_alias,
            poll_s=settings.poll_ms / 1000,
            first_look_s=FIRST_LOOK_S,
        ),
        MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url)),
        load=partial(indexes.load, encoder=encoder.identity, threads=settings.encoder_threads, store=_store(settings)),
        check=indexes.check,
    )

    def encode(texts: Sequence[str]) -> Floats:
        return encoder.encode(texts)

    def follow(index: SearchIndex, head: int) -> Followed:
        return Followed(index, head, source=log, archive=archive_of(settings), encode=encode)

    pace = Pace(poll_s=settings.poll_ms / 1000, log_poll_s=settings.log_poll_ms / 1000, catch_up_s=settings.catch_up_s)
    return IndexKeeper(slot, follow, empty=partial(_empty, encoder), pace=pace)


def _store(settings: Settings) -> MilvusStore | None:
    """None where each replica holds its vectors itself. It is asked with the first index that lies there."""
    if not settings.vectors_url:
        return None
    return MilvusStore(settings.vectors_url, timeout_s=settings.vectors_timeout_ms / 1000)


def _empty(encoder: TextModel) -> SearchIndex:
    settings = HybridSettings(least_cosine=encoder.least_cosine)
    return SearchIndex.build([], np.zeros((0, encoder.dim), np.float32), settings=settings)


def _tell(health: Health, keeper: IndexKeeper, profiles: FeastProfiles) -> None:
    """`/readyz` and the gauge say what answers say."""
    standing = keeper.current()
    lacking = {*keeper.degraded, *(() if standing is None else standing.lacking)}
    if not profiles.available:
        lacking.add("features_unavailable")
    health.say(lacking)
