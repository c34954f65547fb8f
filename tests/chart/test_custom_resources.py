"""What is made for the operators: scaling by KEDA, Ray's cluster, routes, monitors, rules and dashboards."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from merx_kit import metrics
from merx_kit.scaling import ScalingSettings
from merx_kit.scaling.prometheus import MeteredService, keda_triggers, recording_rules
from tests.chart.charts import HELM, NAMESPACE, RELEASE, Charts, deep, named, of_kind, pods
from tests.chart.schemas import KUBERNETES, violations

SEARCH = f"{RELEASE}-search"


def triggers(charts: Charts, values: dict[str, Any] | None = None, *, name: str = SEARCH) -> dict[str, dict[str, Any]]:
    scaled = named(charts.render(values, profile="gpu"), "ScaledObject", name)
    return {trigger["name"]: trigger["metadata"] for trigger in scaled["spec"]["triggers"]}


class TestScaledObject:
    def test_scales_the_workload_that_there_is_and_leaves_its_replicas_alone(self, charts: Charts) -> None:
        manifests = charts.render(profile="gpu")
        for scaled in of_kind(manifests, "ScaledObject"):
            target = scaled["spec"]["scaleTargetRef"]
            assert "replicas" not in named(manifests, target["kind"], target["name"])["spec"]

    def test_asks_for_queue_gpu_and_latency(self, charts: Charts) -> None:
        found = triggers(charts)
        assert found.keys() == {"queue", "gpu", "latency"}
        assert found["queue"]["threshold"] == "12"
        assert found["gpu"]["threshold"] == "78"
        assert found["latency"]["threshold"] == "1"

    def test_asks_for_metrics_that_services_have(self, charts: Charts) -> None:
        import merx_kit.http.admission
        import merx_kit.http.endpoint  # noqa: F401 - both declare theirs when imported

        body, _ = metrics.render("")
        asked = {word for trigger in triggers(charts).values() for word in re.findall(r"merx_\w+", trigger["query"])}
        assert asked == {
            "merx_http_requests_in_flight",
            "merx_http_requests_queued",
            "merx_http_request_duration_seconds_bucket",
        }
        declared = set(re.findall(r"^# TYPE (\S+)", body.decode(), re.MULTILINE))
        assert {name.removesuffix("_bucket") for name in asked} <= declared

    def test_asks_in_words_that_prometheus_reads(self, charts: Charts, tmp_path: Path) -> None:
        promtool = shutil.which("promtool")
        if promtool is None:
            pytest.skip("promtool is not here: `make tools-debian` brings it where Debian has it")
        queries = [
            one["query"]
            for name in (SEARCH, f"{RELEASE}-recommendation")
            for one in triggers(charts, name=name).values()
        ]
        rules = [{"record": f"query:{index}", "expr": query} for index, query in enumerate(queries)]
        path = tmp_path / "rules.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "triggers", "rules": rules}]}))
        done = subprocess.run([promtool, "check", "rules", str(path)], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_counts_the_share_of_time_in_percent(self, charts: Charts) -> None:
        assert triggers(charts)["gpu"]["query"].startswith("100 * sum(avg by (pod) (DCGM_FI_PROF_GR_ENGINE_")
        slices = triggers(charts, name=f"{RELEASE}-recommendation")
        assert slices["gpu"]["query"].startswith("sum(avg by (pod) (DCGM_FI_DEV_GPU_UTIL{")

    def test_asks_about_its_own_pods_alone(self, charts: Charts) -> None:
        for trigger in triggers(charts).values():
            assert f'namespace="{NAMESPACE}"' in trigger["query"]
            assert f'pod=~"{SEARCH}-.+"' in trigger["query"]

    def test_goes_up_at_once_and_down_slowly(self, charts: Charts) -> None:
        scaled = named(charts.render(profile="gpu"), "ScaledObject", SEARCH)["spec"]
        behavior = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300
        assert scaled["fallback"] == {"failureThreshold": 3, "replicas": 4, "behavior": "currentReplicasIfHigher"}

    def test_takes_a_lost_metric_for_lost_and_not_for_zero(self, charts: Charts) -> None:
        assert {trigger["ignoreNullValues"] for trigger in triggers(charts).values()} == {"false"}

    @pytest.mark.parametrize("trigger", ["queue", "latency", "gpu"])
    def test_leaves_out_what_is_off(self, charts: Charts, trigger: str) -> None:
        found = triggers(charts, deep(f"search.scaling.keda.{trigger}.enabled", False))
        assert found.keys() == {"queue", "gpu", "latency"} - {trigger}


class TestRulesOfReplicasWanted:
    """What `merx_kit.scaling.prometheus` prints, given to the chart as it is."""

    @pytest.fixture
    def values(self) -> dict[str, Any]:
        rules = recording_rules(MeteredService(name="search", rated_per_s=388.0), ScalingSettings())
        return deep("search.scaling.keda.rules", json.loads(json.dumps(rules)))

    def test_become_a_rule_of_the_operator_word_for_word(self, charts: Charts, values: dict[str, Any]) -> None:
        made = named(charts.render(values, profile="gpu"), "PrometheusRule", f"{SEARCH}-scaling")
        assert made["spec"] == values["search"]["scaling"]["keda"]["rules"]
        assert not violations(made, KUBERNETES[0])

    def test_are_what_the_triggers_ask(self, charts: Charts, values: dict[str, Any]) -> None:
        address = "http://prometheus-operated.monitoring:9090"
        wanted = keda_triggers(MeteredService(name="search", rated_per_s=388.0), address)
        scaled = named(charts.render(values, profile="gpu"), "ScaledObject", SEARCH)["spec"]
        found = [{name: part for name, part in one.items() if name != "name"} for one in scaled["triggers"]]
        assert found == wanted
        assert not violations(named(charts.render(values, profile="gpu"), "ScaledObject", SEARCH), KUBERNETES[0])

    def test_find_the_service_by_the_job_that_its_monitor_names(self, charts: Charts, values: dict[str, Any]) -> None:
        monitor = named(charts.render(values, profile="gpu"), "ServiceMonitor", SEARCH)
        assert monitor["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "search"


class TestHorizontalPodAutoscaler:
    def test_stands_for_the_number_of_replicas(self, charts: Charts) -> None:
        manifests = charts.render(profile="production")
        assert len(of_kind(manifests, "HorizontalPodAutoscaler")) == 2
        assert "replicas" not in named(manifests, "StatefulSet", SEARCH)["spec"]
        assert named(manifests, "StatefulSet", f"{RELEASE}-pricing")["spec"]["replicas"] == 3


class TestPodDisruptionBudget:
    def test_is_there_only_where_one_may_go(self, charts: Charts) -> None:
        budgets = {
            one["metadata"]["name"] for one in of_kind(charts.render(profile="production"), "PodDisruptionBudget")
        }
        wanted = ("intake", "worker", "recommendation", "search", "pricing")
        assert budgets == {f"{RELEASE}-{name}" for name in wanted}
        assert not of_kind(charts.render(profile="minimal"), "PodDisruptionBudget")


class TestRayService:
    def test_has_pods_that_kubernetes_takes(self, charts: Charts) -> None:
        templates = [pod for name, pod in pods(charts.render(profile="rayservice")) if name.startswith("RayService")]
        assert len(templates) == 2
        for template in templates:
            whole = {"apiVersion": "v1", "kind": "Pod", **template}
            assert not [found for version in KUBERNETES for found in violations(whole, version)]

    def test_gives_the_card_to_the_workers_alone(self, charts: Charts) -> None:
        found = {name: pod["spec"]["containers"][0] for name, pod in pods(charts.render(profile="rayservice"))}
        assert "nvidia.com/gpu" not in found[f"RayService/{SEARCH}/head"]["resources"]["limits"]
        assert found[f"RayService/{SEARCH}/workers"]["resources"]["limits"]["nvidia.com/gpu"] == 1

    def test_has_a_replica_with_its_card_for_each_worker(self, charts: Charts) -> None:
        for values, gpus in ({}, "1"), (deep("search.config.settings", {"SEARCH_GPUS": 0.5}), "0.5"):
            manifests = charts.render(values, profile="rayservice")
            pod = next(pod for name, pod in pods(manifests) if name == f"RayService/{SEARCH}/workers")
            told = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
            assert (told["SEARCH_REPLICAS"], told["SEARCH_GPUS"]) == ("2", gpus)

    def test_serves_at_the_services_own_name_and_port(self, charts: Charts) -> None:
        service = named(charts.render(profile="rayservice"), "RayService", SEARCH)["spec"]
        assert service["serveService"]["metadata"]["name"] == SEARCH
        assert service["serveService"]["spec"]["ports"][0]["port"] == 8003
        config = yaml.safe_load(service["serveConfigV2"])
        assert config["applications"][0]["route_prefix"] == "/"
        assert config["http_options"]["port"] == 8003

    def test_tells_kuberay_where_serve_is_which_else_it_takes_for_8000(self, charts: Charts) -> None:
        found = {name: pod["spec"]["containers"][0] for name, pod in pods(charts.render(profile="rayservice"))}
        assert found[f"RayService/{SEARCH}/workers"]["ports"] == [
            {"name": "serve", "containerPort": 8003, "protocol": "TCP"}
        ]
        assert "ports" not in found[f"RayService/{SEARCH}/head"]  # with one named, KubeRay leaves out Ray's own

    def test_is_asked_by_a_program_of_the_image_and_not_by_kuberays(self, charts: Charts) -> None:
        found = {name: pod["spec"]["containers"][0] for name, pod in pods(charts.render(profile="rayservice"))}
        for role, serves in (("head", False), ("workers", True)):
            container = found[f"RayService/{SEARCH}/{role}"]
            live, ready = (container[f"{kind}Probe"]["exec"]["command"] for kind in ("liveness", "readiness"))
            assert live[0] == ready[0] == "python"
            assert ("http://localhost:8003/-/healthz" in ready) is serves
            assert "http://localhost:8003/-/healthz" not in live

    def test_leaves_no_other_workload_of_that_name(self, charts: Charts) -> None:
        manifests = charts.render(profile="rayservice")
        left = [one for one in manifests if one["metadata"]["name"] == SEARCH]
        assert {one["kind"] for one in left} == {"RayService", "ServiceAccount", "NetworkPolicy"}


class TestMonitors:
    def test_are_there_for_every_process_with_metrics(self, charts: Charts) -> None:
        manifests = charts.render(profile="production")
        monitors = of_kind(manifests, "ServiceMonitor")
        assert len(monitors) == 5
        for monitor in monitors:
            service = named(manifests, "Service", monitor["metadata"]["name"])
            assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
            assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
            assert monitor["metadata"]["labels"]["release"] == "prometheus"


class TestRulesAndDashboards:
    def test_are_the_files_word_for_word(self, charts: Charts) -> None:
        files = sorted((HELM / "merx" / "files" / "rules").glob("*.yaml"))
        assert files
        made = of_kind(charts.render(profile="production"), "PrometheusRule")
        assert [rule["spec"] for rule in made] == [yaml.safe_load(path.read_text()) for path in files]

    def test_of_grafana_are_the_files_word_for_word(self, charts: Charts) -> None:
        files = sorted((HELM / "merx" / "files" / "dashboards").glob("*.json"))
        assert files
        maps = [
            one
            for one in of_kind(charts.render(profile="production"), "ConfigMap")
            if "-dashboard-" in one["metadata"]["name"]
        ]
        assert [json.loads(next(iter(one["data"].values()))) for one in maps] == [
            json.loads(p.read_text()) for p in files
        ]
        assert all(one["metadata"]["labels"]["grafana_dashboard"] == "1" for one in maps)

    def test_keep_braces_that_are_not_the_charts(self, charts: Charts) -> None:
        """A file of one's own beside them, in a copy of the chart."""
        folder = charts.folder / "merx" / "files"
        rule = {
            "alert": "A",
            "expr": "up == 0",
            "annotations": {"summary": '{{ $labels.pod }} {{ printf "%.1f" $value }}'},
        }
        (folder / "rules").mkdir(parents=True, exist_ok=True)
        path = folder / "rules" / "zz-braces.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "braces", "rules": [rule]}]}))
        try:
            made = named(
                charts.render({"rules": {"enabled": True}}, profile="minimal"), "PrometheusRule", f"{RELEASE}-zz-braces"
            )
        finally:
            path.unlink()
        assert made["spec"]["groups"][0]["rules"] == [rule]
        assert not violations(made, KUBERNETES[0])

    def test_are_off_unless_asked_for(self, charts: Charts) -> None:
        manifests = charts.render(profile="minimal")
        assert not of_kind(manifests, "PrometheusRule", "ServiceMonitor")
        assert not [one for one in of_kind(manifests, "ConfigMap") if "dashboard" in one["metadata"]["name"]]


