import pytest

from loadtests.__main__ import HERE, SCENARIOS, command


class TestCommand:
    @pytest.mark.parametrize("profile", ["smoke", "steady", "spike"])
    @pytest.mark.parametrize("service", SCENARIOS)
    def test_every_scenario_has_every_profile(self, service: str, profile: str) -> None:
        line = command(service, profile, ["--users", "1"])
        assert str(HERE / "profiles" / service / f"{profile}.conf") in line
        assert line[-2:] == ["--users", "1"]

    def test_an_unknown_scenario_is_told_what_there_is(self) -> None:
        with pytest.raises(ValueError, match="intake, live, pricing, recommendation, search"):
            command("checkout", "smoke", [])

    def test_an_unknown_profile_is_told_what_there_is(self) -> None:
        with pytest.raises(ValueError, match="smoke, spike, steady"):
            command("intake", "flood", [])
