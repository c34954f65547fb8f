import json
import math
from pathlib import Path

import pytest

from loadtests.figures import Figure, Ratio, ratios, read, release, released, slower

ENTRY = {
    "name": "one",
    "method": "POST",
    "start_time": 100.0,
    "last_request_timestamp": 110.0,
    "num_requests": 200,
    "num_failures": 3,
    "response_times": {"100": 2, "9": 99, "20": 98, "1000": 1},
}
REPORT = json.dumps([ENTRY])


def figure(p50_ms: float, p99_ms: float, requests: int = 200) -> Figure:
    return Figure(requests=requests, failures=0, per_s=1.0, p50_ms=p50_ms, p99_ms=p99_ms)


class TestRead:
    def test_percentiles_come_from_the_counts_by_latency(self, tmp_path: Path) -> None:
        (tmp_path / "run.json").write_text(REPORT)
        assert read(tmp_path / "run.json") == {"POST one": Figure(200, 3, 20.0, 20.0, 100.0)}

    def test_a_kind_of_request_that_was_never_made_has_zeros(self, tmp_path: Path) -> None:
        entry = {**ENTRY, "num_requests": 0, "last_request_timestamp": None, "response_times": {}}
        (tmp_path / "run.json").write_text(json.dumps([entry]))
        assert read(tmp_path / "run.json")["POST one"] == Figure(0, 3, 0.0, 0.0, 0.0)


class TestRatios:
    def test_now_is_over_before_for_what_both_have(self) -> None:
        (found,) = ratios({"a": figure(20.0, 90.0), "new": figure(1.0, 1.0)}, {"a": figure(10.0, 100.0)})
        assert found == Ratio("a", 2.0, 0.9, telling=True)

    def test_few_requests_do_not_tell(self) -> None:
        (found,) = ratios({"a": figure(20.0, 90.0)}, {"a": figure(10.0, 100.0, requests=99)})
        assert not found.telling
        assert slower([found], 1.5) == []

    def test_something_over_nothing_is_beyond_every_limit(self) -> None:
        (found,) = ratios({"a": figure(20.0, 90.0)}, {"a": figure(0.0, 0.0)})
        assert math.isinf(found.p99)


class TestSlower:
    @pytest.mark.parametrize(("limit", "held"), [(1.5, True), (1.1, False)])
    def test_the_typical_kind_of_request_is_held_against_the_limit(self, limit: float, held: bool) -> None:
        found = [
            Ratio("a", 1.2, 1.2, telling=True),
            Ratio("b", 1.2, 1.2, telling=True),
            Ratio("c", 9.0, 9.0, telling=True),
        ]
        assert [gate.held for gate in slower(found, limit)] == [held, held]


class TestRelease:
    def test_what_is_kept_is_read_back(self, tmp_path: Path) -> None:
        told = {"a": figure(20.0, 90.0)}
        release(tmp_path / "kept" / "a.json", told, command="make loadtest")
        assert released(tmp_path / "kept" / "a.json")[1] == told
