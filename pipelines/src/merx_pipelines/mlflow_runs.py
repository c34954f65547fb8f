"""One finished run in MLflow: what a model was made with, how good it is, and the documents about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from merx_kit.registry import MlflowRegistry
from merx_kit.settings import MerxSettings


@dataclass(frozen=True, kw_only=True)
class Run:
    """`metrics` are (name, value, step); everything in the folder `documents` becomes an artifact."""

    experiment: str
    name: str
    parameters: Mapping[str, Any]
    metrics: Sequence[tuple[str, float, int]]
    documents: Path


def log_run(registry: MlflowRegistry, settings: MerxSettings, run: Run) -> str:
    """Writes the run and returns its id."""
    client = registry.client
    known = client.get_experiment_by_name(run.experiment)
    location = f"{settings.mlflow_artifacts_url}/{run.experiment}"
    experiment = known.experiment_id if known else client.create_experiment(run.experiment, artifact_location=location)
    run_id: str = client.create_run(experiment, run_name=run.name).info.run_id
    for name, value in run.parameters.items():
        client.log_param(run_id, name, value)
    for name, number, step in run.metrics:
        client.log_metric(run_id, name, number, step=step)
    client.log_artifacts(run_id, str(run.documents))
    client.set_terminated(run_id)
    return run_id
