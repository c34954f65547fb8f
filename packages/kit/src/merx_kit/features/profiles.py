"""Shoppers' features for a service: one row at a time through Feast, a stranger's where it knows nobody."""

import time
from collections.abc import Callable

from merx_core.features import ProfileFeatures
from merx_kit.features.errors import FeaturesUnavailable
from merx_kit.features.online import OnlineProfiles
from merx_kit.features.store import open_store
from merx_kit.settings import MerxSettings

WARM_UP = "c:warm-up"


class FeastProfiles:
    def __init__(self, profiles: OnlineProfiles) -> None:
        self._profiles = profiles

    async def read(self, profile_id: str, *, budget_s: float) -> ProfileFeatures:
        """What is known of a shopper now; an empty profile for a stranger. Raises FeaturesUnavailable."""
        try:
            found = await self._profiles.read(profile_id, budget_s=budget_s)
        except KeyError as error:  # the registry declares the columns of another version of Merx
            raise FeaturesUnavailable(f"the feature store has no column {error}") from error
        return found if found is not None else ProfileFeatures(profile_id)

    @property
    def available(self) -> bool:
        """Whether the last reads were answered."""
        return self._profiles.available

    async def warm_up(self) -> None:
        """One read without haste: the first one loads the declarations, which takes longer than a request may."""
        try:
            await self._profiles.read(WARM_UP, budget_s=None)
        except (FeaturesUnavailable, KeyError):
            return

    def close(self) -> None:
        self._profiles.close()


def feast_profiles(
    settings: MerxSettings, *, timeout_s: float, clock: Callable[[], float] = time.time
) -> FeastProfiles:
    """Profiles of the store that `settings` name; `clock` is the shop's time, from which the age of a row counts."""
    store = open_store(settings, online_timeout_s=timeout_s)
    return FeastProfiles(OnlineProfiles(store, deadline_s=timeout_s, clock=clock))
