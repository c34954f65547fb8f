"""The service as it runs: on Ray Serve behind its HAProxy, with a registry, a log and real encoders."""

import base64
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from benchmarks.service_process import Service
from merx_core.catalogue import Product
from tests.integration.search.installed import Shop, deletion, made_shop, stock, upsert

SOON_S = 20.0
RAY_PORT = 31_000 + 40 * (os.getpid() % 100)
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return made_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def service(shop: Shop) -> Iterator[Service]:
    with shop.serve({"SEARCH_POLL_MS": "200", "SEARCH_DRAIN_NOTICE_MS": "3000"}, ray_port=RAY_PORT) as running:
        yield running.wait_ready()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=20.0) as opened:
        yield opened


def found(client: httpx.Client, query: str, **more: object) -> list[str]:
    answer = client.post("/v1/search", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return [item["product_id"] for item in answer.json()["items"]]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestAnswers:
    def test_misspelt_words_find_what_is_meant(self, client: httpx.Client) -> None:
        answer = client.post("/v1/search", json={"query": "orage juise", "facets": ["brand"], "size": 3}).json()
        assert answer["searched"] == "orange juice"
        assert {item["title"].split(",")[0] for item in answer["items"]} == {"Orange juice"}
        assert answer["model_version"].startswith("search/")
        assert "degraded" not in answer

    def test_a_picture_of_a_product_finds_it_and_tells_what_it_shows(self, client: httpx.Client) -> None:
        picture = client.get("/v1/products/p000/picture")
        assert picture.headers["content-type"] == "image/jpeg"
        image = base64.b64encode(picture.content).decode()
        answer = client.post("/v1/search", json={"image": image, "size": 5}).json()
        assert "p000" in [item["product_id"] for item in answer["items"]]
        told = client.post("/v1/images:attributes", json={"image": image}).json()
        assert told["attributes"]["category"][0]["value"] == "JUICE"
        assert told["attributes"]["coarse"][0]["value"] == "DRINKS"
        changed = client.post("/v1/search", json={"image": image, "query": "dog food", "words": 1.0, "size": 3}).json()
        assert changed["method"] == "picture_and_words"

    def test_a_broken_picture_is_refused_and_the_process_lives(self, client: httpx.Client) -> None:
        whole = client.get("/v1/products/p000/picture").content
        image = base64.b64encode(whole[: len(whole) // 2]).decode()
        refused = client.post("/v1/search", json={"image": image})
        assert refused.status_code == 422
        assert refused.json()["code"] == "picture_refused"
        assert refused.json()["errors"][0]["pointer"] == "/image"
        assert found(client, "coffee")

    def test_a_large_body_passes_the_proxy(self, client: httpx.Client) -> None:
        noise = base64.b64encode(b"\xff\xd8\xff" + os.urandom(6_000_000)).decode()
        assert client.post("/v1/images:attributes", json={"image": noise}).status_code == 422

    def test_callers_at_once_are_encoded_together_and_each_gets_their_own(self, client: httpx.Client) -> None:
        words = ["orange juice", "cheddar cheese", "dog food beef", "strawberry yogurt", "instant coffee"] * 6
        answers: dict[int, list[str]] = {}

        def ask(place: int) -> None:
            answers[place] = found(client, words[place], size=1)

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(words))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alone = {word: found(client, word, size=1) for word in set(words)}
        assert [answers[place] for place in range(len(words))] == [alone[word] for word in words]

    def test_metrics_and_documentation_are_there(self, client: httpx.Client) -> None:
        assert "merx_search_answers_total" in client.get("/metrics").text
        assert "/v1/search" in client.get("/openapi.json").json()["paths"]
        assert "<title>" in client.get("/console").text


class TestTheLog:
    def test_a_change_of_the_catalogue_shows_within_seconds(self, shop: Shop, client: httpx.Client) -> None:
        shop.append(upsert(Product(product_id="new", title="Gooseneck kettle, steel")))
        until(lambda: found(client, "gooseneck kettle", size=1) == ["new"])
        shop.append(stock("new", 0))
        until(lambda: "new" not in found(client, "gooseneck kettle"))
        assert found(client, "gooseneck kettle", size=1, filters={"in_stock": False}) == ["new"]
        shop.append(deletion("new"))
        until(lambda: "new" not in found(client, "gooseneck kettle", filters={"in_stock": False}))

    def test_another_index_takes_over_with_what_the_log_says(self, shop: Shop, client: httpx.Client) -> None:
        shop.append(upsert(Product(product_id="kept", title="Porcelain teapot")))
        version = f"search/{shop.index()}"
        shop.append(deletion("p100"))
        until(lambda: client.post("/v1/search", json={"query": "tea"}).json()["model_version"] == version)
        assert found(client, "porcelain teapot", size=1) == ["kept"]
        assert "p100" not in found(client, "ground coffee", size=20)


class TestTheProcess:
    def test_a_port_in_use_is_said_in_one_sentence(self, shop: Shop, service: Service) -> None:
        second = shop.serve({"SEARCH_PORT": str(service.port)}, ray_port=RAY_PORT)
        assert second.process.wait(60) == 2
        assert f"port {service.port} on 127.0.0.1 is in use" in second.log.read_text()

    def test_a_stop_answers_everybody_says_so_first_and_leaves_nothing(self, service: Service) -> None:
        with httpx.Client(base_url=service.url, timeout=20.0) as client:
            found(client, "coffee")
            service.process.send_signal(signal.SIGTERM)
            until(lambda: client.get("/readyz").status_code == 503)
            statuses = [client.post("/v1/search", json={"query": "coffee"}).status_code for _ in range(10)]
            assert set(statuses) == {200}
            assert service.process.wait(30) == 0
        assert left_of(service) == []

    @pytest.mark.slow
    def test_a_signal_to_every_process_of_its_group_ends_it_all_the_same(self, shop: Shop) -> None:
        with shop.serve({"SEARCH_DRAIN_NOTICE_MS": "0"}, ray_port=RAY_PORT + 4_000) as running:
            running.wait_ready()
            leader = psutil.Process(running.process.pid)
            for process in [*leader.children(recursive=True), leader]:
                process.terminate()
            assert running.process.wait(60) == 0
            assert left_of(running) == []


def left_of(service: Service) -> list[Path]:
    marker = f"SEARCH_PORT={service.port}".encode()
    return [process for process in Path("/proc").glob("[0-9]*") if _has(process, marker)]


def _has(process: Path, marker: bytes) -> bool:
    try:
        return marker in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False  # ended meanwhile
