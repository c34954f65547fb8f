"""Bad input is refused before anything is installed, in words that say what to do."""

from typing import Any

import pytest

from tests.chart.charts import Charts, Refused, deep, merged

BY_SCHEMA: dict[str, tuple[str, object]] = {
    "a misspelt value": ("recommendation.wrokload.replicas", 2),
    "a misspelt value deep inside": ("recommendation.workload.replica", 2),
    "a misspelt workload": ("recomendation.enabled", False),
    "a misspelt global value": ("global.imageRegistri", "registry.example.com"),
    "no replicas": ("recommendation.workload.replicas", 0),
    "a text for a number": ("recommendation.workload.replicas", "two"),
    "a text for a truth": ("recommendation.persistence.enabled", "no"),
    "a list for a map": ("recommendation.config.settings", ["RECO_STREAMS"]),
    "a list as a setting": ("recommendation.config.settings.RECO_STREAMS", [1]),
    "a tag that moves": ("recommendation.image.tag", "latest"),
    "half a digest": ("recommendation.image.digest", "sha256:abc"),
    "an unknown kind": ("search.workload.kind", "DaemonSet"),
    "a port that is none": ("recommendation.service.port", 70000),
    "a size that is none": ("recommendation.persistence.size", "five"),
    "an unknown store": ("recommendation.network.reaches", ["oracle"]),
    "a job with a misspelt key": ("pipelines.jobs.train.shedule", "0 3 * * *"),
    "a currency that is none": ("global.currency", "euro"),
    "a percentage beyond all": ("search.scaling.keda.gpu.percent", 178),
}
BY_TEMPLATE: dict[str, tuple[dict[str, Any], str]] = {
    "two autoscalers": (
        deep("recommendation.scaling", {"hpa": {"enabled": True}, "keda": {"enabled": True}}),
        "scaling.hpa and scaling.keda are both on",
    ),
    "scaling bounds crossed": (
        deep("recommendation.scaling", {"min": 5, "max": 2, "hpa": {"enabled": True}}),
        r"scaling.min \(5\) is more than scaling.max \(2\)",
    ),
    "scaling what is not scaled": (
        deep("pipelines.scaling.hpa.enabled", True),
        "kind None is not scaled",
    ),
    "GPU scaling without a GPU": (
        deep("search.scaling.keda", {"enabled": True, "gpu": {"enabled": True}}),
        "gpu.count is 0",
    ),
    "KEDA without a trigger": (
        deep("search.scaling.keda", {"enabled": True, "queue": {"enabled": False}, "latency": {"enabled": False}}),
        "without a trigger",
    ),
    "replicas that would share one disk": (
        deep("recommendation.workload", {"kind": "Deployment", "replicas": 2}),
        "several replicas of a Deployment share one volume",
    ),
    "one claim for many replicas": (
        deep("recommendation.persistence.existingClaim", "mine"),
        "each replica of a StatefulSet has its own",
    ),
    "no time to drain": (
        deep("recommendation.workload.terminationGracePeriodSeconds", 13),
        "leaves no time after drainNoticeMs and drainSeconds",
    ),
    "open to everybody": (
        deep("global.auth.apiKeys", False),
        "would be open to everybody",
    ),
    "tokens without keys to check them": (
        deep("global.auth.jwtIssuer", "https://login.example.com"),
        "without global.auth.jwtJwksUrl",
    ),
    "a trial without a seed": (
        deep("global.trial", {"postgres": True, "seed": ""}),
        "no seed to derive",
    ),
    "an Ingress without a host": (deep("intake.ingress.enabled", True), "without ingress.hosts"),
    "a route without a Gateway": (deep("intake.httpRoute.enabled", True), "name the Gateway"),
    "no MLflow at all": (deep("mlflow.enabled", False), "names no other MLflow"),
    "two MLflows": (deep("global.registry.url", "https://mlflow.example.com"), "would run one that nobody uses"),
    "nothing to install": (
        {name: {"enabled": False} for name in ("intake", "worker", "recommendation", "search", "pricing", "pipelines")},
        "No workload is enabled",
    ),
}


@pytest.mark.parametrize("case", BY_SCHEMA)
def test_the_schema_refuses_and_names(charts: Charts, case: str) -> None:
    path, value = BY_SCHEMA[case]
    with pytest.raises(Refused, match="don't meet the specifications of the schema") as refused:
        charts.render(deep(path, value), profile="production")
    assert path.split(".")[-1].split("[")[0] in str(refused.value) or path.split(".")[-2] in str(refused.value)


@pytest.mark.parametrize("case", BY_TEMPLATE)
def test_the_template_refuses_and_says_what_to_do(charts: Charts, case: str) -> None:
    values, words = BY_TEMPLATE[case]
    with pytest.raises(Refused, match=words):
        charts.render(values, profile="minimal")


@pytest.mark.parametrize(
    ("missing", "store"),
    [("eventLog", "trial.postgres"), ("features", "trial.valkey"), ("artefacts", "trial.objectstore")],
)
def test_a_store_without_a_secret_is_named(charts: Charts, missing: str, store: str) -> None:
    with pytest.raises(Refused, match=rf"needs the Secret of global\.{missing}"):
        charts.render(deep(f"global.{store}", False), profile="minimal")


class TestWhatIsRight:
    def test_is_not_refused_with_what_is_wrong(self, charts: Charts) -> None:
        shared = {"kind": "Deployment", "replicas": 2}
        right = [
            {"recommendation": {"workload": shared, "persistence": {"accessModes": ["ReadWriteMany"]}}},
            {"recommendation": {"workload": shared, "persistence": {"enabled": False}}},
            merged(deep("recommendation.workload.kind", "Deployment"), deep("recommendation.persistence.size", "1Gi")),
        ]
        for values in right:
            assert charts.render(values, profile="minimal")
