"""The recurring run on a cluster, against the part of Kubeflow's API that it uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from merx_pipelines.cli import app
from merx_pipelines.schedule import Recurring, ScheduleRefused, schedule
from tests.integration.pipelines.kubeflow import Kubeflow

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
)
NIGHTLY = "0 0 3 * * *"


@pytest.fixture
def kubeflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kubeflow]:
    monkeypatch.setenv("HOME", str(tmp_path))  # the client keeps its context there
    server = Kubeflow()
    yield server
    server.close()


def names_of(graph: dict[str, object]) -> set[str]:
    tasks = graph["root"]["dag"]["tasks"]  # type: ignore[index]
    return set(tasks)


class TestSchedule:
    def test_it_runs_features_then_the_models_one_at_a_time(self, kubeflow: Kubeflow) -> None:
        made = kubeflow.runs[schedule(Recurring(host=kubeflow.host, cron=NIGHTLY, token="t0ken"))]
        assert made["trigger"] == {"cron_schedule": {"cron": NIGHTLY}}
        assert (made["max_concurrency"], made["no_catchup"], made["mode"]) == (1, True, "ENABLE")
        assert made["runtime_config"]["parameters"] == {"profile": "full"}
        graph = made["pipeline_spec"]
        assert names_of(graph.get("pipeline_spec", graph)) == {"features", "recommendation", "search"}
        tasks = graph.get("pipeline_spec", graph)["root"]["dag"]["tasks"]
        assert tasks["recommendation"]["dependentTasks"] == ["features"]
        assert "Bearer t0ken" in kubeflow.tokens

    def test_a_second_one_takes_the_place_of_the_first(self, kubeflow: Kubeflow) -> None:
        schedule(Recurring(host=kubeflow.host, cron=NIGHTLY))
        kubeflow.runs["foreign"] = {"recurring_run_id": "foreign", "display_name": "somebody else's"}
        second = schedule(Recurring(host=kubeflow.host, cron="0 0 4 * * *"))
        assert set(kubeflow.runs) == {second, "foreign"}

    def test_a_refusal_leaves_the_one_before(self, kubeflow: Kubeflow) -> None:
        first = schedule(Recurring(host=kubeflow.host, cron=NIGHTLY))
        kubeflow.refusing = True
        with pytest.raises(ScheduleRefused, match=kubeflow.host):
            schedule(Recurring(host=kubeflow.host, cron="nonsense"))
        assert set(kubeflow.runs) == {first}

    def test_a_cluster_that_is_away_is_one_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        result = CliRunner().invoke(app, ["schedule", "--host", "http://127.0.0.1:9"])
        assert result.exit_code == 1
        assert "did not take it" in result.output


def test_the_compiled_retraining_holds_the_graphs_that_run_here(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["compile", str(tmp_path)])
    assert result.exit_code == 0, result.output
    both, features, model = (
        yaml.safe_load((tmp_path / f"{name}.yaml").read_text()) for name in ("retrain", "features", "recommendation")
    )
    parts = both["components"]
    assert set(parts["comp-features"]["dag"]["tasks"]) == names_of(features)
    assert set(parts["comp-recommendation"]["dag"]["tasks"]) == names_of(model)
