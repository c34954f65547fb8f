"""The four services behind real sockets: their own HTTP faces and use cases, over the stores of their unit tests."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from merx_core.contracts.intake import ImportJob, ImportState
from merx_core.contracts.pricing import Mode
from merx_kit.http.lifespan import ASGIApp
from merx_kit.serve import listen
from merx_pricing.domain import Rollout
from tests.contract.described import key_in
from tests.unit.intake import house as intake
from tests.unit.pricing import shop as pricing
from tests.unit.recommendation import house as recommendation
from tests.unit.search import house as search

SCOPES = (
    "events:write", "catalogue:write", "imports:write", "imports:read", "pricing:quote", "pricing:read",
    "pricing:audit", "recommend", "search",
)  # fmt: skip
IMPORTS = 5


@dataclass(frozen=True)
class Served:
    """Addresses of the services, and a key that may do everything with them."""

    key: str
    intake: str
    pricing: str
    recommendation: str
    search: str


@contextmanager
def served(home: Path) -> Iterator[Served]:
    key, keys = key_in(home, *SCOPES)
    apps = (_intake(home, keys), _pricing(home, keys), _recommendation(home, keys), _search(home, keys))
    servers = [_Server(app) for app in apps]
    threads = [threading.Thread(target=server.run, kwargs={"sockets": [server.listener]}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        while not all(server.started for server in servers) and all(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        yield Served(key, *(server.url for server in servers))
    finally:
        for server in servers:
            server.should_exit = True
        for thread in threads:
            thread.join(30)


class _Server(uvicorn.Server):
    """Leaves signals to pytest, which has the main thread."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=2)
        super().__init__(config)
        self.listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"


def _intake(home: Path, keys: Path) -> ASGIApp:
    house = intake.House(home, api_keys_file=keys)
    for number in range(IMPORTS):
        job = ImportJob(
            id=f"import-{number}", state=ImportState.DONE, file_name="a.tsv", bytes=1, created=intake.NOW, report={}
        )
        house.jobs.add(job)
    return house.app()


def _pricing(home: Path, keys: Path) -> ASGIApp:
    house = pricing.House(rollout=Rollout(mode=Mode.LIVE))
    house.price_all()
    return house.app(home, api_keys_file=keys)


def _recommendation(home: Path, keys: Path) -> ASGIApp:
    return recommendation.House().app(home, api_keys_file=keys)


def _search(home: Path, keys: Path) -> ASGIApp:
    return search.House().app(home, api_keys_file=keys)
