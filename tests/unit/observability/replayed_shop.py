"""Counters of a small shop over half an hour, as a scrape every 15 s would have told them, and the truth about them.

search: two replicas. search-0 holds a GPU alone and half of another, and Kepler measures its processor; it serves
version 1, then version 2 from the middle on. search-1 shares the other GPU, nothing measures its processor, and it
mixes two arms. recommendation: an older Kepler, and a GPU whose exporter's labels were honoured. pricing: cAdvisor,
and a version that no exposure names. intake: no model, no GPU, no pod labels (scraped by address), idle in the last ten
minutes. A foreign pod holds a GPU of its own.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

START, SCRAPE_S, LASTS_S, STEP_S = 1_700_000_000, 15, 1_800, 60
WATTS_PER_CORE = 4.0
SEARCH_0 = {"namespace": "shop", "job": "search", "pod": "search-0", "instance": "10.0.0.1:8003"}
SEARCH_1 = {"namespace": "shop", "job": "search", "pod": "search-1", "instance": "10.0.0.2:8003"}
RECOMMENDATION = {"namespace": "shop", "job": "recommendation", "pod": "reco-0", "instance": "10.0.0.3:8001"}
PRICING = {"namespace": "shop", "job": "pricing", "pod": "pricing-0", "instance": "10.0.0.4:8002"}
INTAKE = {"job": "intake", "instance": "127.0.0.1:8007"}
CALL = {"method": "POST", "route": "/v1/search", "status": "200"}
FIRST, SECOND = "search/1", "search/2"


@dataclass
class Tape:
    """Series by name and labels, each a list of (second, value)."""

    samples: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def tell(self, second: int, name: str, value: float, *labels: Mapping[str, str], **more: str) -> None:
        merged: dict[str, str] = {}
        for each in (*labels, more):
            merged |= each
        self.samples[name, tuple(sorted(merged.items()))].append((second, value))

    def exposition(self) -> str:
        """OpenMetrics with timestamps; every series untyped, so that names stay as they are."""
        lines = []
        names = sorted({name for name, _ in self.samples})
        for name in names:
            lines.append(f"# TYPE {name} unknown")
            for (of, labels), told in self.samples.items():
                if of == name:
                    written = ",".join(f'{label}="{value}"' for label, value in labels)
                    lines += [f"{name}{{{written}}} {value} {START + second}" for second, value in told]
        return "\n".join([*lines, "# EOF"]) + "\n"


def replayed() -> Tape:
    tape = Tape()
    for second in range(0, LASTS_S + 1, SCRAPE_S):
        _search_0(tape, second)
        _search_1(tape, second)
        _others(tape, second)
        _intake(tape, second)
        _devices(tape, second)
    return tape


def _search_0(tape: Tape, second: int) -> None:
    half = LASTS_S // 2
    tape.tell(second, "merx_http_requests_in_flight", 3, SEARCH_0)
    tape.tell(second, "merx_http_requests_total", 500 + 10 * second, SEARCH_0, CALL)
    tape.tell(second, "merx_http_requests_total", second, SEARCH_0, CALL, route="/metrics")
    tape.tell(second, "merx_exposures_by_model_total", 5 * min(second, half), SEARCH_0, model_version=FIRST, arm="")
    if second > half:
        later = second - half
        tape.tell(second, "merx_exposures_by_model_total", 5 * later, SEARCH_0, model_version=SECOND, arm="")
    for state in ("running", "terminated"):
        who = {"pod_namespace": "shop", "pod_name": "search-0", "pod_id": "a", "state": state}
        tape.tell(second, "kepler_pod_cpu_joules_total", 20 * second, who, zone="package")
        tape.tell(second, "kepler_pod_cpu_joules_total", 2 * second, who, zone="dram")
        tape.tell(second, "kepler_pod_cpu_joules_total", 15 * second, who, zone="core")
    tape.tell(second, "process_cpu_seconds_total", 9 * second, SEARCH_0)


def _search_1(tape: Tape, second: int) -> None:
    """It is restarted in the middle: counters begin again at 0."""
    age = second if second <= LASTS_S // 2 else second - LASTS_S // 2
    tape.tell(second, "merx_http_requests_in_flight", 3, SEARCH_1)
    tape.tell(second, "merx_http_requests_total", 4 * age, SEARCH_1, CALL)
    tape.tell(second, "merx_exposures_by_model_total", 3 * age, SEARCH_1, model_version=SECOND, arm="blue")
    tape.tell(second, "merx_exposures_by_model_total", 1 * age, SEARCH_1, model_version=SECOND, arm="green")
    tape.tell(second, "process_cpu_seconds_total", 0.5 * age, SEARCH_1)


def _others(tape: Tape, second: int) -> None:
    for process in (RECOMMENDATION, PRICING):
        tape.tell(second, "merx_http_requests_in_flight", 1, process)
        tape.tell(second, "merx_http_requests_total", 8 * second, process, CALL)
        tape.tell(second, "process_cpu_seconds_total", 2 * second, process)
    container = {"container_namespace": "shop", "pod_name": "reco-0", "container_name": "recommendation"}
    tape.tell(second, "kepler_container_package_joules_total", 5 * second, container, mode="dynamic")
    tape.tell(second, "kepler_container_package_joules_total", 2 * second, container, mode="idle")
    tape.tell(second, "kepler_container_dram_joules_total", 1 * second, container, mode="dynamic")
    tape.tell(second, "kepler_container_gpu_joules_total", 40 * second, container, mode="dynamic")
    tape.tell(second, "DCGM_FI_DEV_POWER_USAGE", 40, {"namespace": "shop", "pod": "reco-0", "UUID": "GPU-3"})
    used = {"namespace": "shop", "pod": "pricing-0"}
    tape.tell(second, "container_cpu_usage_seconds_total", 0.75 * second, used, container="pricing")
    tape.tell(second, "container_cpu_usage_seconds_total", 0.75 * second, used, container="")
    tape.tell(second, "merx_model_in_service", 1, PRICING, model="pricing", version="7")


def _intake(tape: Tape, second: int) -> None:
    busy = min(second, 1_200)
    tape.tell(second, "merx_http_requests_in_flight", 0, INTAKE)
    tape.tell(second, "merx_http_requests_total", 2 * busy, INTAKE, CALL, route="/v1/events")
    tape.tell(second, "process_cpu_seconds_total", 0.25 * second, INTAKE)


def _devices(tape: Tape, second: int) -> None:
    """GPU-0 tells energy in millijoules, GPU-1 only power, and shows once for each pod that shares it."""
    exporter = {"namespace": "gpu-operator", "pod": "dcgm-x", "job": "dcgm-exporter"}
    for uuid, pods in (("GPU-0", ("search-0",)), ("GPU-1", ("search-0", "search-1")), ("GPU-2", ("foreign-0",))):
        for pod in pods:
            held = {**exporter, "exported_namespace": "shop", "exported_pod": pod, "UUID": uuid}
            if uuid == "GPU-0":
                tape.tell(second, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 9e9 + 300_000 * second, held)
            tape.tell(second, "DCGM_FI_DEV_POWER_USAGE", 100 if uuid == "GPU-1" else 999, held)
