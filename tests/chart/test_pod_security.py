"""Pod Security "restricted" on every pod of every profile, tests and jobs included: 100 %."""

from copy import deepcopy
from typing import Any

import pytest

from tests.chart.charts import PROFILES, Charts, Manifest, merged, pods
from tests.chart.pod_security import beyond, violations

SAFE: Manifest = {
    "metadata": {},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "safe",
                "image": "safe:1",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
    },
}
FAULTS: dict[str, dict[str, Any]] = {
    "host network": {"spec": {"hostNetwork": True}},
    "host path": {"spec": {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}},
    "root": {"spec": {"securityContext": {"runAsUser": 0}}},
    "root perhaps": {"spec": {"securityContext": {"runAsNonRoot": None}}},
    "no seccomp": {"spec": {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}},
    "a sysctl": {"spec": {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}},
}
CONTAINER_FAULTS: dict[str, dict[str, Any]] = {
    "privileged": {"securityContext": {"privileged": True}},
    "escalation": {"securityContext": {"allowPrivilegeEscalation": None}},
    "capabilities kept": {"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}},
    "a capability added": {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}},
    "a port of the host": {"ports": [{"containerPort": 80, "hostPort": 80}]},
    "root in the container": {"securityContext": {"runAsUser": 0}},
}


class TestEveryPod:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_is_restricted(self, charts: Charts, profile: str) -> None:
        found = {name: what for name, pod in pods(charts.render(profile=profile)) if (what := violations(pod))}
        assert not found

    @pytest.mark.parametrize("profile", PROFILES)
    def test_writes_to_volumes_alone_and_holds_no_token(self, charts: Charts, profile: str) -> None:
        found = {name: what for name, pod in pods(charts.render(profile=profile)) if (what := beyond(pod))}
        assert not found

    def test_has_no_user_of_its_own_on_openshift(self, charts: Charts) -> None:
        for name, pod in pods(charts.render(profile="openshift")):
            security = pod["spec"]["securityContext"]
            assert not security.keys() & {"runAsUser", "runAsGroup", "fsGroup"}, name

    def test_may_write_to_its_volume_elsewhere(self, charts: Charts) -> None:
        for name, pod in pods(charts.render(profile="minimal")):
            security = pod["spec"]["securityContext"]
            assert security["fsGroup"] == security["runAsUser"] > 0, name


class TestTheCheckItself:
    def test_lets_a_safe_pod_pass(self) -> None:
        assert violations(SAFE) == []

    @pytest.mark.parametrize("fault", FAULTS)
    def test_finds_a_fault_of_the_pod(self, fault: str) -> None:
        assert len(violations(merged(SAFE, FAULTS[fault]))) == 1

    @pytest.mark.parametrize("fault", CONTAINER_FAULTS)
    def test_finds_a_fault_of_a_container(self, fault: str) -> None:
        pod = deepcopy(SAFE)
        pod["spec"]["containers"] = [merged(pod["spec"]["containers"][0], CONTAINER_FAULTS[fault])]
        assert len(violations(pod)) == 1

    def test_looks_into_init_containers(self) -> None:
        pod = deepcopy(SAFE)
        pod["spec"]["initContainers"] = [{"name": "init", "image": "init:1"}]
        assert "init: may gain privileges" in violations(pod)

    def test_finds_a_token_and_a_writable_root(self) -> None:
        assert len(beyond(SAFE)) == 4
