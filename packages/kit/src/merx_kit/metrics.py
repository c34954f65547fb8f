"""Prometheus metrics with one prefix, base units and bounded labels."""

from collections.abc import Sequence

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder

disable_created_metrics()  # type: ignore[no-untyped-call]  # a `_created` series beside every counter doubles what is scraped and stored

PREFIX = "merx"
LATENCY_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """A counter `merx_<name>_total`."""
    return Counter(name, documentation, labels, namespace=PREFIX)


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(name, documentation, labels, namespace=PREFIX)


def histogram(
    name: str,
    documentation: str,
    labels: Sequence[str] = (),
    *,
    buckets: Sequence[float] = LATENCY_BUCKETS_SECONDS,
) -> Histogram:
    """A histogram `merx_<name>`; durations are in seconds and end in `_seconds`."""
    return Histogram(name, documentation, labels, namespace=PREFIX, buckets=buckets)


def render(accept: str = "") -> tuple[bytes, str]:
    """The exposition of this process, and its content type, in the format that the scraper asks for."""
    encoder, content_type = choose_encoder(accept)
    return encoder(REGISTRY), content_type
