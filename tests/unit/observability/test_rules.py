"""Rules ask for metrics that exist, alerts lead to a runbook, and each is shown to fire and to stay silent."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from deploy.observability.files import written
from deploy.observability.slo_rules import BURNS, Burn
from deploy.observability.slos import PROBES, PROMISES
from merx_kit.energy import EnergySettings
from merx_kit.energy.reading import CALLS
from merx_kit.scaling import ScalingSettings
from merx_kit.scaling.prometheus import MeteredService, recording_rules
from tests.unit.observability.metrics_there_are import grouped_by, metrics, unknown
from tests.unit.observability.rule_files import PROMTOOL_TESTS, ROOT, RULES, alerts, promtool_looks, recorded, rules

ALERTS = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
OPENAPI = ROOT / "tests" / "contract" / "openapi"


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not on this machine: `make tools-debian` installs it")
    return found


def anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page has, as GitHub and most sites make them of headings."""
    headings = (line.lstrip("#").strip() for line in page.read_text().splitlines() if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class TestRules:
    def test_promtool_takes_every_file(self, promtool: str) -> None:
        files = sorted(RULES.glob("*.yaml"))
        assert files
        checked = subprocess.run([promtool, "check", "rules", *files], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr

    @pytest.mark.parametrize("path", sorted(PROMTOOL_TESTS.glob("*.yaml")), ids=lambda path: path.stem)
    def test_they_do_what_their_promtool_tests_say(self, promtool: str, path: Path) -> None:
        tested = subprocess.run(
            [promtool, "test", "rules", path.name], cwd=path.parent, capture_output=True, text=True, check=False
        )
        assert tested.returncode == 0, tested.stdout + tested.stderr

    @pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule.get("record") or rule["alert"]))
    def test_each_asks_only_for_what_somebody_tells(self, rule: dict[str, Any]) -> None:
        assert unknown(rule["expr"], recorded()) == []

    def test_no_series_has_two_definitions(self) -> None:
        """The scaler's own rules are loaded beside these where a shop scales by them."""
        named = [rule["record"] for rule in rules() if "record" in rule and not rule.get("labels")]
        assert not [name for name, times in Counter(named).items() if times > 1]
        (group,) = recording_rules(MeteredService(name="search", rated_per_s=388), ScalingSettings())["groups"]
        assert not recorded() & {rule["record"] for rule in group["rules"]}

    def test_files_made_by_code_are_what_the_code_makes(self) -> None:
        for path, text in written().items():
            assert path.read_text() == text, f"run `make dashboards`: {path.name} is not up to date"

    @pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule.get("record") or rule["alert"]))
    def test_none_adds_up_two_installations_that_one_prometheus_scrapes(self, rule: dict[str, Any]) -> None:
        for labels in grouped_by(rule["expr"]):
            assert labels & {"namespace", "pod_namespace", "UUID"}, f"by {labels}"

    @pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule.get("record") or rule["alert"]))
    def test_what_is_no_call_is_the_same_everywhere(self, rule: dict[str, Any]) -> None:
        assert set(re.findall(r'route!~"([^"]*)"', rule["expr"] + CALLS)) == {PROBES}

    def test_estimates_of_power_rest_on_the_ledger_s_default(self) -> None:
        (estimated,) = (rule for rule in rules() if rule.get("labels") == {"basis": "estimated"})
        assert estimated["expr"].startswith(f"{EnergySettings().watts_per_core} *")

    @pytest.mark.parametrize("service", PROMISES)
    def test_a_promise_is_about_a_call_that_the_service_has(self, service: str) -> None:
        document = json.loads((OPENAPI / f"{service}.json").read_text())
        assert PROMISES[service].route in document["paths"]


class TestAlerts:
    @ALERTS
    def test_each_says_how_bad_it_is_what_happens_and_what_to_do(self, alert: dict[str, Any]) -> None:
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
        assert "{{ $labels.namespace }}" in alert["annotations"]["description"]

    @ALERTS
    def test_each_leads_to_a_section_of_a_runbook(self, alert: dict[str, Any]) -> None:
        page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
        assert page.startswith("docs/runbooks/")
        assert anchor in anchors(ROOT / page)

    @ALERTS
    def test_each_is_shown_to_fire_and_to_stay_silent(self, alert: dict[str, Any]) -> None:
        seen, name = set(), f'alertname="{alert["alert"]}"'
        for look in promtool_looks():
            if any(name in sample["labels"] for sample in look["exp_samples"]):
                seen.add(True)
            elif name in look["expr"] and not look["exp_samples"]:
                seen.add(False)
        assert seen == {True, False}

    def test_no_section_is_left_of_an_alert_that_is_gone(self) -> None:
        page = (ROOT / "docs" / "runbooks" / "alerts.md").read_text()
        told = set(re.findall(r"^## (Merx\w+)$", page, flags=re.MULTILINE))
        assert told == {alert["alert"] for alert in alerts()}

    def test_links_between_runbooks_lead_somewhere(self) -> None:
        folder = ROOT / "docs" / "runbooks"
        page = folder / "alerts.md"
        links = re.findall(r"\]\(([\w./-]+\.md)(?:#([\w-]+))?\)", page.read_text())
        assert links
        for target, anchor in links:
            assert (folder / target).is_file(), target
            assert not anchor or anchor in anchors(folder / target), f"{target}#{anchor}"


class TestDocumentation:
    PAGE = (ROOT / "docs" / "observability.md").read_text()

    @pytest.mark.parametrize("service", PROMISES)
    def test_it_tells_each_promise_as_the_code_has_it(self, service: str) -> None:
        promise = PROMISES[service]
        good = f"`{promise.route}` answered within {promise.seconds * 1000:g} ms"
        assert f"| {service} | latency | {good} | {promise.objective * 100:g} % |" in self.PAGE

    @pytest.mark.parametrize("burn", BURNS, ids=lambda burn: str(burn.long))
    def test_it_tells_each_burn_rate(self, burn: Burn) -> None:
        spaced = re.sub(r"(\d)(\w)", r"\1 \2", burn.long)
        assert f"| `{burn.alert}` | {burn.factor:g} over {spaced} |" in self.PAGE

    def test_it_tells_the_defaults_of_the_ledger(self) -> None:
        told = EnergySettings()
        assert f"| `ENERGY_WATTS_PER_CORE` | {told.watts_per_core:g} W |" in self.PAGE
        assert f"| `ENERGY_GRAMS_PER_KWH` | {told.grams_per_kwh:g} g CO2e/kWh |" in self.PAGE
        assert f"| `ENERGY_PUE` | {told.pue} |" in self.PAGE


class TestWhatThereIs:
    """That the checks above see what is wrong."""

    @pytest.mark.parametrize(
        "expression",
        [
            "merx_http_request_total",
            "sum(rate(merx_http_requests_total{code='200'}[5m]))",
            'merx_http_request_duration_seconds_bucket{le="0.015"}',
            "merx:nobody_records:this",
            "kepler_container_watts",
        ],
    )
    def test_what_nobody_tells_is_found(self, expression: str) -> None:
        assert unknown(expression, recorded())

    def test_metrics_of_kit_and_of_every_service_are_known(self) -> None:
        starts = {name.split("_")[1] for name in metrics()}
        assert starts >= {"http", "log", "consumer", "intake", "pricing", "recommendation", "search", "model"}
