"""The ledger over a real Prometheus: what it says of each version adds up to what was measured."""

import csv
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from merx_kit.energy import EnergyError, EnergySettings, History, Ledger, Row, Slots, ledger_of, read_accounts
from merx_kit.energy.__main__ import main
from merx_kit.energy.ledger import IDLE
from tests.unit.observability.prometheus_server import prometheus
from tests.unit.observability.replayed_shop import FIRST, LASTS_S, SECOND, START, STEP_S, WATTS_PER_CORE, replayed

END = START + LASTS_S
SETTINGS = EnergySettings(watts_per_core=WATTS_PER_CORE, grams_per_kwh=360.0, euro_per_gpu_hour=2.0, pue=1.5)
TRUE_CALLS = {
    "search": (10 + 4) * LASTS_S,
    "recommendation": 8 * LASTS_S,
    "pricing": 8 * LASTS_S,
    "intake": 2 * 1_200,
}
NEAR = 1e-9  # sums of doubles


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tape = replayed()
    for second in range(0, LASTS_S + 1, STEP_S):
        tape.tell(second, "merx:requests_within_slo:rate5m", 10.0, {"namespace": "shop", "job": "search"})
    with prometheus(tmp_path_factory.mktemp("ledger"), tape.exposition()) as url:
        yield url


@pytest.fixture(scope="module")
def ledger(server: str) -> Ledger:
    slots = Slots.between(START, END, STEP_S)
    with httpx.Client(base_url=server, timeout=30) as client:
        return ledger_of(read_accounts(History(client, slots), SETTINGS), slots, SETTINGS)


def row(ledger: Ledger, service: str, version: str, arm: str = "") -> Row:
    (found,) = (one for one in ledger.rows if (one.service, one.model_version, one.arm) == (service, version, arm))
    return found


class TestAddsUp:
    def test_the_ledger_s_energy_is_the_energy_that_was_measured(self, ledger: Ledger) -> None:
        gpus = (300 + 100 + 40) * LASTS_S  # not the foreign pod's
        kepler = (20 + 2 + 5 + 2 + 1) * LASTS_S
        estimated = (0.5 + 0.75 + 0.25) * LASTS_S * WATTS_PER_CORE
        assert sum(one.joules for one in ledger.rows) == pytest.approx(gpus + kepler + estimated, rel=NEAR)
        assert sum(one.joules for one in ledger.services) == pytest.approx(gpus + kepler + estimated, rel=NEAR)
        assert sum(one.estimated_joules for one in ledger.rows) == pytest.approx(estimated, rel=NEAR)

    def test_calls_are_those_that_were_answered_without_probes(self, ledger: Ledger) -> None:
        calls = {one.service: one.calls for one in ledger.services}
        assert calls == pytest.approx(TRUE_CALLS, rel=NEAR)
        assert sum(one.calls for one in ledger.rows) == pytest.approx(sum(calls.values()), rel=NEAR)


class TestWhose:
    def test_a_version_bears_the_time_in_which_it_served(self, ledger: Ledger) -> None:
        before = row(ledger, "search", FIRST)
        assert before.calls == pytest.approx(10 * LASTS_S / 2)
        assert before.gpu_joules == pytest.approx((300 + 50) * LASTS_S / 2)
        assert before.cpu_joules == pytest.approx(22 * LASTS_S / 2)
        after = row(ledger, "search", SECOND)
        assert after.joules == pytest.approx(before.joules)

    def test_arms_of_one_process_share_by_their_answers(self, ledger: Ledger) -> None:
        blue, green = (row(ledger, "search", SECOND, arm) for arm in ("blue", "green"))
        assert blue.calls == pytest.approx(3 * green.calls)
        assert blue.joules == pytest.approx(3 * green.joules)
        assert blue.gpu_joules + green.gpu_joules == pytest.approx(50 * LASTS_S)

    def test_the_version_in_service_bears_what_no_exposure_names(self, ledger: Ledger) -> None:
        pricing = row(ledger, "pricing", "pricing/7")
        assert pricing.calls == pytest.approx(8 * LASTS_S)
        assert pricing.joules == pytest.approx(0.75 * WATTS_PER_CORE * LASTS_S)

    def test_an_older_kepler_and_the_labels_of_an_exporter_that_are_kept_are_read_too(self, ledger: Ledger) -> None:
        only = row(ledger, "recommendation", "")
        assert only.cpu_joules == pytest.approx((5 + 2 + 1) * LASTS_S)
        assert only.gpu_joules == pytest.approx(40 * LASTS_S)
        assert only.basis == "measured"

    def test_energy_without_a_call_is_idle(self, ledger: Ledger) -> None:
        idle = row(ledger, "intake", IDLE)
        assert idle.calls == 0
        assert idle.joules == pytest.approx(0.25 * 600 * WATTS_PER_CORE)
        assert idle.joules_per_1000_calls is None

    def test_what_nothing_measures_is_labelled_an_estimate(self, ledger: Ledger) -> None:
        assert row(ledger, "search", FIRST).basis == "measured"
        assert row(ledger, "search", SECOND, "blue").basis == "mixed"
        assert row(ledger, "intake", "").basis == "estimated"


