"""OpenTelemetry spans for the few requests that are sampled; the others pay for one comparison."""

import random
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from merx_kit.settings import ServiceSettings

EXPORT_TIMEOUT_SECONDS = 2.0
"""Retries included; a collector that is down must not hold up the end of the process."""

_PROPAGATOR = TraceContextTextMapPropagator()
_NO_SPAN: AbstractContextManager[trace.Span | None] = nullcontext()


class Tracing:
    """The decision is made here, by the caller's `traceparent` where there is one, else by `ratio`; the SDK is entered
    for sampled requests only (with no exporter and no sampler in the way it would still cost .29 ms a request)."""

    def __init__(self, *, service: str, ratio: float, processor: SpanProcessor | None) -> None:
        self._ratio = ratio if processor is not None else 0.0
        self._on = processor is not None
        self._provider: TracerProvider | None = None
        if processor is not None:
            resource = Resource.create({"service.name": service})
            self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource)
            self._provider.add_span_processor(processor)
            self._tracer = self._provider.get_tracer("merx_kit")

    @classmethod
    def from_settings(cls, service: str, settings: ServiceSettings) -> "Tracing":
        return cls(service=service, ratio=settings.trace_ratio, processor=_exporting(settings.otlp_endpoint))

    def span(self, method: str, route: str, traceparent: bytes | None) -> AbstractContextManager[trace.Span | None]:
        """The server span of a sampled request, current inside; None for the others."""
        if not self._on or not self._sampled(traceparent):
            return _NO_SPAN
        carrier: Mapping[str, str] = {"traceparent": traceparent.decode("latin-1")} if traceparent else {}
        return self._tracer.start_as_current_span(
            f"{method} {route}",
            context=_PROPAGATOR.extract(carrier),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route},
        )

    def _sampled(self, traceparent: bytes | None) -> bool:
        if traceparent is None:
            return random.random() < self._ratio  # noqa: S311 - a sample, not a secret
        return traceparent[-1:] in b"13579bdf"

    def close(self) -> None:
        """Send what is still held."""
        if self._provider is not None:
            self._provider.shutdown()


def trace_id(traceparent: bytes | None) -> str:
    """The caller's trace, for the logs; "" where there is none."""
    if traceparent is None or len(traceparent) < 55 or traceparent[2:3] != b"-":
        return ""
    return traceparent[3:35].decode("latin-1")


def _exporting(endpoint: str) -> SpanProcessor | None:
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_TIMEOUT_SECONDS))
