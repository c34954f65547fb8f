"""One generated shop, its feature tables, and a store of each kind filled from them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import redis
from feast import FeatureStore

from merx_kit.features import apply, materialise, open_store
from merx_kit.settings import MerxSettings
from merx_pipelines.steps.feature_tables import FeatureTables, feature_tables, weekly_cutoffs
from tests.skew.shop import END, Shop, write_shop

REPOSITORY = Path(__file__).parents[2] / "feature_repo"


@dataclass(frozen=True)
class Filled:
    store: FeatureStore
    settings: MerxSettings
    cutoffs: tuple[datetime, ...]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def tables(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> FeatureTables:
    folder = tmp_path_factory.mktemp("tables")
    return feature_tables(shop.interactions, shop.catalogue, folder, cutoffs=weekly_cutoffs(END, 12))


@pytest.fixture(scope="session", params=["sqlite", "redis"])
def filled(request: pytest.FixtureRequest, tables: FeatureTables, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The store, applied and materialised up to the last cut-off; treat it as read-only."""
    online = ""
    if request.param == "redis":
        online = request.getfixturevalue("valkey_url")
        with redis.Redis.from_url(online) as server:
            server.flushdb()
    return fill(tmp_path_factory.mktemp(request.param), tables, online)


@pytest.fixture
def fresh(tables: FeatureTables, tmp_path: Path) -> Callable[[], tuple[FeatureStore, MerxSettings]]:
    """An SQLite store that is applied and still empty."""
    return lambda: opened(tmp_path, tables, "")


def opened(home: Path, tables: FeatureTables, online: str) -> tuple[FeatureStore, MerxSettings]:
    settings = MerxSettings(home=home, feast_online=online)
    store = open_store(settings, online_timeout_s=10.0)
    shutil.copytree(tables.folder, home / "feast" / "offline", dirs_exist_ok=True)
    apply(store, REPOSITORY)
    return store, settings


def fill(home: Path, tables: FeatureTables, online: str) -> Filled:
    store, settings = opened(home, tables, online)
    materialise(store, tables.cutoffs[-1])
    return Filled(store, settings, tables.cutoffs)
