"""A small generated shop, furnished once, and copies of it to break."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.generated_shop import Furnished, ShopSize, furnish
from merx_recommendation.bootstrap import House, build
from merx_recommendation.settings import Settings

SMALL = ShopSize(products=400, categories=20, shoppers=40, lines=30, trees=20)
Open = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Treat it as read-only."""
    return furnish(tmp_path_factory.mktemp("shop") / "home", SMALL)


@pytest.fixture
def home(furnished: Furnished, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(furnished.settings.home, tmp_path / "home"))


@pytest.fixture
def opened(home: Path) -> Open:
    """The service on the copy, looking for models and snapshots only when a test tells it to."""

    @asynccontextmanager
    async def open_house(**settings: object) -> AsyncIterator[House]:
        house = build(Settings(home=home, poll_ms=3_600_000, feature_timeout_ms=2_000, **settings))  # type: ignore[arg-type]
        house.shelves._slot.restore()  # type: ignore[attr-defined]
        look(house)
        await house.profiles.warm_up()
        try:
            yield house
        finally:
            house.exposures.close()
            house.profiles.close()
            house.feed.close()

    return open_house


def look(house: House) -> None:
    """What the threads of the service do every few seconds."""
    house.shelves._slot.refresh()  # type: ignore[attr-defined]
    house.shelves._snapshots.open_last_good() if house.shelves._snapshots.current is None else None
    house.shelves.look()
