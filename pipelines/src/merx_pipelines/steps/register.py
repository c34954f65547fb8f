"""Puts a trained model, with everything that speaks for and against it, into MLflow and the registry."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.bundle import GOLDEN, MANIFEST, Manifest, read_manifest
from merx_pipelines.folders import Folders
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.model_card import model_card
from merx_pipelines.plan import profile_named
from merx_pipelines.plots import calibration_plot, learning_curves
from merx_pipelines.registry_access import EVALUATED_TAG, model_registry
from merx_pipelines.steps.bundle import EVALUATED, NAME, SERVED
from merx_pipelines.steps.evaluate import EVALUATION, Evaluation
from merx_pipelines.steps.extract import WINDOW
from merx_pipelines.steps.gate import GATE
from merx_pipelines.steps.train_ranker import COMPARISON

EXPERIMENT = "recommendation"


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads clean, rankers, evaluation, gate and bundles; writes version.json and documents/ into `out`.

    Logs the run in MLflow, and registers the served bundle as challenger.
    """
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    manifest = read_manifest(made.bundles / SERVED)
    documents = out / "documents"
    _document(made, documents, manifest)
    told = Run(
        experiment=EXPERIMENT,
        name=f"{manifest.ranker_model}-{manifest.created:%Y%m%d-%H%M}",
        parameters=_parameters(manifest),
        metrics=list(_metrics(made)),
        documents=documents,
    )
    run_id = log_run(registry, used, told)
    twin = run_id
    registry.artefacts.publish(made.bundles / EVALUATED, f"{NAME}-evaluated", twin, make_current=False)
    tags = {
        CONTRACT_TAG: manifest.feature_service_hash,
        EVALUATED_TAG: twin,
        "ranker": manifest.ranker_model,
        "profile": str(manifest.settings.get("profile", "")),
        "window_end": str(manifest.window_end),
        "ndcg_at_10": f"{Evaluation.read(made.evaluation).systems['merx'].ndcg.mean:.4f}",
    }
    version = registry.register(NAME, made.bundles / SERVED, run_id=run_id, tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    return version


def _document(made: Folders, folder: Path, manifest: Manifest) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sources = (
        made.clean / "cleaning.json",
        made.clean / "cleaning.txt",
        made.clean / WINDOW,
        made.rankers / COMPARISON,
        made.evaluation / EVALUATION,
        made.gate / GATE,
        made.bundles / SERVED / GOLDEN,
        made.bundles / SERVED / MANIFEST,
    )
    for source in sources:
        shutil.copyfile(source, folder / source.name)
    comparison = json.loads((made.rankers / COMPARISON).read_text())
    (folder / "model_card.md").write_text(model_card(manifest, Evaluation.read(made.evaluation), comparison))
    calibration_plot(made.rankers / "calibration.npz", folder / "calibration.png")
    learning_curves(comparison["rankers"], folder / "learning_curves.png")


def _parameters(manifest: Manifest) -> dict[str, Any]:
    profile = profile_named(str(manifest.settings["profile"]))
    return {
        **asdict(profile),
        "seed": manifest.settings["seed"],
        "ranker": manifest.ranker_model,
        "feature_service": manifest.feature_service,
        "feature_service_hash": manifest.feature_service_hash,
        "window_start": str(manifest.window_start),
        "window_end": str(manifest.window_end),
    }


def _metrics(made: Folders) -> Iterator[tuple[str, float, int]]:
    evaluation = Evaluation.read(made.evaluation)
    for name, system in evaluation.systems.items():
        yield f"{name}.ndcg_at_10", system.ndcg.mean, 0
        yield f"{name}.recall_at_10", system.recall.mean, 0
        yield f"{name}.coverage", system.coverage, 0
        yield f"{name}.long_tail_share", system.long_tail_share, 0
    yield "candidate_recall", evaluation.candidate_recall, 0
    comparison: Mapping[str, Any] = json.loads((made.rankers / COMPARISON).read_text())
    for ranker in comparison["rankers"]:
        yield f"validation.{ranker['name']}.ndcg_at_10", ranker["ndcg"], 0
        for step, point in enumerate(ranker["curve"]):
            for name, value in point.items():
                yield f"curve.{ranker['name']}.{name}", value, step
