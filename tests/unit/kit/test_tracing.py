from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from merx_kit.http import RequestContext
from merx_kit.http.tracing import Tracing, trace_id
from tests.unit.kit.shop_api import Shop, client, settings, shop_api

TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    memory = InMemorySpanExporter()
    yield memory
    memory.shutdown()


def tracing(exporter: InMemorySpanExporter, ratio: float) -> Tracing:
    return Tracing(service="shop", ratio=ratio, processor=SimpleSpanProcessor(exporter))


class TestSampling:
    async def test_the_callers_decision_is_honoured(self, exporter: InMemorySpanExporter) -> None:
        inside: list[int] = []

        async def handler(_: None, context: RequestContext) -> None:
            inside.append(trace.get_current_span().get_span_context().trace_id)

        api = shop_api(Shop())
        api.tracing = tracing(exporter, ratio=1.0)
        api.get("/v1/products/{id}", handler)
        async with client(api.build()) as web:
            await web.get("/v1/products/a", headers={"traceparent": SAMPLED})
            await web.get("/v1/products/a", headers={"traceparent": UNSAMPLED})
        (span,) = exporter.get_finished_spans()
        assert span.name == "GET /v1/products/{id}"
        assert span.context is not None
        assert inside == [int(TRACE, 16), 0]
        assert f"{span.context.trace_id:032x}" == TRACE

    @pytest.mark.parametrize(("ratio", "spans"), [(0.0, 0), (1.0, 5)])
    async def test_without_a_caller_the_ratio_decides(
        self, exporter: InMemorySpanExporter, ratio: float, spans: int
    ) -> None:
        api = shop_api(Shop())
        api.tracing = tracing(exporter, ratio)
        async with client(api.build()) as web:
            for _ in range(5):
                await web.get("/livez")
        assert len(exporter.get_finished_spans()) == spans

    def test_without_an_exporter_nothing_is_traced(self) -> None:
        off = Tracing.from_settings("shop", settings(trace_ratio=1.0))
        with off.span("GET", "/", SAMPLED.encode()) as span:
            assert span is None

    def test_a_damaged_traceparent_starts_a_trace_of_its_own_or_none(self, exporter: InMemorySpanExporter) -> None:
        on = tracing(exporter, ratio=1.0)
        for damaged in (b"", b"x", b"00-zz-zz-01", b"\xff" * 60):
            with on.span("GET", "/", damaged):
                pass
        assert len(exporter.get_finished_spans()) <= 4


class TestTraceIds:
    @pytest.mark.parametrize(("header", "expected"), [(SAMPLED.encode(), TRACE), (None, ""), (b"x", ""), (b"", "")])
    def test_come_from_the_caller(self, header: bytes | None, expected: str) -> None:
        assert trace_id(header) == expected
