"""No value is documented that changes nothing, and the page that says what each changes is fresh."""

import json

import jsonschema
import pytest
import yaml

from deploy.helm.generate.comments import read
from tests.chart.charts import HELM, Charts, named, pods
from tests.chart.values import PAGE, SPECIAL, Outcome, outcomes, page, trial_of

WORKLOADS = ("intake", "worker", "recommendation", "search", "pricing", "pipelines", "mlflow")


@pytest.fixture(scope="module")
def found(charts: Charts) -> list[Outcome]:
    return outcomes(charts)


def documented() -> set[str]:
    files = (HELM / "service" / "values.yaml", HELM / "merx" / "values.yaml")
    return {leaf.name for path in files for value in read(path) for leaf in value.leaves()}


class TestEveryDocumentedValue:
    def test_changes_something(self, found: list[Outcome]) -> None:
        assert not [one.name for one in found if not one.objects]

    def test_is_tried(self, found: list[Outcome]) -> None:
        assert {one.name for one in found} == documented()
        assert len(found) > 190

    def test_has_its_row_in_the_page(self, found: list[Outcome]) -> None:
        assert PAGE.read_text() == page(found), "run make chart"

    def test_is_tried_with_what_the_schema_accepts(self) -> None:
        schema = json.loads((HELM / "service" / "values.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        for value in read(HELM / "service" / "values.yaml"):
            for leaf in value.leaves():
                assert not [error.message for error in validator.iter_errors(trial_of(leaf).after)], leaf.name

    def test_is_tried_by_its_own_rule_only_where_it_exists(self) -> None:
        assert SPECIAL.keys() <= documented()


class TestAWorkload:
    @pytest.mark.parametrize("workload", WORKLOADS)
    def test_that_is_off_leaves_nothing(self, charts: Charts, workload: str) -> None:
        where = {"global": {"registry": {"url": "http://other"}}} if workload == "mlflow" else {}
        manifests = charts.render({workload: {"enabled": False}, **where}, profile="ingress")
        assert manifests
        left = [one for one in manifests if one["metadata"]["labels"].get("app.kubernetes.io/name") == workload]
        assert not left

    def test_that_is_installed_alone_is_the_same_pod(self, charts: Charts) -> None:
        """A service as its own release, by the same values."""
        together = charts.render(profile="ingress")
        name = "shop-recommendation"
        values = {
            "nameOverride": "recommendation",
            "image": {"repository": "merx/recommendation"},
            "workload": {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}},
            "config": {
                "prefix": "RECO",
                "uses": dict.fromkeys(("eventLog", "features", "artefacts", "registry", "auth"), True),
            },
            "service": {"port": 8001},
            "global": {"existingSecret": "merx"},
        }
        alone = charts.render(values, chart="service")
        spec, other = (named(one, "StatefulSet", name)["spec"] for one in (alone, together))
        assert spec == other


class TestImages:
    def test_are_those_that_the_charts_page_lists(self, charts: Charts) -> None:
        about = yaml.safe_load((HELM / "merx" / "Chart.yaml").read_text())["annotations"]
        listed = {one["image"] for one in yaml.safe_load(about["artifacthub.io/images"])}
        templates = [pod["spec"] for _, pod in pods(charts.render(profile="minimal"))]
        used = {one["image"] for spec in templates for one in [*spec.get("initContainers", ()), *spec["containers"]]}
        assert used == listed

    def test_come_from_the_registry_that_is_named_for_all(self, charts: Charts) -> None:
        for name, pod in pods(charts.render(profile="airgapped")):
            containers = [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
            assert all(one["image"].startswith("registry.inside.example:5000/merx/") for one in containers), name
            assert all("@sha256:" in one["image"] for one in containers), name

    def test_are_pulled_with_the_secrets_that_are_named_for_all(self, charts: Charts) -> None:
        for name, pod in pods(charts.render(profile="production")):
            assert pod["spec"]["imagePullSecrets"] == [{"name": "registry-credentials"}], name
