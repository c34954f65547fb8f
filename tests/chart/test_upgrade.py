"""An upgrade from the version before goes through: nothing that a cluster refuses to change is another one."""

import json
from typing import Any

import pytest
import yaml

from tests.chart.charts import HELM, PROFILES, ROOT, Charts, named, of_kind
from tests.chart.upgrade import RELEASED, fixed


def released() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(RELEASED.read_text())
    return found


class TestAnUpgrade:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_changes_nothing_that_must_stay(self, charts: Charts, profile: str) -> None:
        before = released().get(profile, {})
        now = fixed(charts.render(profile=profile))
        assert {name: now.get(name) for name in before} == before

    def test_of_the_version_alone_changes_no_selector_and_no_claim(self, charts: Charts) -> None:
        """The version is in labels; none of those is selected by."""
        for one in of_kind(charts.render(profile="minimal"), "StatefulSet", "Deployment"):
            spec = one["spec"]
            kept = [spec["selector"], *(claim["metadata"] for claim in spec.get("volumeClaimTemplates", ()))]
            assert "version" not in json.dumps(kept)
            assert "helm.sh/chart" not in json.dumps(kept)

    def test_makes_another_first_job_only_where_it_is_another_one(self, charts: Charts) -> None:
        def job(values: dict[str, Any]) -> str:
            jobs = of_kind(charts.render(values, profile="gpu"), "Job")
            return str(jobs[0]["metadata"]["name"])

        assert job({}) == job({"recommendation": {"workload": {"priorityClassName": "high"}}})
        assert job({}) != job({"pipelines": {"image": {"tag": "0.2.0"}}})

    def test_goes_to_pods_when_a_file_changes(self, charts: Charts) -> None:
        def annotations(text: str) -> Any:
            values = {"pricing": {"config": {"files": {"rules.yaml": text}}}}
            manifests = charts.render(values, profile="production")
            return named(manifests, "StatefulSet", "shop-pricing")["spec"]["template"]["metadata"]["annotations"]

        assert annotations("name: a") != annotations("name: b")


class TestVersions:
    def test_of_both_charts_and_of_the_dependencies_are_one(self) -> None:
        service, merx = (yaml.safe_load((HELM / chart / "Chart.yaml").read_text()) for chart in ("service", "merx"))
        assert service["version"] == merx["version"]
        assert service["appVersion"] == merx["appVersion"]
        assert {needed["version"] for needed in merx["dependencies"]} == {service["version"]}

    def test_of_the_application_is_the_one_of_the_members(self) -> None:
        import tomllib

        merx = yaml.safe_load((HELM / "merx" / "Chart.yaml").read_text())
        members = [tomllib.loads(path.read_text()) for path in (ROOT / "services").glob("*/pyproject.toml")]
        assert {member["project"]["version"] for member in members} == {merx["appVersion"]}
