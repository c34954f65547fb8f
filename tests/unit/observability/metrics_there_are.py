"""Every metric that code registers, and what an expression asks for."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import promql_parser
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).parents[3]
SOURCES = ("packages/kit/src", *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("services/*/src"))))
MAKES = {"counter", "gauge", "histogram", "Counter", "Gauge", "Histogram"}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
ELSEWHERE = re.compile(
    r"up|DCGM_FI_[A-Z_]+|kepler_pod_cpu_joules_total|kube_pod_container_resource_limits"
    r"|container_memory_working_set_bytes|kubelet_volume_stats_(available|capacity)_bytes"
    r"|process_(cpu_seconds_total|resident_memory_bytes|open_fds|max_fds)"
)
"""Of dcgm-exporter, Kepler, kube-state-metrics, cAdvisor, the kubelet, and Prometheus' own client."""
OF_TARGETS = {"namespace", "job", "instance", "pod", "le"}


class Metric(NamedTuple):
    labels: frozenset[str]
    bounds: frozenset[str]
    """`le` of a histogram's buckets; empty for others."""


class Asked(NamedTuple):
    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """(operator, label, value)."""


def modules_with_metrics() -> Iterator[str]:
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
            if any(isinstance(call, ast.Name) and call.id in MAKES for call in calls):
                yield ".".join(path.relative_to(ROOT / source).with_suffix("").parts)


@cache
def metrics() -> dict[str, Metric]:
    """By the name of each series, as a scrape has it."""
    for module in modules_with_metrics():
        importlib.import_module(module)
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("merx_"):
            bounds = frozenset(f"{bound:g}" for bound in getattr(collector, "_upper_bounds", ()))
            for suffix in SUFFIXES[str(collector._type)]:
                found[collector._name + suffix] = Metric(frozenset(collector._labelnames), bounds)
    return found


def asked(expression: str) -> list[Asked]:
    """The series that a PromQL expression names; raises ValueError where it is not one."""
    found: list[Asked] = []

    def visit(node: object) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            matchers = tuple((str(one.op), one.name, one.value) for one in node.matchers.matchers)
            by_name = [value for _, label, value in matchers if label == "__name__"]
            found.append(Asked(node.name or by_name[0], matchers))
        elif isinstance(node, promql_parser.MatrixSelector):
            visit(node.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def grouped_by(expression: str) -> list[set[str]]:
    """The labels that each aggregation of an expression keeps."""
    found: list[set[str]] = []

    def visit(node: object) -> bool:
        if isinstance(node, promql_parser.AggregateExpr):
            found.append(set(node.modifier.labels) if node.modifier is not None else set())
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def unknown(expression: str, recorded: set[str]) -> list[str]:
    """What `expression` asks for and nobody tells: names, labels, and bounds of histograms."""
    wrong = []
    for one in asked(expression):
        names = [name for name in metrics() if re.fullmatch(one.name, name)]
        if not names and one.name not in recorded and not ELSEWHERE.fullmatch(one.name):
            wrong.append(one.name)
        for metric in map(metrics().__getitem__, names):
            for operator, label, value in one.matchers:
                if label not in metric.labels | OF_TARGETS | {"__name__"}:
                    wrong.append(f"{one.name}{{{label}}}")
                if label == "le" and operator == "MatchOp.Equal" and value not in metric.bounds | {"+Inf"}:
                    wrong.append(f'{one.name}{{le="{value}"}}')
    return wrong