class TestFigures:
    def test_grams_follow_from_the_settings(self, ledger: Ledger) -> None:
        one = row(ledger, "search", FIRST)
        assert one.grams_co2e == pytest.approx(one.joules * 1.5 / 3.6e6 * 360)
        assert one.joules_per_1000_calls == pytest.approx(1000 * (350 + 22) / 10)

    def test_gpu_hours_are_held_against_requests_within_the_objective(self, ledger: Ledger) -> None:
        (search,) = (one for one in ledger.services if one.service == "search")
        assert search.gpu_hours == pytest.approx(2 * LASTS_S / 3600)
        assert search.requests_within_slo == pytest.approx(10 * LASTS_S)
        assert search.gpu_hours_per_million_within_slo == pytest.approx(1e6 * 2 / 3600 / 10)
        assert search.euro == pytest.approx(2 * search.gpu_hours)
        (intake,) = (one for one in ledger.services if one.service == "intake")
        assert (intake.gpu_hours, intake.euro_per_million_within_slo) == (0, None)


class TestCommand:
    def run(self, server: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
        monkeypatch.setenv("ENERGY_PROMETHEUS_URL", server)
        return main(["--since", "30m", "--until", str(END), *arguments])

    def test_it_writes_each_format_with_the_same_figures(
        self, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = {}
        for form in ("json", "csv", "html", "prometheus", "text"):
            assert self.run(server, monkeypatch, "--format", form) == 0
            told[form] = capsys.readouterr().out
        document = json.loads(told["json"])
        assert document["assumptions"]["grams_co2e_per_kwh"] == 473.0
        rows = list(csv.DictReader(io.StringIO(told["csv"])))
        assert [float(one["joules"]) for one in rows] == [one["joules"] for one in document["rows"]]
        for one in document["rows"]:
            labels = f'model_version="{one["model_version"]}"'
            assert labels in told["prometheus"]
            assert one["model_version"] in told["html"]
            assert one["model_version"] in told["text"]

    def test_it_writes_a_file(
        self, server: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        out = tmp_path_factory.mktemp("out") / "energy.html"
        assert self.run(server, monkeypatch, "--format", "html", "--out", str(out)) == 0
        assert out.read_text().startswith("<!doctype html>")

    def test_a_prometheus_that_is_away_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run("http://127.0.0.1:9", monkeypatch) == 2
        error = capsys.readouterr().err
        assert error.startswith("merx: Prometheus does not answer at http://127.0.0.1:9")
        assert error.count("\n") == 1

    def test_more_slots_than_prometheus_answers_are_refused(
        self, server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(server, monkeypatch, "--since", "30d") == 2
        assert "longer step" in capsys.readouterr().err

    def test_a_duration_without_a_unit_is_refused(self, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SystemExit):
            self.run(server, monkeypatch, "--step", "60")

    def test_a_wrong_query_is_told_in_prometheus_s_words(self, server: str) -> None:
        with httpx.Client(base_url=server) as client, pytest.raises(EnergyError, match="parse error"):
            History(client, Slots(START, 60, 3)).at_edges("sum(")
