"""The signals as Prometheus recording rules, and the decision on them as KEDA's triggers, from the settings that
`desired_replicas` takes. docs/scaling.md explains each; `python -m merx_kit.scaling.prometheus search 388` prints them.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from merx_kit.scaling.replicas import ScalingSettings

Rule = dict[str, Any]

PRESSURE, UTILISED = "merx:queue_pressure:replicas", "merx:gpu_utilised:replicas"
WORK_WEIGHTED = "merx:gpu_utilisation:work_weighted"
P99_MS = "merx:latency_p99:milliseconds"
WANTED = "merx:replicas_wanted:load"
GUARDED = "merx:replicas_wanted:latency"


@dataclass(frozen=True, kw_only=True)
class MeteredService:
    """A service as its metrics know it, and what was measured of its model.

    `rated_per_s` is what one replica answers with full batches; a batch of b takes a time in proportion to
    `overhead_items` + b. `batch_metric` is the service's histogram of batch sizes; without one a batch counts as full
    wherever the GPU is busy.
    """

    name: str
    rated_per_s: float
    full_batch: int = 16
    overhead_items: float = 3.0
    batch_metric: str | None = None
    routes: str = "/v1/.*"
    work_off_s: float = 30.0
    scrape_s: int = 5

    @property
    def rate_window(self) -> str:
        """Three scrapes: two are needed for a rate, one may be missed."""
        return _seconds(3 * self.scrape_s)


def recording_rules(service: MeteredService, settings: ScalingSettings) -> dict[str, Any]:
    """A rule file of Prometheus, one group, in the order in which the rules build on each other."""
    rules = [*_signals(service), *_gpu(service), *_decision(service, settings)]
    for rule in rules:
        rule["labels"] = {"service": service.name} | rule.get("labels", {})
    return {
        "groups": [{"name": f"merx-scaling-{service.name}", "interval": _seconds(service.scrape_s), "rules": rules}]
    }


def keda_triggers(service: MeteredService, address: str) -> list[dict[str, Any]]:
    """The triggers of a ScaledObject: each asks Prometheus how many replicas it wants, of which one is the target."""
    queries = [f'{WANTED}{{service="{service.name}",signal="{signal}"}}' for signal in ("queue", "gpu")]
    queries.append(f'{GUARDED}{{service="{service.name}"}}')
    return [
        {
            "type": "prometheus",
            "metricType": "AverageValue",
            "metadata": {"serverAddress": address, "query": query, "threshold": "1", "ignoreNullValues": "false"},
        }
        for query in queries
    ]


def policy_queries(service: str) -> dict[str, str]:
    """The same signals of a service, by its name, for the Ray Serve policy."""
    named = {"queue_pressure": PRESSURE, "utilised": UTILISED, "p99_ms": P99_MS}
    return {signal: f'{metric}{{service="{service}"}}' for signal, metric in named.items()}


def _signals(service: MeteredService) -> list[Rule]:
    answered = f'{{job="{service.name}",route=~"{service.routes}"}}'
    arriving = f"sum(rate(merx_http_requests_total{answered}[{service.rate_window}]))"
    waiting = f'sum(merx_http_requests_queued{{job="{service.name}"}}) / {service.work_off_s:g}'
    buckets = f"sum by (le) (rate(merx_http_request_duration_seconds_bucket{answered}[{service.rate_window}]))"
    return [
        {"record": PRESSURE, "expr": f"({arriving} + {waiting}) / {service.rated_per_s:g}"},
        {"record": P99_MS, "expr": f"1000 * histogram_quantile(0.99, {buckets})"},
    ]


def _gpu(service: MeteredService) -> list[Rule]:
    """Per pod, because a freshly started one is not as busy as the others, and a replica may have several GPUs."""
    ours = f'on (namespace, pod) group by (namespace, pod) (up{{job="{service.name}"}} == 1)'
    profiled = "avg by (namespace, pod) (DCGM_FI_PROF_GR_ENGINE_ACTIVE)"
    flagged = "avg by (namespace, pod) (DCGM_FI_DEV_GPU_UTIL) / 100"
    busy = "merx:gpu_busy:ratio" + f'{{service="{service.name}"}}'
    worked, full = busy, service.full_batch
    if service.batch_metric:
        of_service = f'{{job="{service.name}"}}[{service.rate_window}]'
        items, batches = (
            f"sum by (namespace, pod) (rate({service.batch_metric}_{part}{of_service}))" for part in ("sum", "count")
        )
        mean = f"({items} / ({batches} > 0))"
        rated = full / (full + service.overhead_items)
        share = f"clamp_max({mean} / ({mean} + {service.overhead_items:g}) / {rated:.6g}, 1)"
        worked = f"({busy} * on (namespace, pod) group_left () {share} or {busy})"
    return [
        {"record": "merx:gpu_busy:ratio", "expr": f"({profiled} or {flagged}) * {ours}"},
        {"record": UTILISED, "expr": f"sum({worked})"},
        {"record": WORK_WEIGHTED, "expr": f"sum({worked}) / count({busy})"},
        {"record": "merx:gpu_power:watts", "expr": f"sum(sum by (namespace, pod) (DCGM_FI_DEV_POWER_USAGE) * {ours})"},
    ]


def _decision(service: MeteredService, settings: ScalingSettings) -> list[Rule]:
    """`replicas_for` in PromQL, for each load by itself."""
    rules: list[Rule] = []
    for signal, metric in (("queue", PRESSURE), ("gpu", UTILISED)):
        load, label = f'{metric}{{service="{service.name}"}}', {"signal": signal}
        window = f"{load}[{_seconds(settings.trend_window_s)}]"
        ahead = settings.cold_start_s + settings.reaction_s
        risen = f"{load} + clamp_min(deriv({window}) - {settings.drift_per_s:g} * {load}, 0) * {ahead:g}"
        expected = _smaller(f"({risen})", f"{load} * {1 + settings.highest_rise:g}")
        rules.append({"record": "merx:load_expected:replicas", "expr": f"{expected} or {load}", "labels": label})
        known = f'merx:load_expected:replicas{{service="{service.name}",signal="{signal}"}}'
        nearest = f"floor({known} / {settings.target_utilisation:g} + 0.5)"
        fullest = f"ceil({known} / {settings.fullest:g} - 1e-9)"
        rules.append({"record": WANTED, "expr": _larger(nearest, fullest), "labels": label})
    ready = f'count(up{{job="{service.name}"}} == 1)'
    late = f'({P99_MS}{{service="{service.name}"}} > bool {settings.slo_ms:g})'
    rules.append({"record": GUARDED, "expr": f"({ready} + 1) * on () {late} or {ready} * 0"})
    return rules


def _larger(one: str, other: str) -> str:
    return f"({one} > {other} or {other})"


def _smaller(one: str, other: str) -> str:
    return f"({one} < {other} or {other})"


def _seconds(amount: float) -> str:
    return f"{round(amount * 1_000)}ms" if amount != int(amount) else f"{int(amount)}s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a rule file; JSON is YAML, so that Prometheus and promtool read it as it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("service", help="the job name under which Prometheus scrapes it")
    parser.add_argument("rated_per_s", type=float, help="requests a second of one replica with full batches")
    parser.add_argument("--batch-metric", help="its histogram of batch sizes")
    asked = parser.parse_args(arguments)
    service = MeteredService(name=asked.service, rated_per_s=asked.rated_per_s, batch_metric=asked.batch_metric)
    print(json.dumps(recording_rules(service, ScalingSettings()), indent=2))  # noqa: T201  # it is what was asked for


if __name__ == "__main__":
    main()
