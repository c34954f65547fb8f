"""All views of a shopper, by the fewest calls that the online store allows."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from merx_kit.features.rows import DatedRow, ViewReader

if TYPE_CHECKING:
    from feast import FeatureStore

LOOK_AGAIN_SECONDS = 60.0
"""How old the registry may be; Feast's own cache is given the same."""


class ProfileReader:
    """Reads the named views, which are all of one entity; construct it anew when the declarations change.

    `look_again` asks for that by itself: `outdated` is True after LOOK_AGAIN_SECONDS.
    """

    def __init__(
        self,
        store: "FeatureStore",
        views: Sequence[str],
        *,
        look_again: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._readers = tuple(ViewReader(store, view) for view in views)
        self._monotonic = monotonic
        self._until = monotonic() + LOOK_AGAIN_SECONDS if look_again else float("inf")
        self._together = _together(store, self._readers)

    @property
    def outdated(self) -> bool:
        return self._monotonic() >= self._until

    def read(self, ids: Sequence[str], *, now: float) -> list[Mapping[str, DatedRow | None]]:
        """For each id a row by view, None where there is none or the last one is past its TTL at `now`."""
        if self._together is None:
            columns = [reader.read(ids, now=now) for reader in self._readers]
        else:
            found = self._together.read(self._readers[0].keys(ids))
            columns = [reader.dated(answers, now) for reader, answers in zip(self._readers, found, strict=True)]
        views = [reader.name for reader in self._readers]
        return [dict(zip(views, rows, strict=True)) for rows in zip(*columns, strict=True)]


def _together(store: "FeatureStore", readers: Sequence[ViewReader]) -> Any:
    """How Redis is read in one call; None where the store has no such way."""
    if store.config.online_store.type != "redis" or not readers:
        return None
    from merx_kit.features.one_trip import OneTrip

    return OneTrip(store.config, [(reader.view, reader.columns) for reader in readers])
