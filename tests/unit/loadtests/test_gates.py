from dataclasses import dataclass

import pytest

from loadtests.gates import Gate, close, failures, latency


@dataclass
class Entry:
    num_requests: int = 0
    fail_ratio: float = 0.0
    p99: float | None = None

    def get_response_time_percentile(self, percent: float) -> float | None:
        return self.p99


class TestGate:
    def test_a_figure_at_its_limit_holds(self) -> None:
        assert Gate("p99", 50.0, 50.0).held
        assert Gate("rate", 950.0, 950.0, least=True).held

    def test_a_figure_beyond_its_limit_does_not(self) -> None:
        assert not Gate("p99", 50.1, 50.0).held
        assert not Gate("rate", 949.9, 950.0, least=True).held

    def test_what_is_no_number_holds_nothing(self) -> None:
        assert not Gate("p99", float("nan"), 50.0).held
        assert not Gate("rate", float("nan"), 0.0, least=True).held

    def test_it_says_figure_and_limit(self) -> None:
        assert str(Gate("failed", 0.0123, 0.01, "{:.2%}")) == "failed 1.23%, at most 1.00%"


class TestFigures:
    def test_nothing_measured_is_a_missed_gate(self) -> None:
        made, p99 = latency("lists", Entry(), 50.0)
        assert not made.held
        assert p99.value == 0.0

    def test_what_was_measured_is_held_against_its_limit(self) -> None:
        made, p99 = latency("lists", Entry(num_requests=10, p99=51.0), 50.0)
        assert made.held
        assert not p99.held

    def test_failures_are_a_share(self) -> None:
        assert not failures(Entry(num_requests=100, fail_ratio=0.02), 0.01).held


class TestClose:
    def test_all_held_is_status_0(self) -> None:
        assert close([Gate("p99", 1.0, 2.0)]) == 0

    def test_one_missed_is_status_1_and_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert close([Gate("p99", 3.0, 2.0), Gate("failed", 0.0, 0.0)]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines == ["gate MISSED: p99 3, at most 2", "gate held: failed 0, at most 0"]
