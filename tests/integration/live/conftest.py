"""The services as processes of their own over one small shop, as an installation runs them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.generated_shop import Furnished, ShopSize, furnish
from benchmarks.service_process import Service, free_port

SMALL = ShopSize(products=400, categories=20, shoppers=40, lines=30, trees=20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-screenshots", action="store_true", help="take the pictures of the documentation anew")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Treat it as read-only."""
    return furnish(tmp_path_factory.mktemp("shop") / "home", SMALL)


@pytest.fixture
def home(furnished: Furnished, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(furnished.settings.home, tmp_path / "home"))


@dataclass(frozen=True)
class Installation:
    intake: Service
    recommendation: Service


Install = Callable[..., Installation]


@pytest.fixture
def install(home: Path, tmp_path: Path) -> Iterator[Install]:
    """Starts both services on the shop; settings given are those of the recommendation service."""
    started: list[Service] = []

    def start(**settings: str) -> Installation:
        ports = {name: free_port() for name in ("intake", "recommendation")}
        origins = f'["http://127.0.0.1:{ports["intake"]}"]'
        quick = {"MERX_HOME": str(home), "RECO_DRAIN_NOTICE_MS": "50", "INTAKE_DRAIN_NOTICE_MS": "50"}
        intake = {**quick, "INTAKE_PORT": str(ports["intake"])}
        recommendation = {**quick, "RECO_PORT": str(ports["recommendation"]), "RECO_CORS_ORIGINS": origins, **settings}
        started.append(Service("merx_intake", ports["intake"], intake, tmp_path / "intake.log"))
        log = tmp_path / "recommendation.log"
        started.append(Service("merx_recommendation", ports["recommendation"], recommendation, log))
        return Installation(*(service.wait_ready() for service in started))

    yield start
    for service in started:
        service.stop()
