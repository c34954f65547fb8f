from pathlib import Path

import pytest

from loadtests.__main__ import HERE, SCENARIOS, Asked, command, compare, parsed
from tests.unit.loadtests.test_figures import REPORT


class TestCommand:
    @pytest.mark.parametrize("profile", ["smoke", "steady", "spike", "soak"])
    @pytest.mark.parametrize("service", SCENARIOS)
    def test_every_scenario_has_every_profile(self, service: str, profile: str) -> None:
        line = command(parsed([service, profile, "--users", "1", "--into", "here"]))
        assert str(HERE / "profiles" / service / f"{profile}.conf") in line
        assert line[-2:] == ["--users", "1"]
        assert f"here/{service}-{profile}.html" in line

    def test_an_unknown_scenario_is_told_what_there_is(self) -> None:
        with pytest.raises(ValueError, match="intake, journey, live, pricing, recommendation, search"):
            command(parsed(["checkout", "smoke"]))

    def test_an_unknown_profile_is_told_what_there_is(self) -> None:
        with pytest.raises(ValueError, match="smoke, soak, spike, steady"):
            command(parsed(["intake", "flood"]))

    def test_what_locust_is_told_is_not_taken_for_a_profile(self) -> None:
        asked = parsed(["intake", "--stages", "3:2", "--host", "http://127.0.0.1:1"])
        assert (asked.service, asked.profile) == ("intake", "smoke")
        assert asked.options == ["--stages", "3:2", "--host", "http://127.0.0.1:1"]


class TestCompare:
    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
        monkeypatch.setattr("loadtests.figures.RELEASED", tmp_path / "released")
        (tmp_path / "intake-smoke.json").write_text(REPORT)
        return parsed(["intake", "smoke", "--into", str(tmp_path), "--release"])

    def test_the_first_run_has_nothing_to_be_compared_with(
        self, asked: Asked, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert compare(asked) == 0
        assert "beside" not in capsys.readouterr().out

    def test_what_a_release_left_is_what_the_next_is_held_against(
        self, asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        compare(asked)
        again = parsed(["intake", "smoke", "--into", str(tmp_path), "--slower-by", "0.9"])
        assert compare(again) == 1
        said = capsys.readouterr().out
        assert "POST one: median 1.00 x, p99 1.00 x" in said
        assert "MISSED: median over the last release's 1.00 x, at most 0.90 x" in said
        assert compare(parsed(["intake", "smoke", "--into", str(tmp_path), "--slower-by", "1.1"])) == 0
