"""One shopper's features at the moment of a request: through Feast, within a deadline, behind a breaker."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from merx_core.features import names
from merx_core.features.inputs import Floats, ProfileFeatures
from merx_kit.features.breaker import Breaker
from merx_kit.features.rows import DatedRow, ViewReader, array, items, number, text

if TYPE_CHECKING:
    from feast import FeatureStore

DEADLINE_SECONDS = 0.04
THREADS = 4


class FeaturesUnavailable(Exception):
    """The online store did not answer, or not in time; the reason is for logs."""


class OnlineProfiles:
    """Reads the shopper's views of one feature service, as declared.

    SQLite is read where the caller stands (a tenth of a millisecond), Redis in a thread of a small pool, so that a
    server that hangs stops neither the event loop nor more than a few threads. `clock` is the shop's time in epoch
    seconds: TTLs count from it.
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
        self._inline = store.config.online_store.type == "sqlite"
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="features")
        self._failures = _failures()
        self._readers: tuple[ViewReader, ...] | None = None

    @property
    def available(self) -> bool:
        """Whether the last reads were answered; False while the breaker is open."""
        return not self._breaker.open

    async def read(self, profile_id: str, *, budget_s: float | None = None) -> ProfileFeatures | None:
        """The shopper, or None where the store does not know them. Raises FeaturesUnavailable within the deadline."""
        if not self._breaker.allows():
            raise FeaturesUnavailable("the online store failed lately")
        limit = self._deadline_s if budget_s is None else min(budget_s, self._deadline_s)
        try:
            if self._inline and self._readers is not None:
                found = self.read_now([profile_id])[0]
            else:
                loop = asyncio.get_running_loop()
                async with asyncio.timeout(limit):
                    found = (await loop.run_in_executor(self._threads, self.read_now, [profile_id]))[0]
        except TimeoutError:
            self._breaker.failed()
            raise FeaturesUnavailable(f"no answer within {limit * 1000:.0f} ms") from None
        except self._failures as error:
            self._breaker.failed()
            raise FeaturesUnavailable(f"{type(error).__name__}: {error}") from error
        self._breaker.succeeded()
        return found

    def read_now(self, profile_ids: Sequence[str]) -> list[ProfileFeatures | None]:
        """Many shoppers at once, with neither deadline nor breaker; a batch of one is what `read` makes."""
        if self._readers is None:
            self._readers = self._declared()
        now = self._clock()
        views = [(reader, reader.read(profile_ids, now=now)) for reader in self._readers]
        return [
            profile_of_rows(profile_id, {reader.name: rows[place] for reader, rows in views})
            for place, profile_id in enumerate(profile_ids)
        ]

    def forget_declarations(self) -> None:
        """The next read asks the registry again, as it should after a change of the feature service."""
        self._store.refresh_registry()
        self._readers = None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _declared(self) -> tuple[ViewReader, ...]:
        service = self._store.get_feature_service(self._service)
        readers = (ViewReader(self._store, projection.name) for projection in service.feature_view_projections)
        return tuple(reader for reader in readers if reader.join_keys == [names.PROFILE_KEY])


def profile_of_rows(profile_id: str, rows: dict[str, DatedRow | None]) -> ProfileFeatures | None:
    """The shopper out of the rows of their views; None where no view knows them."""
    known = [row.as_of for row in rows.values() if row]
    if not known:
        return None
    activity = rows.get(names.PROFILE_ACTIVITY)
    history = rows.get(names.PROFILE_HISTORY)
    affinity = rows.get(names.PROFILE_AFFINITY)
    past = history.values if history else {}
    tastes = affinity.values if affinity else {}
    return ProfileFeatures(
        profile_id=profile_id,
        values=_numbers(activity),
        history_ids=tuple(items(past["history_ids"])) if past else (),
        history_times=array(past["history_times"], np.float64) if past else np.empty(0, np.float64),
        history_counts=array(past["history_counts"], np.int32) if past else np.empty(0, np.int32),
        history_intervals=array(past["history_intervals"], np.float32) if past else np.empty(0, np.float32),
        segment=(text(activity.values["segment"]) if activity else None) or names.SEGMENTS[0],
        as_of=min(known),
        top_categories=tuple(items(tastes["top_categories"])) if tastes else (),
        category_weights=array(tastes["category_weights"], np.float32) if tastes else np.empty(0, np.float32),
        top_brands=tuple(items(tastes["top_brands"])) if tastes else (),
        brand_weights=array(tastes["brand_weights"], np.float32) if tastes else np.empty(0, np.float32),
    )


def _numbers(row: DatedRow | None) -> Floats:
    if row is None:
        return np.full(len(names.PROFILE_COLUMNS), np.nan, np.float32)
    values = row.values
    return np.array([number(values[name]) for name in names.PROFILE_COLUMNS], np.float32)


def _failures() -> tuple[type[Exception], ...]:
    """What a store that is away, damaged or not set up yet raises."""
    from feast.errors import FeastError
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from redis.exceptions import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    return (FeastError, RedisError, SQLAlchemyError, sqlite3.Error, DecodeError, OSError)