class TestSchemasOfCustomResources:
    @pytest.mark.parametrize("kind", ["ScaledObject", "RayService", "HTTPRoute", "ServiceMonitor", "PrometheusRule"])
    def test_refuse_a_field_that_there_is_not(self, charts: Charts, kind: str) -> None:
        profile = {"ScaledObject": "gpu", "RayService": "rayservice"}.get(kind, "production")
        found = of_kind(charts.render(profile=profile), kind)
        assert found
        assert not violations(found[0], KUBERNETES[0])
        assert violations({**found[0], "spec": {**found[0]["spec"], "surprise": 1}}, KUBERNETES[0])


@pytest.mark.slow  # Ray Serve is imported
def test_what_ray_imports_is_the_application_of_the_variables(tmp_path: Path) -> None:
    """As a pod of the Ray cluster would: the chart's module on the path, and nothing but variables."""
    program = (
        "import merx_ray, pathlib\n"
        "application = merx_ray.build({})\n"
        "deployment = application._bound_deployment\n"
        "assert deployment.name == 'search', deployment.name\n"
        "assert deployment.num_replicas == 2\n"
        "assert deployment.ray_actor_options['num_gpus'] == 1.0\n"
        "settings, = deployment.init_args\n"
        "replica = merx_ray.ClusterReplica(settings)\n"
        "assert (replica._folder / 'started').exists()\n"
    )
    variables = {"MERX_HOME": str(tmp_path), "SEARCH_REPLICAS": "2", "SEARCH_GPUS": "1", "TMPDIR": str(tmp_path)}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "SEARCH_"))}
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={**clean, **variables, "PYTHONPATH": str(HELM / "service" / "files")},
    )
    assert done.returncode == 0, done.stderr
