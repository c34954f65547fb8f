"""The service over fakes, as an in-process HTTP client sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from merx_core.features import ProfileFeatures
from merx_kit.http import Health
from merx_kit.http.lifespan import ASGIApp
from merx_recommendation.bento import api
from merx_recommendation.schemas import live_event
from merx_recommendation.service import LiveLists, LiveOptions, Recommender
from merx_recommendation.service.journal import Journal
from merx_recommendation.settings import Settings
from tests.unit.recommendation.fakes import (
    NOW,
    FixedModel,
    FixedShelves,
    InMemoryCatalogue,
    InMemoryProfiles,
    KeptExposures,
    bought,
)


class House:
    """Every part within reach of a test; `model_size=None` is the time before the first model."""

    def __init__(self, *, size: int = 30, model_size: int | None = 30) -> None:
        self.profiles = InMemoryProfiles(bought("c:42", "p1", "p3"), ProfileFeatures("c:7", segment="loyal", as_of=NOW))
        self.catalogue = InMemoryCatalogue(size)
        self.model = None if model_size is None else FixedModel([f"p{row}" for row in range(model_size)])
        self.shelves = FixedShelves(self.catalogue, self.model)
        self.exposures = KeptExposures()
        journal = Journal(self.exposures, sample=1.0)
        self.recommender = Recommender(profiles=self.profiles, shelves=self.shelves, journal=journal, clock=lambda: NOW)

        self.live = self.live_lists()

    def live_lists(self, **options: float) -> LiveLists:
        """Streams over the same parts."""
        chosen = LiveOptions(**options)  # type: ignore[arg-type]
        return LiveLists(self.recommender, encode=live_event, options=chosen, clock=lambda: NOW)

    def app(self, home: Path, *, api_keys_file: Path | None = None, health: Health | None = None) -> ASGIApp:
        settings = Settings(home=home, api_keys_file=api_keys_file)
        return api(self.recommender, self.live, settings, health=health).build()

    @asynccontextmanager
    async def client(self, home: Path) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app(home))
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            yield client
