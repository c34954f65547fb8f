"""What Merx promises, as ratios of events that were bad; alerts burn rates by these."""

from collections.abc import Mapping
from dataclasses import dataclass

PROBES = "/livez|/readyz|/metrics|/openapi.json|/docs|/v2/health/.*"
"""Routes that are not calls (regular expression)."""
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


@dataclass(frozen=True, kw_only=True)
class Slo:
    """`bad` over `total` may be at most 1 - `objective` of the events; both are rates per second by namespace and job,
    in which `{window}` stands for the range. `bad` has a value wherever `total` has one."""

    name: str
    objective: float
    bad: str
    total: str
    route: str = ""
    """The call that it is about; empty for all of a service."""

    @property
    def labels(self) -> dict[str, str]:
        return {"slo": self.name} | ({"route": self.route} if self.route else {})

    @property
    def budget(self) -> float:
        """Share of events that may be bad."""
        return round(1 - self.objective, 9)

    def burn_rate(self, window: str) -> str:
        """PromQL: how many times as fast as allowed the budget goes; 1 uses it up exactly by the end of its period."""
        bad, total = (expression.replace("{window}", window) for expression in (self.bad, self.total))
        return f"(\n  {bad}\n) / (\n  {total} > 0\n) / {self.budget:g}\n"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A call that is answered within `seconds` (one of the histogram's bounds) for a share of `objective`."""

    route: str
    seconds: float
    objective: float = 0.99

    @property
    def calls(self) -> str:
        return _sum(f'merx_http_request_duration_seconds_count{{route="{self.route}"}}')

    @property
    def in_time(self) -> str:
        return _sum(f'merx_http_request_duration_seconds_bucket{{route="{self.route}", le="{self.seconds:g}"}}')

    @property
    def within(self) -> str:
        """Calls answered in time and well. One that was slow and failed is taken off twice: too few, never too many."""
        failed = _sum(f'merx_http_requests_total{{route="{self.route}", status!~"2.."}}')
        return f"clamp_min(\n  {self.in_time}\n  - ({failed} or 0 * {self.in_time}),\n  0\n)"


def _sum(selector: str) -> str:
    return f"sum by (namespace, job) (rate({selector}[{{window}}]))"


PROMISES: Mapping[str, Promise] = {
    "recommendation": Promise(route="/v1/recommendations", seconds=0.025),
    "search": Promise(route="/v1/search", seconds=0.025),
    "pricing": Promise(route="/v1/prices:quote", seconds=0.025),
    "intake": Promise(route="/v1/events", seconds=0.1),
}
"""One line for each service with a latency objective; a service without one still has its availability."""

_ANSWERED = _sum(f'merx_http_requests_total{{route!~"{PROBES}"}}')
_FAILED = _sum(f'merx_http_requests_total{{route!~"{PROBES}", status=~"5.."}}')
_REFUSED = _sum('merx_http_refused_total{reason="overloaded"}')
_LISTS = _sum("merx_recommendation_live_seconds_count")
_LISTS_IN_TIME = _sum('merx_recommendation_live_seconds_bucket{le="0.25"}')

AVAILABILITY = Slo(
    name="availability",
    objective=0.999,
    bad=f"({_FAILED} or 0 * {_ANSWERED})\n  + ({_REFUSED} or 0 * {_ANSWERED})",
    total=_ANSWERED,
)
FRESHNESS = Slo(name="freshness", objective=0.99, bad=f"{_LISTS}\n  - {_LISTS_IN_TIME}", total=_LISTS)


def latency(promise: Promise) -> Slo:
    return Slo(
        name="latency",
        objective=promise.objective,
        bad=f"{promise.calls}\n  - {promise.in_time}",
        total=promise.calls,
        route=promise.route,
    )


SLOS = (AVAILABILITY, *(latency(promise) for promise in PROMISES.values()), FRESHNESS)
