"""What the chart tells a process, the process understands: every variable is a setting of its class, and loads."""

import importlib
import os
from typing import Any

import pytest

from merx_kit.settings import MerxSettings, ServiceSettings, SettingsError
from tests.chart.charts import PROFILES, RELEASE, Charts, Manifest, containers, pods

CLASSES = {
    "intake": ("merx_intake.settings", "Settings"),
    "worker": ("merx_intake.settings", "WorkerSettings"),
    "recommendation": ("merx_recommendation.settings", "Settings"),
    "search": ("merx_search.settings", "Settings"),
    "pricing": ("merx_pricing.settings", "Settings"),
    "pipelines": ("merx_kit.settings", "MerxSettings"),
}
SECRETS = {
    "MERX_DATABASE_URL": "postgresql://merx:secret@db:5432/merx",
    "MERX_FEAST_ONLINE": "redis://:secret@redis:6379/0",
    "MERX_FEAST_REGISTRY": "postgresql+psycopg://merx:secret@db:5432/merx",
}
OTHERS = {"HOME", "PYTHONPATH", "MERX_TEST_KEY"}
"""Variables that are no settings: the process's home, Ray's import path, the key of `helm test`."""


def class_of(workload: str) -> type[MerxSettings]:
    module, name = CLASSES[workload]
    found: type[MerxSettings] = getattr(importlib.import_module(module), name)
    return found


def environment(container: dict[str, Any]) -> dict[str, str]:
    """The variables with what a Secret would hold."""
    return {
        variable["name"]: variable.get("value", SECRETS.get(variable["name"], "secret"))
        for variable in container.get("env", ())
    }


def servers(manifests: tuple[Manifest, ...]) -> list[tuple[str, dict[str, Any]]]:
    """The workload and main container of every pod that is a process of Merx."""
    found = []
    for _, pod in pods(manifests):
        labels = pod["metadata"]["labels"]
        workload = labels["app.kubernetes.io/name"]
        if workload in CLASSES and labels["merx.dev/role"] != "test":
            found.append((workload, pod["spec"]["containers"][0]))
    return found


def loaded(monkeypatch: pytest.MonkeyPatch, workload: str, variables: dict[str, str]) -> MerxSettings:
    for name in list(os.environ):
        if name.isupper() and name.startswith(("MERX_", "RECO_", "SEARCH_", "PRICING_", "INTAKE_", "WORKER_")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return class_of(workload).load()


@pytest.mark.parametrize("profile", PROFILES)
class TestEveryVariable:
    def test_is_a_setting_of_the_process_that_is_given_it(self, charts: Charts, profile: str) -> None:
        for workload, container in servers(charts.render(profile=profile)):
            cls = class_of(workload)
            prefix = str(cls.model_config.get("env_prefix"))
            known = {f"{prefix}{name}".upper() for name in cls.model_fields}
            known |= {f"MERX_{name}".upper() for name in ServiceSettings.model_fields}
            ours = {name for name in environment(container) if not name.startswith("AWS_")} - OTHERS
            assert ours <= known, f"{workload}: {sorted(ours - known)}"

    def test_is_accepted_with_all_others(self, charts: Charts, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for workload, container in servers(charts.render(profile=profile)):
            with monkeypatch.context() as clean:
                settings = loaded(clean, workload, environment(container))
            assert not settings.embedded
            if isinstance(settings, ServiceSettings):
                assert settings.auth_configured
                assert not settings.loopback
                assert settings.port == container["ports"][0]["containerPort"] if "ports" in container else True

    def test_init_container_needs_no_more_than_the_database(
        self, charts: Charts, profile: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, pod in pods(charts.render(profile=profile)):
            for container in pod["spec"].get("initContainers", ()):
                variables = environment(container)
                assert variables.keys() == {"HOME", "MERX_HOME", "MERX_DATABASE_URL"}, name
                with monkeypatch.context() as clean:
                    assert loaded(clean, "pipelines", variables).database_url == SECRETS["MERX_DATABASE_URL"]


class TestSettings:
    def test_of_the_installation_reach_every_process_and_give_way_to_its_own(self, charts: Charts) -> None:
        values = {
            "global": {"settings": {"MERX_RETENTION_DAYS": 400, "MERX_KNOWN_IDS_DAYS": 800}},
            "pricing": {"config": {"settings": {"MERX_KNOWN_IDS_DAYS": 900}}},
        }
        for workload, container in servers(charts.render(values, profile="minimal")):
            variables = environment(container)
            assert variables["MERX_RETENTION_DAYS"] == "400"
            assert variables["MERX_KNOWN_IDS_DAYS"] == ("900" if workload == "pricing" else "800")

    def test_that_are_large_numbers_stay_as_they_are_written(self, charts: Charts) -> None:
        limit = {"intake": {"config": {"settings": {"INTAKE_IMPORT_LIMIT_BYTES": 2147483648}}}}
        for workload, container in servers(charts.render(limit, profile="minimal")):
            if workload == "intake":
                assert environment(container)["INTAKE_IMPORT_LIMIT_BYTES"] == "2147483648"

    def test_that_are_misspelt_stop_the_process_with_a_hint(
        self, charts: Charts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        values = {"recommendation": {"config": {"settings": {"RECO_STREEMS": 5}}}}
        wrong = [c for name, c in servers(charts.render(values, profile="minimal")) if name == "recommendation"]
        with pytest.raises(SettingsError, match="RECO_STREAMS"):
            loaded(monkeypatch, "recommendation", environment(wrong[0]))


class TestServiceLinks:
    def test_would_be_taken_for_misspelt_settings_and_are_off(
        self, charts: Charts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A release called `search` has a Service `search-intake`, of which Kubernetes would tell every pod."""
        container = next(c for name, c in servers(charts.render(profile="minimal")) if name == "search")
        with monkeypatch.context() as linked:
            variables = {**environment(container), "SEARCH_INTAKE_PORT": "tcp://10.0.0.1:8007"}
            with pytest.raises(SettingsError, match="SEARCH_INTAKE_PORT"):
                loaded(linked, "search", variables)
        pod = next(
            pod for name, pod in pods(charts.render(profile="minimal")) if name == f"StatefulSet/{RELEASE}-search"
        )
        assert pod["spec"]["enableServiceLinks"] is False


def test_no_container_is_told_a_variable_twice(charts: Charts) -> None:
    for profile in PROFILES:
        for name, pod in pods(charts.render(profile=profile)):
            for container in containers(pod):
                told = [variable["name"] for variable in container.get("env", ())]
                extra = name.endswith("-recommendation") and profile == "extended"
                assert len(told) == len(set(told)) or extra, f"{profile} {name}"
