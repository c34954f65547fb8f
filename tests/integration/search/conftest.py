"""The stand-in behind a real server, in a thread."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from merx_kit.serve import listen
from merx_kit.settings import ServiceSettings
from tests.integration.search.stand_in import PREFIX, StandIn, gateway


class Settings(ServiceSettings, env_prefix="STAND_IN_"):
    pass


class Server(uvicorn.Server):
    """Leaves signals to pytest, which has the main thread."""

    def __init__(self, stand_in: StandIn, home: Path) -> None:
        super().__init__(uvicorn.Config(gateway(stand_in, Settings(home=home)), log_config=None, ws="none"))
        self.stand_in = stand_in
        self.listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}{PREFIX}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(StandIn(), tmp_path)
    thread = threading.Thread(target=made.run, kwargs={"sockets": [made.listener]})
    thread.start()
    while not made.started and thread.is_alive():
        time.sleep(0.01)
    yield made
    made.stand_in.release.set()
    made.should_exit = True
    thread.join(30)
