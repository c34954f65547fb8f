"""Answers that go on, bodies that are handed on, and pages of other origins."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from merx_kit.http import Api, RequestContext, Streaming, Upload, sse
from merx_kit.http.gateway import Gateway
from merx_kit.http.idempotency import InMemoryIdempotency
from tests.unit.kit.shop_api import client, settings

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/v1/ticks",
    "raw_path": b"/v1/ticks",
    "query_string": b"",
    "headers": [],
}


class Ticker:
    """Streams ticks; `endless` ones wait after the last until somebody closes them."""

    def __init__(self, count: int = 2, *, endless: bool = False) -> None:
        self.count = count
        self.endless = endless
        self.closed = asyncio.Event()

    async def ticks(self, _: None, context: RequestContext) -> Streaming:
        return Streaming(self._chunks(), farewell=sse.retry(500), stuck_after_s=0.05)

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            for number in range(self.count):
                yield sse.encode(b"%d" % number, id=str(number))
            if self.endless:
                await asyncio.Event().wait()
        finally:
            self.closed.set()

    def app(self, **changes: Any) -> Gateway:
        api = Api(title="ticks", version="1", settings=settings(**changes))
        api.get("/v1/ticks", self.ticks, stream=True)
        return api.build()


class Wire:
    """What a server hands to an app: `gone` ends the connection, `slow` never lets a chunk through."""

    def __init__(self, *, slow: bool = False) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self.something = asyncio.Event()
        self.slow = slow

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self.slow and message.get("more_body"):
            await asyncio.Event().wait()
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.something.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


class TestStreams:
    async def test_chunks_arrive_as_they_are(self) -> None:
        async with client(Ticker().app()) as web:
            answer = await web.get("/v1/ticks")
        assert answer.text == "id: 0\ndata: 0\n\nid: 1\ndata: 1\n\n"
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]

    async def test_the_source_is_closed_when_the_reader_leaves(self) -> None:
        ticker, wire = Ticker(endless=True), Wire()
        task = asyncio.create_task(ticker.app()(SCOPE, wire.receive, wire.send))
        await wire.something.wait()
        wire.gone.set()
        await task
        assert ticker.closed.is_set()

    async def test_a_drain_ends_streams_with_a_farewell(self) -> None:
        ticker, wire = Ticker(endless=True), Wire()
        app = ticker.app()
        task = asyncio.create_task(app(SCOPE, wire.receive, wire.send))
        await wire.something.wait()
        app.health.drain()
        await task
        assert ticker.closed.is_set()
        assert wire.body.endswith(b"retry: 500\n\n")
        assert not wire.sent[-1].get("more_body", False)

    async def test_a_reader_that_takes_nothing_is_let_go(self) -> None:
        ticker, wire = Ticker(endless=True), Wire(slow=True)
        await ticker.app()(SCOPE, wire.receive, wire.send)
        assert ticker.closed.is_set()
        assert wire.body == b""

    async def test_a_failing_source_is_not_taken_for_an_end(self) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"one"
            raise RuntimeError("the list is gone")

        async def handler(_: None, context: RequestContext) -> Streaming:
            return Streaming(broken())

        api = Api(title="ticks", version="1", settings=settings())
        api.get("/v1/ticks", handler, stream=True)
        wire = Wire()
        with pytest.raises(RuntimeError, match="the list is gone"):
            await api.build()(SCOPE, wire.receive, wire.send)

    async def test_line_breaks_stay_within_the_event(self) -> None:
        assert sse.encode(b"a\nb", event="list") == b"event: list\ndata: a\ndata: b\n\n"


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    async def count(self, upload: Upload, context: RequestContext) -> dict[str, Any]:
        self.calls += 1
        size = sum([len(chunk) async for chunk in upload])
        return {"bytes": size, "media_type": upload.media_type}

    def app(self) -> Gateway:
        api = Api(title="files", version="1", settings=settings(), idempotency=InMemoryIdempotency())
        api.post("/v1/files", self.count, upload=True, body_limit_bytes=100)
        api.post("/v1/files:once", self.count, upload=True, idempotent=True)
        return api.build()


class TestUploads:
    @pytest.fixture
    async def web(self) -> AsyncIterator[httpx.AsyncClient]:
        async with client(Counter().app()) as http:
            yield http

    async def test_any_kind_of_file_is_handed_on(self, web: httpx.AsyncClient) -> None:
        answer = await web.post(
            "/v1/files", content=b"id\ttitle\n", headers={"content-type": "text/tab-separated-values"}
        )
        assert answer.json() == {"bytes": 9, "media_type": "text/tab-separated-values"}

    async def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read(self, web: httpx.AsyncClient) -> None:
        answer = await web.post("/v1/files", content=b"x" * 101)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")

    async def test_a_body_that_grows_beyond_the_limit_is_refused(self, web: httpx.AsyncClient) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"x" * 10

        answer = await web.post("/v1/files", content=chunks())
        assert answer.status_code == 413

    async def test_an_empty_file_is_refused(self, web: httpx.AsyncClient) -> None:
        assert (await web.post("/v1/files", content=b"")).status_code == 400

    async def test_a_repeat_with_the_same_key_gets_the_first_answer(self) -> None:
        counter = Counter()
        async with client(counter.app()) as web:
            answers = [await web.post("/v1/files:once", content=b"abc", headers={"idempotency-key": "k"}) for _ in "ab"]
        assert [answer.json()["bytes"] for answer in answers] == [3, 3]
        assert answers[1].headers["idempotent-replayed"] == "true"
        assert counter.calls == 1


class TestOtherOrigins:
    async def test_a_listed_origin_may_call(self) -> None:
        async with client(Ticker().app(cors_origins=("http://shop.example",))) as web:
            asked = {"origin": "http://shop.example", "access-control-request-method": "GET"}
            before = await web.options("/v1/ticks", headers=asked)
            answer = await web.get("/v1/ticks", headers={"origin": "http://shop.example"})
        assert before.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "http://shop.example"

    async def test_another_origin_is_not_named(self) -> None:
        async with client(Ticker().app(cors_origins=("http://shop.example",))) as web:
            answer = await web.get("/v1/ticks", headers={"origin": "http://elsewhere.example"})
        assert "access-control-allow-origin" not in answer.headers

    async def test_without_the_setting_nobody_is_named(self) -> None:
        async with client(Ticker().app()) as web:
            answer = await web.get("/v1/ticks", headers={"origin": "http://shop.example"})
        assert "access-control-allow-origin" not in answer.headers
