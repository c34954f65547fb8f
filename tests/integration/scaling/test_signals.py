"""From what dcgm-exporter and a service export, through a real Prometheus and its rules, to both decisions."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from merx_kit.scaling import ScalingSettings
from merx_kit.scaling import prometheus as rules
from merx_kit.scaling.hpa import Trigger, external_replicas
from tests.integration.scaling.replayed_metrics import Fleet, Prometheus, exported, prometheus
from tests.unit.kit.scaling.test_ray_serve import context

pytestmark = pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's prometheus is not installed")

RATED = 400.0
SETTINGS = ScalingSettings(maximum=9, cold_start_s=4.0, reaction_s=2.0, trend_window_s=4.0)
METERED = rules.MeteredService(
    name="search",
    rated_per_s=RATED,
    full_batch=16,
    overhead_items=3.0,
    batch_metric="merx_search_encoder_batch",
    scrape_s=1,
)
QUERIES = rules.policy_queries(METERED.name)
PRESSURE, UTILISED = QUERIES["queue_pressure"], QUERIES["utilised"]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture(scope="module")
def server(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    with exported(fleet) as port, prometheus(folder, port, rules.recording_rules(METERED, SETTINGS)) as running:
        yield running


@pytest.fixture
def steady(fleet: Fleet, server: Prometheus) -> Fleet:
    """Three replicas at 2.4 replicas' worth of requests, in full batches, for longer than every window."""
    fleet.change(ready=3, per_s=2.4 * RATED, queued=0, busy=0.8, batch=16, latency_s=0.04, profiled=True, lost=False)
    server.until(lambda: settled(server, PRESSURE, 2.4) and settled(server, UTILISED, 2.4), "no steady load")
    wanted = f'{rules.WANTED}{{signal="queue"}}'
    server.until(lambda: server.value(wanted) == 3, "the trend did not pass")
    return fleet


def settled(server: Prometheus, query: str, at: float) -> bool:
    """Within 4 %: a scrape may come some milliseconds late."""
    value = server.value(query)
    return value is not None and abs(value - at) <= 0.04 * max(at, 1.0)


def by_keda(server: Prometheus, *, current: int) -> int | None:
    """What the HPA makes of the triggers of the ScaledObject, each asked as KEDA asks."""
    triggers = rules.keda_triggers(METERED, server.address)
    totals = [server.value(trigger["metadata"]["query"]) for trigger in triggers]
    targets = [float(trigger["metadata"]["threshold"]) for trigger in triggers]
    found = [Trigger(total, target) for total, target in zip(totals, targets, strict=True)]
    return external_replicas(found, current=current)


def by_ray(server: Prometheus, **more: Any) -> int:
    """What the policy for Ray Serve decides on what its own thread has fetched."""
    from merx_kit.scaling.ray_serve import UtilisationPolicy

    names = ("fallback", "cold_start_s", "reaction_s", "trend_window_s", "target_utilisation", "fullest", "slo_ms")
    policy = UtilisationPolicy(
        queries=QUERIES, prometheus_address=server.address, fetch_interval_s=0.5,
        settings={name: getattr(SETTINGS, name) for name in names},
    )  # fmt: skip
    server.until(lambda: policy.prometheus_metrics is not None, "the policy has fetched nothing")
    return policy(context(**more))[0]


class TestSteadyLoad:
    def test_both_scalers_keep_what_fits(self, steady: Fleet, server: Prometheus) -> None:
        assert by_keda(server, current=3) == 3
        assert by_ray(server, running=3) == 3

    def test_small_batches_do_not_look_like_a_full_gpu(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(per_s=0.6 * RATED, busy=1.0, batch=1.0)
        worth = (1 / (1 + 3)) / (16 / (16 + 3))
        server.until(lambda: settled(server, f"{rules.WORK_WEIGHTED}", worth), "not weighted by the work")
        server.until(lambda: by_keda(server, current=3) == 1, "three busy GPUs that do the work of one")

    def test_without_the_profiling_metrics_the_coarse_flag_serves(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(profiled=False)
        server.until(lambda: settled(server, UTILISED, 3.0), "GPU_UTIL of 100 is not read as 1")

    def test_power_is_read_for_the_ledger(self, steady: Fleet, server: Prometheus) -> None:
        server.until(lambda: settled(server, "merx:gpu_power:watts", 3 * (70 + 330 * 0.8)), "no power")


class TestRisingLoad:
    def test_more_requests_than_the_replicas_answer_ask_for_more(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(per_s=5.0 * RATED, busy=1.0)
        server.until(lambda: settled(server, PRESSURE, 5.0), "the load did not arrive")
        server.until(lambda: by_keda(server, current=3) == by_ray(server, running=3), "the scalers disagree")
        assert by_ray(server, running=3) >= 6

    def test_what_waits_counts_as_load(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(queued=RATED * METERED.work_off_s)
        server.until(lambda: settled(server, PRESSURE, 3.4), "a queue of thirty seconds is not one replica's work")

    def test_answers_beyond_the_slo_ask_for_one_more(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(latency_s=0.4)
        server.until(lambda: (by_keda(server, current=3) or 0) == 4, "p99 beyond the SLO changes nothing")


class TestLostMetrics:
    def test_neither_scaler_takes_a_replica_away(self, steady: Fleet, server: Prometheus) -> None:
        steady.change(lost=True)
        server.until(lambda: server.value(PRESSURE) is None, "a lost exporter still has a queue pressure")
        server.until(lambda: server.value(UTILISED) is None, "a lost exporter still has GPUs")
        assert by_keda(server, current=7) in {None, 7}
        assert by_ray(server, running=7) == 7
