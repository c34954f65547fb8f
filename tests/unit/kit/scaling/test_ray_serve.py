"""The policy with contexts as Ray Serve makes them, under the wrapper that Serve puts around it; no Ray is started."""

from typing import Any

import pytest
from ray.serve._private.autoscaling_state import _resolve_policy_callable
from ray.serve._private.common import DeploymentID
from ray.serve.autoscaling_policy import _apply_autoscaling_config
from ray.serve.config import AutoscalingConfig, AutoscalingContext, AutoscalingPolicy

from merx_kit.scaling.ray_serve import UtilisationPolicy

QUERIES = {"queue_pressure": "pressure", "utilised": "utilised", "p99_ms": "p99"}
SETTINGS = {"fallback": 2, "scale_down_window_s": 60.0}


class Prometheus(UtilisationPolicy):
    """The policy with answers put in by hand in place of those fetched."""

    answers: dict[str, float] | None = None

    @property
    def prometheus_metrics(self) -> dict[str, float] | None:
        return self.answers


def policy(**answers: float) -> Prometheus:
    made = Prometheus(queries=QUERIES, settings=SETTINGS)
    made.answers = answers or None
    return made


def context(*, running: int, target: int | None = None, ongoing: float = 0.0, **more: Any) -> AutoscalingContext:
    given: dict[str, Any] = {
        "total_queued_requests": 0.0, "aggregated_metrics": None, "raw_metrics": None, "policy_state": {},
        "last_scale_up_time": None, "last_scale_down_time": None, "current_time": 1_000.0,
        "config": AutoscalingConfig(min_replicas=1, max_replicas=10, upscale_delay_s=0, downscale_delay_s=0),
    } | more  # fmt: skip
    return AutoscalingContext(
        deployment_id=DeploymentID(name="ranker", app_name="merx"), deployment_name="ranker", app_name="merx",
        current_num_replicas=running, target_num_replicas=running if target is None else target, running_replicas=[],
        total_num_requests=ongoing, capacity_adjusted_min_replicas=1, capacity_adjusted_max_replicas=10, **given,
    )  # fmt: skip


class TestPolicy:
    def test_the_larger_of_pressure_and_utilisation_decides(self) -> None:
        assert policy(pressure=6.0, utilised=2.0)(context(running=3))[0] >= 7
        assert policy(pressure=2.0, utilised=6.0)(context(running=3))[0] >= 7

    def test_replicas_asked_for_and_not_running_yet_are_counted(self) -> None:
        wanted, _ = policy(pressure=6.0, utilised=3.0)(context(running=3))
        assert policy(pressure=6.0, utilised=3.0)(context(running=3, target=wanted))[0] == wanted

    def test_without_prometheus_nothing_is_taken_away_and_the_queue_still_adds(self) -> None:
        assert policy()(context(running=5))[0] == 5
        assert policy()(context(running=5, ongoing=32.0 * 8))[0] > 8

    def test_requests_waiting_in_serve_count_where_prometheus_says_less(self) -> None:
        assert policy(pressure=1.0, utilised=1.0)(context(running=2, ongoing=32.0 * 5))[0] > 5

    def test_the_bounds_are_those_of_serve(self) -> None:
        assert policy(pressure=40.0, utilised=40.0)(context(running=3))[0] == 10

    def test_a_decision_stands_for_its_period(self) -> None:
        deciding = policy(pressure=2.0, utilised=2.0)
        wanted, state = deciding(context(running=3))
        deciding.answers = {"pressure": 8.0, "utilised": 8.0}
        soon, state = deciding(context(running=3, target=wanted, policy_state=state, current_time=1_004.9))
        assert soon == wanted
        assert deciding(context(running=3, policy_state=state, current_time=1_005.0))[0] > 8

    def test_an_unknown_signal_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no such signals"):
            UtilisationPolicy(queries={"queue": "pressure"})


class TestUnderServe:
    def test_serve_finds_it_by_name_and_makes_one_instance(self) -> None:
        named = AutoscalingPolicy(
            policy_function="merx_kit.scaling.ray_serve:UtilisationPolicy",
            policy_kwargs={"queries": QUERIES, "settings": SETTINGS, "prometheus_address": "http://127.0.0.1:9"},
        )
        assert type(_resolve_policy_callable(named)).__name__ == "UtilisationPolicy"

    def test_under_serves_own_wrapper_it_scales_up_at_once_and_down_after_its_window(self) -> None:
        deciding = policy(pressure=6.0, utilised=3.0)
        wrapped = _apply_autoscaling_config(deciding)
        target, state = wrapped(context(running=3))
        assert target >= 7
        deciding.answers = {"pressure": 2.0, "utilised": 2.0}
        targets = []
        for turn in range(1, 40):
            now = context(running=target, policy_state=state, current_time=1_000.0 + turn * 5)
            target, state = wrapped(now)
            targets.append(target)
        assert targets[:11] == [targets[0]] * 11
        assert targets[-1] == 3
