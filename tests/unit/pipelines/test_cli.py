from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from merx_pipelines.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # kfp, many


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MERX_HOME", str(tmp_path / "home"))
    return CliRunner()


class TestCompile:
    def test_both_pipelines_are_written_for_a_cluster(self, runner: CliRunner, tmp_path: Path) -> None:
        done = runner.invoke(app, ["compile", str(tmp_path / "out")])
        assert done.exit_code == 0, done.output
        steps = yaml.safe_load((tmp_path / "out" / "recommendation.yaml").read_text().partition("\n---")[0])
        assert {"comp-gate", "comp-train-ranker"} <= steps["components"].keys()
        assert (tmp_path / "out" / "features.yaml").exists()


class TestRefusals:
    def test_an_import_of_nothing_says_what_to_say(self, runner: CliRunner) -> None:
        done = runner.invoke(app, ["import"])
        assert done.exit_code == 1
        assert "--shop FOLDER or --demo" in done.output

    def test_a_misspelt_setting_is_one_sentence(self, runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_LOG_LEVLE", "INFO")
        done = runner.invoke(app, ["models"])
        assert done.exit_code == 1
        assert "did you mean MERX_LOG_LEVEL?" in done.output

    def test_an_unknown_profile_is_refused_with_those_there_are(self, runner: CliRunner) -> None:
        done = runner.invoke(app, ["train", "--profile", "huge"])
        assert done.exit_code == 1
        assert "full, quick" in done.output

    def test_a_home_of_another_source_is_not_mixed(self, runner: CliRunner, tmp_path: Path) -> None:
        home, shop = tmp_path / "home", tmp_path / "shop"
        home.mkdir()
        shop.mkdir()
        (home / "source.json").write_text('{"shop": "", "imported": ""}')
        done = runner.invoke(app, ["import", "--shop", str(shop)])
        assert done.exit_code == 1
        assert "make reset" in done.output
