"""The service over an online store that is killed, stopped or slowed: lists go out and say so, and are whole again."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from benchmarks.faulty_store import FaultyStore
from benchmarks.generated_shop import ShopSize, furnish
from benchmarks.service_process import Service, free_port

SMALL = ShopSize(products=400, categories=20, shoppers=40, lines=30, trees=20)
AWAY_S = 1.5
WHOLE_WITHIN_S = 30.0
REFUSALS = 429


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStore]:
    with FaultyStore(tmp_path_factory.mktemp("store")) as started:
        yield started


@pytest.fixture(scope="module")
def service(store: FaultyStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("faulty") / "home"
    furnish(home, SMALL, feast_online=store.url)
    port = free_port()
    settings = {"MERX_HOME": str(home), "MERX_FEAST_ONLINE": store.slow_url, "RECO_PORT": str(port)}
    with Service("merx_recommendation", port, settings, home / "recommendation.log") as started:
        yield started.wait_ready()


@pytest.mark.parametrize("fault", ["killed", "stopped", "slowed"])
def test_lists_go_out_without_the_store_and_are_whole_again_after_it(
    store: FaultyStore, service: Service, fault: str
) -> None:
    with httpx.Client(base_url=service.url) as shopper:

        def ask(turn: int = 0) -> httpx.Response:
            body = {"customer_id": str(turn % SMALL.shoppers), "size": 10}
            return shopper.post("/v1/recommendations", json=body)

        wait_until_whole(ask)
        answers: list[httpx.Response] = []
        with getattr(store, fault)():
            until = time.monotonic() + AWAY_S
            while time.monotonic() < until:
                answers.append(ask(len(answers)))
        assert {answer.status_code for answer in answers} <= {200, REFUSALS}
        lists = [answer.json() for answer in answers if answer.status_code == 200]
        assert lists
        assert all(len(one["items"]) == 10 for one in lists)
        assert any("features_unavailable" in one.get("degraded", ()) for one in lists)
        wait_until_whole(ask)
        assert service.process.poll() is None


def wait_until_whole(ask: Callable[[], httpx.Response]) -> None:
    until = time.monotonic() + WHOLE_WITHIN_S
    while (answer := ask()).status_code != 200 or "degraded" in answer.json():
        assert time.monotonic() < until, answer.text
        time.sleep(0.05)
