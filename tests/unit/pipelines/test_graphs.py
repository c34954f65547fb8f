"""The graph that runs here and the one that a cluster runs are the same."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import compiler, local
from kfp.local import pipeline_orchestrator

from merx_pipelines.demand import demand
from merx_pipelines.elasticity import elasticity
from merx_pipelines.features import features
from merx_pipelines.price_policy import price_policy
from merx_pipelines.prices import prices
from merx_pipelines.recommendation import recommendation
from merx_pipelines.retrain import retrain
from merx_pipelines.search import search

PIPELINES = {
    "recommendation": recommendation,
    "features": features,
    "search": search,
    "elasticity": elasticity,
    "demand": demand,
    "price-policy": price_policy,
    "prices": prices,
    "retrain": retrain,
}


def compiled(pipeline: Any, folder: Path) -> dict[str, Any]:
    path = folder / "pipeline.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    specification: dict[str, Any] = next(iter(yaml.safe_load_all(path.read_text())))
    return specification


def run_here(pipeline: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The specification that kfp.local is about to run."""
    seen: list[dict[str, Any]] = []

    def record(pipeline_spec: Any, arguments: Any) -> Any:
        from google.protobuf import json_format

        seen.append(json_format.MessageToDict(pipeline_spec))
        raise StopBeforeRunningError

    monkeypatch.setattr(pipeline_orchestrator, "run_local_pipeline", record)
    with warnings.catch_warnings():
        local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(folder))
    with pytest.raises(StopBeforeRunningError):
        pipeline()
    return seen[0]


class StopBeforeRunningError(Exception):
    pass


def shape(specification: dict[str, Any]) -> dict[str, Any]:
    """Tasks by graph with their dependencies, inputs and conditions, and what each component executes."""
    graphs = {"root": specification["root"], **specification["components"]}
    executors = specification["deploymentSpec"]["executors"]
    return {
        "tasks": {name: graph["dag"]["tasks"] for name, graph in graphs.items() if "dag" in graph},
        "code": {name: executor["container"]["command"] for name, executor in executors.items()},
    }


@pytest.mark.parametrize("name", PIPELINES)
class TestGraph:
    def test_local_and_compiled_are_the_same_graph(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pipeline = PIPELINES[name]
        assert shape(compiled(pipeline, tmp_path)) == shape(run_here(pipeline, tmp_path, monkeypatch))

    def test_components_install_nothing_when_they_run(self, name: str, tmp_path: Path) -> None:
        executors = compiled(PIPELINES[name], tmp_path)["deploymentSpec"]["executors"]
        commands = [" ".join(executor["container"]["command"]) for executor in executors.values()]
        assert commands
        assert not any("pip install" in command for command in commands)


class TestTheGate:
    @pytest.mark.parametrize(
        ("name", "kept_back", "asked"),
        [
            ("recommendation", {"make-bundle", "register", "promote"}, "gate-Output"),
            ("search", {"register-index", "promote"}, "check-index-Output"),
            ("elasticity", {"register-elasticity", "promote"}, "judge-elasticity-Output"),
            ("demand", {"register-demand", "promote"}, "judge-demand-Output"),
            ("price-policy", {"register-pricing", "promote"}, "judge-policy-Output"),
        ],
    )
    def test_nothing_is_registered_unless_it_passed(
        self, name: str, kept_back: set[str], asked: str, tmp_path: Path
    ) -> None:
        graphs = shape(compiled(PIPELINES[name], tmp_path))["tasks"]
        (guarded,) = (task for tasks in graphs.values() for name, task in tasks.items() if name.startswith("condition"))
        assert asked in guarded["triggerPolicy"]["condition"]
        assert kept_back <= set(graphs.pop(guarded["componentRef"]["name"]))
        assert not any(kept_back & set(tasks) for tasks in graphs.values())

    def test_the_policy_waits_for_what_it_is_made_of(self, tmp_path: Path) -> None:
        tasks = compiled(prices, tmp_path)["root"]["dag"]["tasks"]
        assert {"learn-elasticity", "learn-demand"} <= set(tasks["learn-price-policy"]["dependentTasks"])
