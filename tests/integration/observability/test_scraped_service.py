"""A real service, scraped by a real Prometheus with the chart's rules: they tell of it, and the ledger counts it."""

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from merx_kit.energy.__main__ import main
from tests.integration.intake.running import Intake, until
from tests.unit.observability.prometheus_server import configured, prometheus_binary
from tests.unit.observability.rule_files import RULES

pytestmark = pytest.mark.slow  # 20 s of waiting for scrapes
CALLS = 40


class Watched(NamedTuple):
    intake: Intake
    prometheus: str

    def ask(self, query: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": query}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def value(self, query: str) -> float:
        (found,) = until(lambda: self.ask(query))
        return float(found["value"][1])


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    prometheus_binary()
    folder = tmp_path_factory.mktemp("watched")
    with Intake(folder / "home") as intake:
        scraped = [{"targets": [urlsplit(intake.service.url).netloc], "labels": {"namespace": "shop"}}]
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES / "*.yaml")],
            "scrape_configs": [{"job_name": "intake", "static_configs": scraped}],
        }
        with configured(folder, configuration) as url:
            watched = Watched(intake, url)
            until(lambda: watched.ask("merx_http_requests_in_flight"))
            yield watched


@pytest.fixture(scope="module")
def called(watched: Watched) -> Watched:
    """After so many calls, and another scrape."""
    for number in range(CALLS):
        watched.intake.send(event(number)).raise_for_status()
        time.sleep(0.05)
    until(lambda: watched.ask(f'merx_http_requests_total{{route="/v1/events"}} == {CALLS}'))
    until(lambda: watched.ask("merx:http_requests:rate5m > 0"))
    return watched


def event(number: int) -> dict[str, Any]:
    product = {"product_id": "p1", "quantity": 1}
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "message_id": f"m{number}",
        "type": "view_item",
        "time": moment,
        "anonymous_id": "a1",
        "lines": [product],
    }


class TestRules:
    def test_every_rule_is_evaluated_without_an_error(self, called: Watched) -> None:
        groups = httpx.get(f"{called.prometheus}/api/v1/rules").json()["data"]["groups"]
        told = {rule["name"]: rule.get("lastError", "") for group in groups for rule in group["rules"]}
        assert len(told) > 60
        assert {name: error for name, error in told.items() if error} == {}

    def test_they_tell_of_the_service(self, called: Watched) -> None:
        assert called.value('merx:slo_burn_rate:5m{slo="availability"}') == 0
        assert called.value("merx:queue_pressure") >= 0
        assert called.value('merx:power_watts:cpu{basis="estimated"}') > 0
        assert called.value("merx:degraded:share") == 0

    def test_nothing_fires_over_a_service_that_is_well(self, called: Watched) -> None:
        assert called.ask('ALERTS{alertstate="firing"}') == []


class TestLedger:
    def test_it_counts_the_calls_and_labels_its_estimate(
        self, called: Watched, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ENERGY_PROMETHEUS_URL", called.prometheus)
        until(lambda: called.ask(f'merx_http_requests_total{{route="/v1/events"}} offset 2s == {CALLS}'))
        assert main(["--since", "10m", "--step", "1s", "--format", "json"]) == 0
        (service,) = json.loads(capsys.readouterr().out)["services"]
        assert service["calls"] == CALLS
        assert service["joules"] == service["estimated_joules"] > 0


class TestGone:
    def test_a_service_that_went_is_noticed(self, called: Watched) -> None:
        called.intake.stop()
        (alert,) = until(lambda: called.ask('ALERTS{alertname="MerxTargetDown"}'))
        assert alert["metric"]["job"] == "intake"
