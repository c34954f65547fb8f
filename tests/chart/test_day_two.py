"""What the day-two script names is what the chart renders: services, ports, jobs, the Secret, the changed value."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.day_two.cluster import Cluster, variable_of
from deploy.day_two.commands import CHANGED, CHART, SERVICES, TRIAL, Release, Words, program
from deploy.day_two.steps import STEPS
from tests.chart.charts import CI, Charts, Manifest, named, of_kind

RELEASE = Release()
NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "users": [{"name": "none", "user": {}}],
    "current-context": "none",
}


@pytest.fixture(scope="module")
def rendered(charts: Charts) -> tuple[Manifest, ...]:
    minimal, own = TRIAL
    assert minimal == CI / "minimal-values.yaml"
    return charts.render(yaml.safe_load(own.read_text()), profile="minimal", release=RELEASE.name)


def object_in(words: Words) -> tuple[str, str]:
    """Of the command's `kind/name`."""
    kind, name = next(word for word in words if "/" in word and not word.startswith("-")).split("/")
    return kind, name


class TestTheDaysValues:
    def test_run_two_of_each_service_that_a_shop_calls(self, rendered: tuple[Manifest, ...]) -> None:
        replicas = {
            name: named(rendered, "StatefulSet", f"{RELEASE.name}-{name}")["spec"]["replicas"] for name in SERVICES
        }
        assert set(replicas.values()) == {2}

    def test_bring_no_demonstration_data_and_train_by_hand_alone(self, rendered: tuple[Manifest, ...]) -> None:
        (first,) = of_kind(rendered, "Job")
        assert "--demo" not in first["spec"]["template"]["spec"]["containers"][0]["args"]
        assert all(job["spec"]["suspend"] for job in of_kind(rendered, "CronJob"))

    def test_promote_what_passes_the_gate(self, rendered: tuple[Manifest, ...]) -> None:
        assert (
            variable_of(named(rendered, "StatefulSet", "merx-recommendation"), "MERX_PROMOTE_AUTOMATICALLY") == "true"
        )


class TestTheDaysCommands:
    @pytest.mark.parametrize("service", SERVICES)
    def test_reach_services_by_their_ports(self, rendered: tuple[Manifest, ...], service: str) -> None:
        words = RELEASE.forward(service, 4711)
        made = named(rendered, "Service", object_in(words)[1])
        assert words[-1] == f"4711:{made['spec']['ports'][0]['port']}"

    def test_train_by_a_schedule_that_there_is(self, rendered: tuple[Manifest, ...]) -> None:
        (source,) = (word for word in RELEASE.train("now") if word.startswith("--from="))
        assert named(rendered, "CronJob", source.removeprefix("--from=cronjob/"))

    def test_kill_the_one_pod_of_the_online_store(self, rendered: tuple[Manifest, ...]) -> None:
        none, pod = RELEASE.kill_store
        store = named(rendered, "StatefulSet", object_in(none)[1])
        assert store["spec"]["replicas"] == 1
        assert object_in(pod)[1] == f"{store['metadata']['name']}-0"

    def test_find_the_key_where_the_trial_has_it(self, rendered: tuple[Manifest, ...]) -> None:
        secret = named(rendered, "Secret", object_in(RELEASE.secret(f"{RELEASE.name}-trial"))[1])
        assert Cluster(RELEASE).secret_key in secret["stringData"]

    def test_select_every_workload_claim_and_pod_of_the_release(self, rendered: tuple[Manifest, ...]) -> None:
        selected = dict(pair.split("=") for pair in RELEASE.rollouts[-2].split(","))
        workloads = of_kind(rendered, "StatefulSet", "Deployment")
        assert all(selected.items() <= one["metadata"]["labels"].items() for one in workloads)
        told = ("app.kubernetes.io/instance", RELEASE.name)
        claims = [claim for one in workloads for claim in one["spec"].get("volumeClaimTemplates", ())]
        pods = [one["spec"]["template"] for one in [*workloads, *of_kind(rendered, "Job")]]
        assert claims
        assert all(told in made["metadata"]["labels"].items() for made in [*claims, *pods])

    def test_change_a_value_that_every_process_of_merx_is_told(self, charts: Charts) -> None:
        path, variable, value = CHANGED
        own = yaml.safe_load(TRIAL[1].read_text())
        own["global"][path.removeprefix("global.")] = value
        changed = charts.render(own, profile="minimal", release=RELEASE.name)
        told = {
            name: variable_of(named(changed, "StatefulSet", f"{RELEASE.name}-{name}"), variable)
            for name in (*SERVICES, "worker")
        }
        assert set(told.values()) == {value}
        assert variable_of(named(changed, "StatefulSet", "merx-valkey"), variable) is None

    def test_are_words_that_helm_and_kubectl_take(self, charts: Charts, tmp_path: Path) -> None:
        """The programs themselves, with a cluster that refuses every connection: that is all they complain of."""
        nowhere = tmp_path / "nowhere.yaml"
        nowhere.write_text(json.dumps(NOWHERE))
        release = Release(patience_s=1)
        told = {words for step in STEPS for words in release.told(step.name) if words[1] != "dependency"}
        for words in sorted({*told, *release.evidence, release.servers, release.secret("merx-trial")}):
            # In the copy of the charts that is built.
            moved = [str(charts.folder / "merx") if word == str(CHART) else word for word in words]
            done = subprocess.run(
                [charts.helm if words[0] == "helm" else program("kubectl"), *moved[1:]],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, "KUBECONFIG": str(nowhere)},
            )
            assert "refused" in done.stderr, f"{words}: {done.stderr}"
