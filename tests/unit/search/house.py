"""The service over fakes, as an in-process HTTP client sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from merx_kit.http import Health
from merx_kit.http.lifespan import ASGIApp
from merx_models.search_index import SearchIndex
from merx_search.app import api
from merx_search.ports import Decoder, Standing
from merx_search.service import Finder, PictureReader
from merx_search.settings import Settings
from tests.unit.search import shop
from tests.unit.search.fakes import FixedIndexes, HashedEncoders, InMemoryProfiles, NearDecoder, likes


class House:
    """Every part within reach of a test; `ready=False` is the time before the first index."""

    def __init__(self, index: SearchIndex | None = None, *, ready: bool = True, decoder: Decoder | None = None) -> None:
        self.index = shop.index() if index is None else index
        lacking = () if self.index.looks is not None else ("pictures_unavailable",)
        self.indexes = FixedIndexes(Standing(self.index, "search/7", lacking) if ready else None)
        self.encoders = HashedEncoders()
        self.profiles = InMemoryProfiles(
            likes("c:42", category="BOXES", brand="Contoso"), likes("c:1", category="BOXES", brand="Northwind")
        )
        self.pictures = PictureReader(decoder or NearDecoder(), self.encoders)
        self.finder = Finder(self.indexes, self.encoders, pictures=self.pictures, profiles=self.profiles)

    def app(self, home: Path, *, api_keys_file: Path | None = None, health: Health | None = None) -> ASGIApp:
        settings = Settings(home=home, api_keys_file=api_keys_file)
        face = api(self.finder, self.pictures, encoders=self.encoders, settings=settings, health=health)
        return face.build()

    @asynccontextmanager
    async def client(self, home: Path) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app(home))
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            yield client
