"""An alert leads to its runbook from where the shop keeps this repository."""

from typing import Any

import pytest

from tests.chart.charts import Charts, Manifest, Refused, of_kind

KEPT = "https://git.example/shop/merx/blob/v0.1.0"


def alerts(charts: Charts, values: dict[str, Any] | None = None) -> list[Manifest]:
    made = of_kind(charts.render({"rules": values or {}}, profile="production"), "PrometheusRule")
    groups = [group for rule in made for group in rule["spec"]["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def linked(alert: Manifest, base: str) -> Manifest:
    """As it should be with that address before its path."""
    told = alert["annotations"]
    return {**alert, "annotations": {**told, "runbook_url": f"{base}/{told['runbook_url']}"}}


class TestRunbooks:
    @pytest.mark.parametrize("given", [KEPT, f"{KEPT}/"])
    def test_stand_behind_the_address_that_is_given(self, charts: Charts, given: str) -> None:
        before, after = (alerts(charts, values) for values in (None, {"runbookBaseUrl": given}))
        assert len(after) > 30
        assert after == [linked(alert, KEPT) for alert in before]

    def test_are_paths_in_the_repository_where_none_is_given(self, charts: Charts) -> None:
        links = [alert["annotations"]["runbook_url"] for alert in alerts(charts)]
        assert links
        assert all(link.startswith("docs/runbooks/") for link in links)

    def test_are_nowhere_without_a_scheme(self, charts: Charts) -> None:
        with pytest.raises(Refused, match="runbookBaseUrl"):
            alerts(charts, {"runbookBaseUrl": "git.example/merx"})
