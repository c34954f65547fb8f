"""Circuit breakers (purgatory) around outside systems, with a metric; not to wait for what is known to be down."""

from purgatory import AsyncCircuitBreakerFactory, ContextChanged, Event
from purgatory.domain.model import OpenedState

from merx_kit.metrics import gauge

CIRCUIT_OPEN = gauge("circuit_open", "1 while calls to this system are not tried", ("circuit",))

CircuitOpen = OpenedState
"""Raised on entering `async with await breakers.get_breaker(name)` while the circuit is open."""


def circuit_breakers(*, threshold: int = 5, retry_after_seconds: float = 1.0) -> AsyncCircuitBreakerFactory:
    """Circuits that open after `threshold` failures in a row, and are tried again after `retry_after_seconds`."""
    factory = AsyncCircuitBreakerFactory(default_threshold=threshold, default_ttl=retry_after_seconds)
    factory.add_listener(_publish)
    return factory


def _publish(circuit: str, _kind: str, event: Event) -> None:
    if isinstance(event, ContextChanged):
        CIRCUIT_OPEN.labels(circuit).set(event.state == "opened")
