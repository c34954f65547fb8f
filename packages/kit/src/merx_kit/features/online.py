"""One shopper's features at the moment of a request: through Feast, within a deadline, behind a breaker."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from merx_core.features import names
from merx_core.features.inputs import ProfileFeatures
from merx_kit.features.breaker import Breaker
from merx_kit.features.errors import FeaturesUnavailable
from merx_kit.features.profile_reader import ProfileReader
from merx_kit.features.rows import DatedRow, Row, array, floats, items, text

if TYPE_CHECKING:
    from feast import FeatureStore

DEADLINE_SECONDS = 0.04
THREADS = 4
QUICK_SECONDS = 0.005
WEIGHT = 0.05
"""Of the newest answer in the running average of answer times."""


class OnlineProfiles:
    """Reads the shopper's views of one feature service, and what the shopper does now (LIVE_SERVICE), as declared.

    A registry without the live view gives shoppers without recent products.

    SQLite is read where the caller stands. So is Redis while it answers within QUICK_SECONDS on average, since the way
    through a thread costs more than the read; once it is slow or fails it is read in a small pool, so that a server
    that hangs stops the event loop for one timeout at most, and never more than a few threads. `clock` is the shop's
    time in epoch seconds: TTLs count from it.
    """

    def __init__(
        self,
        store: "FeatureStore",
        *,
        service: str = names.FEATURE_SERVICE,
        deadline_s: float = DEADLINE_SECONDS,
        clock: Callable[[], float] = time.time,
        breaker: Breaker | None = None,
    ) -> None:
        self._store = store
        self._service = service
        self._deadline_s = deadline_s
        self._clock = clock
        self._breaker = breaker or Breaker()
        self._local = store.config.online_store.type == "sqlite"
        self._answer_s = 0.0 if self._local else DEADLINE_SECONDS
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="features")
        self._failures = store_failures()
        self._readers: ProfileReader | None = None

    @property
    def available(self) -> bool:
        """Whether the last reads were answered; False while the breaker is open."""
        return not self._breaker.open

    def warm(self) -> bool:
        """Loads the declarations and connects, which takes longer than a request may; False where the store is away.

        For the start of a service, outside its event loop; without it the first requests may find features unavailable.
        """
        try:
            self.read_now(["c:"])
        except self._failures:
            return False
        except KeyError:
            return False
        return True

    async def read(self, profile_id: str, *, budget_s: float | None = None) -> ProfileFeatures | None:
        """The shopper, or None where the store does not know them. Raises FeaturesUnavailable within the deadline."""
        if not self._breaker.allows():
            raise FeaturesUnavailable("the online store failed lately")
        limit = self._deadline_s if budget_s is None else min(budget_s, self._deadline_s)
        try:
            found = await self._one(profile_id, limit)
        except TimeoutError:
            self._failed()
            raise FeaturesUnavailable(f"no answer within {limit * 1000:.0f} ms") from None
        except self._failures as error:
            self._failed()
            raise FeaturesUnavailable(f"{type(error).__name__}: {error}") from error
        except KeyError as error:  # not the store's failure: the registry declares the columns of another version
            raise FeaturesUnavailable(f"the feature store has no column {error}") from error
        self._breaker.succeeded()
        return found

    async def _one(self, profile_id: str, limit_s: float) -> ProfileFeatures | None:
        started = time.perf_counter()
        if self._answer_s < QUICK_SECONDS and self._readers is not None:
            found = self.read_now([profile_id])[0]
        else:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(limit_s):
                found = (await loop.run_in_executor(self._threads, self.read_now, [profile_id]))[0]
        if not self._local:
            took = min(time.perf_counter() - started, DEADLINE_SECONDS)
            self._answer_s += WEIGHT * (took - self._answer_s)
        return found

    def _failed(self) -> None:
        self._breaker.failed()
        if not self._local:
            self._answer_s = DEADLINE_SECONDS

    def read_now(self, profile_ids: Sequence[str]) -> list[ProfileFeatures | None]:
        """Many shoppers at once, with neither deadline nor breaker; a batch of one is what `read` makes."""
        if self._readers is None or self._readers.outdated:
            self._readers = self._declared()
        return [
            profile_of_rows(profile_id, rows)
            for profile_id, rows in zip(profile_ids, self._readers.read(profile_ids, now=self._clock()), strict=True)
        ]

    def forget_declarations(self) -> None:
        """The next read asks the registry again, as it should after a change of the feature service."""
        self._store.refresh_registry()
        self._readers = None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _declared(self) -> "ProfileReader":
        from feast.errors import FeastObjectNotFoundException

        views = _profile_views(self._store, self._service)
        try:
            live = _profile_views(self._store, names.LIVE_SERVICE)
        except FeastObjectNotFoundException:
            live = []
        return ProfileReader(self._store, [*views, *live], look_again=not live)


def profile_of_rows(profile_id: str, rows: Mapping[str, DatedRow | None]) -> ProfileFeatures | None:
    """The shopper out of the rows of their views; None where no view knows them.

    `as_of` is the oldest row's of what was made by a pipeline; NaN for a shopper of whom only the present is known.
    """
    known = [row.as_of for name, row in rows.items() if row and name != names.PROFILE_LIVE]
    live = rows.get(names.PROFILE_LIVE)
    if not known and not live:
        return None
    activity, affinity = rows.get(names.PROFILE_ACTIVITY), rows.get(names.PROFILE_AFFINITY)
    return replace(
        _active(profile_id, activity.values) if activity else ProfileFeatures(profile_id),
        as_of=min(known, default=float("nan")),
        recent_ids=tuple(items(live.values["live_products"])) if live else (),
        **(_tastes(affinity.values) if affinity else {}),
    )


def _active(profile_id: str, values: Row) -> ProfileFeatures:
    return ProfileFeatures(
        profile_id=profile_id,
        values=floats(values, names.PROFILE_COLUMNS),
        history_ids=tuple(items(values["history_ids"])),
        history_times=array(values["history_times"], np.float64),
        history_counts=array(values["history_counts"], np.int32),
        history_intervals=array(values["history_intervals"], np.float32),
        history_weights=array(values["history_weights"], np.float32),
        segment=text(values["segment"]) or names.SEGMENTS[0],
    )


def _tastes(values: Row) -> dict[str, Any]:
    return {
        "top_categories": tuple(items(values["top_categories"])),
        "category_weights": array(values["category_weights"], np.float32),
        "top_brands": tuple(items(values["top_brands"])),
        "brand_weights": array(values["brand_weights"], np.float32),
    }


def _profile_views(store: "FeatureStore", service: str) -> list[str]:
    names_of = [projection.name for projection in store.get_feature_service(service).feature_view_projections]
    return [name for name in names_of if store.get_feature_view(name).join_keys == [names.PROFILE_KEY]]


def store_failures() -> tuple[type[Exception], ...]:
    """What a store that is away, damaged or not set up yet raises."""
    from feast.errors import FeastError
    from google.protobuf.message import DecodeError
    from redis.exceptions import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    return (FeastError, RedisError, SQLAlchemyError, sqlite3.Error, DecodeError, OSError)
