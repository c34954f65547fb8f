"""A Ray that is slow to come up is asked again; one that cannot come up is not waited for."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from merx_kit.scaling.prometheus import policy_queries
from merx_kit.scaling.ray_serve import UtilisationPolicy
from merx_search import deployment
from merx_search.deployment import scale
from merx_search.settings import Settings

SLOW = "The current node timed out during startup. This could happen because some of the raylet failed to startup"


def started(failures: list[str], monkeypatch: pytest.MonkeyPatch, home: Path) -> list[str]:
    """What was asked of a Ray that fails so often, in these words."""
    asked: list[str] = []

    def init(**_: object) -> None:
        asked.append("init")
        if failures:
            raise RuntimeError(failures.pop(0))

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init, shutdown=lambda: asked.append("shutdown")))
    monkeypatch.setattr(deployment, "_end", lambda _: asked.append("end"))
    deployment._node(Settings(home=home))
    return asked


def test_a_slow_node_is_asked_again_once_nothing_is_left_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    again = ["init", "shutdown", "end"]
    assert started([SLOW, SLOW], monkeypatch, tmp_path) == [*again, *again, "init"]


@pytest.mark.parametrize("failures", [["no such port"], [SLOW] * deployment.ATTEMPTS])
def test_what_will_not_come_up_is_said(failures: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    last = failures[-1]
    with pytest.raises(RuntimeError, match=last[:20]):
        started(failures, monkeypatch, tmp_path)


def test_replicas_do_not_stand_back_behind_batch_work(tmp_path: Path) -> None:
    assert deployment._engine_settings(Settings(home=tmp_path), tmp_path)["RAY_worker_niceness"] == "0"


class TestScale:
    def test_so_many_as_are_set(self, tmp_path: Path) -> None:
        assert scale(Settings(home=tmp_path, replicas=3, most_replicas=2)) == {"num_replicas": 3}

    def test_between_two_bounds_the_work_decides(self, tmp_path: Path) -> None:
        settings = Settings(home=tmp_path, replicas=2, most_replicas=6, prometheus_url="http://p:9090", slo_ms=300)
        config = scale(settings)["autoscaling_config"]
        assert (config.min_replicas, config.max_replicas) == (2, 6)
        assert config.upscale_delay_s == config.downscale_delay_s == 0
        policy = config.policy.get_policy()(**config.policy.policy_kwargs)
        assert isinstance(policy, UtilisationPolicy)
        assert policy._prometheus_address == "http://p:9090"
        assert set(policy._prometheus_queries) == set(policy_queries("search").values())

    def test_ray_has_room_for_the_most(self, tmp_path: Path) -> None:
        fixed, scaled = (
            deployment._engine_settings(Settings(home=tmp_path, most_replicas=most), tmp_path) for most in (1, 4)
        )
        name = "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT"
        assert int(scaled[name]) - int(fixed[name]) == 3 * 16
