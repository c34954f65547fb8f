"""Puts elasticities that passed their checks, with what speaks for them, into MLflow and the registry."""

import json
import shutil
from pathlib import Path

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.elasticity import Elasticities
from merx_pipelines.elasticity_card import elasticity_card
from merx_pipelines.folders import Folders
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.price_plots import category_forest, demand_curves
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps.fit_elasticity import MANIFEST
from merx_pipelines.steps.judge_elasticity import VERDICT, ElasticityVerdict
from merx_pipelines.weekly_sales import About, read_sales

NAME = "elasticity"
COUNTS = ("products", "estimated", "wrong_sign", "wrong_sign_served")


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads sales, model and check; writes version.json and documents/ into `out`. The model becomes the challenger of
    `elasticity`."""
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    fitted, verdict = Elasticities.load(made.model), ElasticityVerdict.read(made.check)
    manifest = json.loads((made.model / MANIFEST).read_text())
    about = About.read(made.sales)
    documents = out / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made.check / VERDICT, documents / VERDICT)
    (documents / "model_card.md").write_text(elasticity_card(fitted, verdict, about, profile=manifest["profile"]))
    category_forest(fitted, documents / "categories.png")
    demand_curves(fitted, read_sales(made.sales), about.currency, documents / "demand_curves.png")
    told = Run(
        experiment=NAME,
        name=f"elasticity-{manifest['created'][:16]}",
        parameters={name: manifest[name] for name in ("profile", "seed", "currency", "weeks", "end")},
        metrics=[
            *((name, float(getattr(verdict, name)), 0) for name in COUNTS),
            *((check.name, check.value, 0) for check in fitted.refutations),
            ("substitute_pairs", float(sum(cross.substitute for cross in fitted.crosses)), 0),
        ],
        documents=documents,
    )
    tags = {
        CONTRACT_TAG: manifest[CONTRACT_TAG],
        "window_end": about.end,
        **{name: str(getattr(verdict, name)) for name in COUNTS},
    }
    version = registry.register(NAME, made.model, run_id=log_run(registry, used, told), tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    return version
