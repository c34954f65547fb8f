"""What a full server refuses from the head of a request, on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from merx_kit.http.api_keys import add_key
from tests.integration.kit.conftest import Server, Start

ONE_PLACE = {"MERX_MAX_IN_FLIGHT": "1", "MERX_MAX_QUEUED": "0", "MERX_DEADLINE_MS": "60000"}
HELD_S = 1.0


class Wire:
    """One connection, to which bytes are written as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, head: str, body: str = "") -> None:
        length = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{head}\r\nhost: shop\r\n{length}\r\n{body}".encode())

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split(" ")[1]), headers, await self.reader.readexactly(int(headers["content-length"]))


@asynccontextmanager
async def wire(server: Server) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Wire(reader, writer)
    writer.close()


@pytest.fixture
async def full(start: Start) -> AsyncIterator[Server]:
    """A server whose only place is taken for a while, and given back before the test is over."""
    async with _held(start(**ONE_PLACE).wait_ready()) as server:
        yield server


@asynccontextmanager
async def _held(server: Server) -> AsyncIterator[Server]:
    async with httpx.AsyncClient(base_url=server.url) as web:
        holding = asyncio.create_task(web.get(f"/v1/wait?seconds={HELD_S}"))
        while "merx_http_requests_in_flight 1.0" not in (await web.get("/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield server
        assert (await holding).status_code == 200


class TestRefusals:
    async def test_a_refusal_is_a_whole_problem_and_the_connection_is_kept(self, full: Server) -> None:
        async with wire(full) as web:
            for number in range(3):
                web.send(f"GET /v1/wait?seconds=0 HTTP/1.1\r\nx-request-id: r{number}")
                status, headers, body = await web.answer()
                told = json.loads(body)
                assert (status, told["code"], told["instance"]) == (429, "overloaded", "/v1/wait")
                assert told["request_id"] == headers["x-request-id"] == f"r{number}"
                assert (headers["retry-after"], headers["content-type"]) == ("1", "application/problem+json")
                assert "date" in headers

    async def test_a_body_that_comes_in_pieces_is_read_and_left_aside(self, full: Server) -> None:
        body = json.dumps(list(range(100_000)))
        async with wire(full) as web:
            for _ in range(2):
                web.send("POST /v1/orders/a%2Fb HTTP/1.1", body)
                await web.writer.drain()
                status, _, answer = await web.answer()
                assert (status, json.loads(answer)["instance"]) == (429, "/v1/orders/a/b")

    async def test_a_caller_who_wants_the_connection_closed_gets_it_closed(self, full: Server) -> None:
        for head in ("GET /v1/wait HTTP/1.1\r\nconnection: close", "GET /v1/wait HTTP/1.0"):
            async with wire(full) as web:
                web.send(head)
                status, headers, _ = await web.answer()
                assert (status, headers["connection"]) == (429, "close")
                assert await web.reader.read() == b""

    async def test_each_is_counted(self, full: Server) -> None:
        async with httpx.AsyncClient(base_url=full.url) as web:
            before = _counted((await web.get("/metrics")).text)
            for _ in range(5):
                assert (await web.get("/v1/compute")).status_code == 429
            after = _counted((await web.get("/metrics")).text)
        assert [now - then for now, then in zip(after, before, strict=True)] == [5.0, 5.0]


def _counted(metrics: str) -> list[float]:
    """Refusals by admission, and those of one call."""
    names = (
        'merx_http_refused_total{reason="overloaded"} ',
        'merx_http_requests_total{method="GET",route="/v1/compute",status="429"} ',
    )
    return [sum(float(line[len(name) :]) for line in metrics.splitlines() if line.startswith(name)) for name in names]


class TestWhatIsAnsweredAllTheSame:
    async def test_probes_and_what_leads_nowhere(self, full: Server) -> None:
        async with httpx.AsyncClient(base_url=full.url) as web:
            paths = ("/livez", "/readyz", "/metrics", "/v1/nothing")
            assert [(await web.get(path)).status_code for path in paths] == [200, 200, 200, 404]
            assert (await web.delete("/v1/wait")).status_code == 405

    async def test_out_of_the_ordinary_requests_are_refused_the_usual_way(self, full: Server) -> None:
        async with httpx.AsyncClient(base_url=full.url) as web:
            head = await web.head("/v1/compute")
            expecting = await web.post("/v1/orders/a", json=[1], headers={"expect": "100-continue"})
        assert (head.status_code, head.content, expecting.status_code) == (429, b"", 429)

    async def test_pipelined_requests_are_answered_in_order(self, start: Start) -> None:
        server = start(**ONE_PLACE).wait_ready()
        async with wire(server) as web:
            web.send(f"GET /v1/wait?seconds={HELD_S / 4} HTTP/1.1")
            await asyncio.sleep(HELD_S / 16)
            web.send("POST /v1/orders/a HTTP/1.1", "[1, 2]")
            web.send("GET /livez HTTP/1.1")
            first, second, third = [await web.answer() for _ in range(3)]
        assert [first[0], second[0], third[0]] == [200, 200, 200]
        assert json.loads(second[2]) == {"name": "a", "lines": 2}

    async def test_the_next_request_of_a_refused_connection_is_answered(self, full: Server) -> None:
        async with wire(full) as web:
            web.send("POST /v1/orders/a HTTP/1.1", "[1, 2, 3]")
            assert (await web.answer())[0] == 429
            for _ in range(100):
                web.send("POST /v1/orders/a HTTP/1.1", "[1, 2]")
                status, _, body = await web.answer()
                if status == 200:
                    break
                await asyncio.sleep(HELD_S / 20)
        assert json.loads(body) == {"name": "a", "lines": 2}


class TestWhoAsks:
    async def test_nobody_is_looked_up_for_a_refusal(self, start: Start, tmp_path: Path) -> None:
        """A flood of wrong keys costs a full service no more than one of right ones."""
        keys = tmp_path / "keys.json"
        add_key(keys, "orders", ("orders:write",))
        server = start(**ONE_PLACE, MERX_API_KEYS_FILE=str(keys)).wait_ready()
        async with httpx.AsyncClient(base_url=server.url, headers={"x-api-key": "wrong"}) as web:
            async with _held(server):
                assert (await web.post("/v1/orders/a", json=[1])).status_code == 429
            assert (await web.post("/v1/orders/a", json=[1])).status_code == 401
