"""What the client gets is what a real server gave: answers by status, resets, and who may be excused for them."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.service_process import free_port
from deploy.day_two.place import Door
from deploy.day_two.steady import Seen, Send, Steady
from merx_client import AsyncConnection, recommendation
from merx_client.recommendation.models import RecommendRequest

FULL = b'{"request_id": "1", "model_version": "1", "strategy": "popular", "items": [], "degraded": ["catalogue_empty"]}'
WHOLE = b'{"request_id": "1", "model_version": "1", "strategy": "popular", "items": []}'
RESET, GARBAGE = 0, -1


class Service:
    """Gives the statuses of `plan` by turns, and counts them; holds every answer back while `held` is clear."""

    def __init__(self, plan: list[int], body: bytes = WHOLE) -> None:
        self.plan, self.body = plan, body
        self.given: Counter[int] = Counter()
        self.came = 0
        self.held = threading.Event()
        self.held.set()
        self.enough = threading.Event()
        self.wanted = 12
        self.lock = threading.Lock()

    def next(self) -> int:
        with self.lock:
            status = self.plan[self.came % len(self.plan)]
            self.came += 1
            self.given[status] += 1
            if self.came >= self.wanted:
                self.enough.set()
            return status


@contextmanager
def served(service: Service) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status = service.next()
            service.held.wait(30)
            if status == RESET:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(200 if status == GARBAGE else status)
            self.end_headers()
            self.wfile.write(b"[]" if status == GARBAGE else service.body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        service.held.set()
        server.shutdown()
        thread.join()
        server.server_close()


async def a_list(connection: AsyncConnection) -> Any:
    return await recommendation.post_recommendations_async(connection, body=RecommendRequest(customer_id="a"))


ASKS: dict[str, Send] = {"recommendation": a_list}


class GoneWay:
    def was_away(self, since: float, until: float) -> bool:
        return True


class KeptWay:
    def was_away(self, since: float, until: float) -> bool:
        return False


def asked(client: Steady, door: Door, until: Callable[[], bool]) -> dict[Seen, int]:
    client.start({"recommendation": door}, ASKS)
    assert until()
    client.stop()
    return {seen: count.requests for seen, count in client.counts.items()}


def counted(client: Steady) -> bool:
    """Whether anything is."""
    end = time.monotonic() + 60
    while not client.counts and time.monotonic() < end:
        time.sleep(0.02)
    return bool(client.counts)


class TestCounts:
    def test_are_the_server_s_own(self) -> None:
        service = Service([200, 503, 200, RESET, 429, GARBAGE])
        with served(service) as url:
            counts = asked(Steady(200.0, step="push"), Door(url), lambda: service.enough.wait(30))
        named = {200: "200", 503: "503", 429: "429", RESET: "RemoteProtocolError", GARBAGE: "not an answer"}
        assert counts == {
            Seen("push", "recommendation", named[status]): count for status, count in service.given.items()
        }
        assert sum(counts.values()) == service.came

    def test_tell_steps_apart(self) -> None:
        service, client = Service([200]), Steady(200.0, step="push")

        def turned() -> bool:
            first = service.enough.wait(30)
            client.step = "redis"
            service.enough.clear()
            service.wanted += 50
            return first and service.enough.wait(30)

        with served(service) as url:
            counts = asked(client, Door(url), turned)
        assert counts.keys() == {Seen(step, "recommendation", "200") for step in ("push", "redis")}
        assert sum(counts.values()) == service.came

    def test_of_answers_that_lack_something_are_told(self) -> None:
        service, client = Service([200], FULL), Steady(200.0)
        with served(service) as url:
            asked(client, Door(url), lambda: service.enough.wait(30))
        (count,) = client.counts.values()
        assert count.degraded == count.requests == service.came

    def test_a_service_that_stalls_is_asked_on(self) -> None:
        service, client = Service([200]), Steady(200.0)
        service.held.clear()
        with served(service) as url:
            client.start({"recommendation": Door(url)}, ASKS)
            assert service.enough.wait(30)
            assert not client.counts
            service.held.set()
            client.stop()
        assert sum(count.requests for count in client.counts.values()) == service.came


class TestExcuses:
    def test_of_a_service_that_may_be_away_go_with_its_failures_alone(self) -> None:
        service = Service([200, 503])
        client = Steady(200.0, step="upgrade", excused={"recommendation": "one replica, replaced"})
        with served(service) as url:
            counts = asked(client, Door(url), lambda: service.enough.wait(30))
        assert {(seen.outcome, seen.excuse) for seen in counts} == {("200", ""), ("503", "one replica, replaced")}

    @pytest.mark.parametrize(("way", "excuse"), [(GoneWay(), "the way to it"), (KeptWay(), ""), (None, "")])
    def test_of_no_answer_is_a_way_that_was_gone(self, way: GoneWay | KeptWay | None, excuse: str) -> None:
        client = Steady(50.0, step="push")
        door = Door(f"http://127.0.0.1:{free_port()}", way=way)
        counts = asked(client, door, lambda: counted(client))
        assert {(seen.outcome, seen.excuse) for seen in counts} == {("ConnectError", excuse)}

    def test_of_an_answer_is_no_way(self) -> None:
        service = Service([503])
        with served(service) as url:
            counts = asked(Steady(200.0), Door(url, way=GoneWay()), lambda: service.enough.wait(30))
        assert {(seen.outcome, seen.excuse) for seen in counts} == {("503", "")}
