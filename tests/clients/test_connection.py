"""What the connection adds to the calls: keys, limits, another try, refusals, pages."""

import json
from io import BytesIO
from types import SimpleNamespace

import httpx
import pytest

from merx_client import AsyncConnection, Connection, FieldError, Refusal, intake, pages, pages_async, pricing
from merx_client.intake.models import Product
from merx_client.pricing.models import QuoteLine, QuoteRequest, SimulateRequest

ONE = QuoteRequest([QuoteLine("1042")])
QUOTED = {"request_id": "r", "model_version": "m", "rules_version": "v", "mode": "live", "quotes": []}
PROBLEM = {
    "type": "https://merx.invalid/problems#validation_failed",
    "title": "Validation failed",
    "status": 422,
    "code": "validation_failed",
    "detail": "two parts are wrong",
    "request_id": "r1",
    "errors": [{"pointer": "/lines", "detail": "too long"}],
}


class Service:
    """Gives the answers in their order, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.bodies: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.bodies.append(request.read())
        return self._next()

    async def later(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.bodies.append(await request.aread())
        return self._next()

    def _next(self) -> httpx.Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the connection would have waited, each time."""
    waited: list[float] = []

    async def later(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("httpx_retries.retry.time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr("httpx_retries.retry.asyncio", SimpleNamespace(sleep=later))
    return waited


def connected(service: Service, key: str = "", tries: int = 3) -> Connection:
    return Connection("http://merx/shop", key, tries=tries, transport=httpx.MockTransport(service))


def full(after: str = "2") -> httpx.Response:
    return httpx.Response(
        429, headers={"retry-after": after}, json={"code": "overloaded", "title": "Too many requests"}
    )


def quoted() -> httpx.Response:
    return httpx.Response(200, json=QUOTED)


class TestRequests:
    def test_the_key_the_address_and_the_path_are_kept(self) -> None:
        service = Service(httpx.Response(200, json={"status": "accepted"}))
        with connected(service, "secret") as connection:
            intake.put_products_id(connection, "a/b ü", body=Product("a/b ü", "Mug"))
        (asked,) = service.asked
        assert asked.headers["authorization"] == "Bearer secret"
        assert asked.url.raw_path == b"/shop/v1/products/a%2Fb%20%C3%BC"

    def test_without_a_key_none_is_sent(self) -> None:
        service = Service(quoted())
        pricing.post_prices_quote(connected(service), body=ONE)
        assert "authorization" not in service.asked[0].headers

    def test_what_a_caller_leaves_open_is_not_sent_as_null(self) -> None:
        service = Service(quoted())
        pricing.post_prices_quote(connected(service), body=ONE)
        (line,) = json.loads(service.bodies[0])["lines"]
        assert line == {"product_id": "1042", "announce": False}

    def test_what_a_newer_service_adds_is_kept_and_disturbs_nothing(self) -> None:
        service = Service(httpx.Response(200, json={**QUOTED, "mode": "dreaming", "new": 1}))
        answer = pricing.post_prices_quote(connected(service), body=ONE)
        assert answer.mode == "dreaming"  # type: ignore[comparison-overlap]  # newer than the client
        assert answer["new"] == 1


class TestAnotherTry:
    def test_a_busy_service_is_asked_again_after_the_wait_that_it_asks_for(self, waits: list[float]) -> None:
        service = Service(full("2"), full("7"), quoted())
        with connected(service) as connection:
            assert pricing.post_prices_quote(connection, body=ONE).request_id == "r"
        assert waits == [2.0, 7.0]
        assert len(set(service.bodies)) == 1

    async def test_asyncio_waits_as_long(self, waits: list[float]) -> None:
        service = Service(full("2"), quoted())
        async with AsyncConnection("http://merx", transport=httpx.MockTransport(service.later)) as connection:
            await pricing.post_prices_quote_async(connection, body=ONE)
        assert waits == [2.0]

    def test_it_gives_up_after_so_many_tries(self, waits: list[float]) -> None:
        service = Service(full())
        with connected(service, tries=2) as connection, pytest.raises(Refusal) as caught:
            pricing.post_prices_quote(connection, body=ONE)
        assert (len(service.asked), waits) == (2, [2.0])
        assert (caught.value.status, caught.value.code, caught.value.retry_after_s) == (429, "overloaded", 2.0)

    def test_no_wait_is_longer_than_half_a_minute(self, waits: list[float]) -> None:
        with connected(Service(full("3600"), quoted())) as connection:
            pricing.post_prices_quote(connection, body=ONE)
        assert waits == [30.0]

    @pytest.mark.parametrize("status", [500, 503, 504])
    def test_what_may_have_been_done_is_not_done_twice(self, waits: list[float], status: int) -> None:
        service = Service(httpx.Response(status, json={"code": "log_unavailable"}))
        with connected(service) as connection, pytest.raises(Refusal):
            pricing.post_prices_quote(connection, body=ONE)
        assert (len(service.asked), waits) == (1, [])

    def test_a_broken_connection_is_the_callers_to_judge(self, waits: list[float]) -> None:
        asked = []

        def broken(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            raise httpx.ConnectError("refused")

        connection = Connection("http://merx", transport=httpx.MockTransport(broken))
        with connection, pytest.raises(httpx.TransportError):
            pricing.post_prices_quote(connection, body=ONE)
        assert len(asked) == 1

    def test_a_file_is_sent_once(self, waits: list[float]) -> None:
        service = Service(full())
        with connected(service) as connection, pytest.raises(Refusal):
            intake.post_imports(connection, body=intake.File(BytesIO(b"id\n1\n")), idempotency_key="k")
        assert service.bodies == [b"id\n1\n"]
        assert service.asked[0].headers["idempotency-key"] == "k"

    async def test_a_file_is_sent_once_by_asyncio(self, waits: list[float]) -> None:
        service = Service(full())
        async with AsyncConnection("http://merx", transport=httpx.MockTransport(service.later)) as connection:
            file = intake.File(BytesIO(b"id\n" * 50_000))
            with pytest.raises(Refusal):
                await intake.post_imports_async(connection, body=file, idempotency_key="k")
        assert service.bodies == [b"id\n" * 50_000]


class TestRefusals:
    def refused(self, answer: httpx.Response) -> Refusal:
        with connected(Service(answer), tries=1) as connection, pytest.raises(Refusal) as caught:
            pricing.post_prices_simulate(connection, body=SimulateRequest("1042"))
        return caught.value

    def test_problem_details_are_an_exception(self) -> None:
        refusal = self.refused(httpx.Response(422, json=PROBLEM, headers={"x-request-id": "r1"}))
        assert str(refusal) == "422 validation_failed: two parts are wrong"
        assert (refusal.title, refusal.type) == ("Validation failed", PROBLEM["type"])
        assert (refusal.request_id, refusal.retry_after_s) == ("r1", None)
        assert refusal.errors == (FieldError("/lines", "too long"),)

    def test_so_is_what_a_proxy_says(self) -> None:
        refusal = self.refused(httpx.Response(502, text="<h1>Bad gateway</h1>"))
        assert (refusal.status, refusal.code, refusal.title) == (502, "", "Bad Gateway")
        assert refusal.detail == "<h1>Bad gateway</h1>"

    @pytest.mark.parametrize("body", [b'["odd"]', b'"odd"', b"", b'{"error": "odd"}', b'{"errors": []}'])
    def test_so_is_whatever_else_comes(self, body: bytes) -> None:
        assert self.refused(httpx.Response(500, content=body)).status == 500

    def test_a_redirect_is_no_answer(self) -> None:
        assert self.refused(httpx.Response(302, headers={"location": "/login"})).status == 302


class TestPages:
    def test_pages_are_fetched_as_they_are_wanted(self) -> None:
        asked: list[str] = []
        following = {"": "7", "7": "9", "9": ""}

        def fetch(cursor: str) -> intake.models.ImportPage:
            asked.append(cursor)
            return intake.models.ImportPage(imports=[], next_cursor=following[cursor])

        listed = pages(fetch)
        assert next(listed).next_cursor == "7"
        assert asked == [""]
        assert [page.next_cursor for page in listed] == ["9", ""]

    async def test_an_absent_cursor_ends_them(self) -> None:
        async def fetch(cursor: str) -> intake.models.ImportPage:
            page = intake.models.ImportPage(imports=[])
            if not cursor:
                page.next_cursor = "second"
            return page

        assert [page.next_cursor async for page in pages_async(fetch)] == ["second", ""]
