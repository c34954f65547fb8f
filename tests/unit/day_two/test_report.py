import io

import pytest
from rich.console import Console

from deploy.day_two.report import Outcome, Report
from deploy.day_two.steady import Count, Seen

FINE = {Seen("push", "search", "200"): Count(10, 2, 0.4)}
DONE = (Outcome("push", "passed", 1.0, "3 records"),)


def report(counts: dict[Seen, Count], outcomes: tuple[Outcome, ...] = DONE) -> Report:
    return Report("cluster", "2026-11-27T00:00:00+00:00", outcomes, counts)


class TestStatus:
    def test_of_a_day_without_a_failure_is_0(self) -> None:
        assert report(FINE).status == 0

    @pytest.mark.parametrize("outcome", ["503", "404", "429", "ReadError", "not an answer"])
    def test_is_1_where_a_request_failed_without_an_excuse(self, outcome: str) -> None:
        assert report({**FINE, Seen("redis", "search", outcome): Count(1)}).status == 1

    def test_is_0_where_each_failure_has_an_excuse(self) -> None:
        counts = {**FINE, Seen("upgrade", "search", "ConnectError", "one replica, replaced"): Count(3)}
        assert report(counts).status == 0
        assert report(counts).unexcused == 0

    @pytest.mark.parametrize("state", ["failed", "not reached"])
    def test_is_1_where_a_step_did_not_pass(self, state: str) -> None:
        assert report(FINE, (Outcome("push", state),)).status == 1

    def test_is_1_where_nothing_was_asked(self) -> None:
        assert report({}).status == 1


MIXED = {
    **FINE,
    Seen("push", "search", "503"): Count(1, 0, 2.5),
    Seen("push", "search", "429"): Count(2, 0, 0.1),
    Seen("push", "search", "ReadError", "the way to it"): Count(4, 0, 0.2),
}


class TestWhatIsShown:
    def test_is_a_row_for_each_step_and_service(self) -> None:
        said = io.StringIO()
        report(MIXED).show(Console(file=said, width=160))
        (row,) = [line for line in said.getvalue().splitlines() if "search" in line]
        cells = [cell.strip() for cell in row.strip("│").split("│")]
        assert cells == ["push", "search", "10", "2", "1", "2", "4", "4", "2.5 s"]
        assert "17 requests, 3 failed without an excuse" in said.getvalue()

    def test_is_in_the_json_too(self) -> None:
        told = report(MIXED, (Outcome("push", "passed", 1.0, "fine", ("helm install",)),)).json()
        assert (told["status"], told["requests_sent"], told["unexcused_failures"]) == (1, 17, 3)
        assert told["steps"][0]["not_run"] == ("helm install",)
        assert {
            "step": "push",
            "service": "search",
            "outcome": "503",
            "excuse": "",
            "requests": 1,
            "degraded": 0,
            "slowest_s": 2.5,
        } in told["requests"]
