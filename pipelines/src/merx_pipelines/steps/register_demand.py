"""Puts forecasts that passed their check, with what speaks for them, into MLflow and the registry."""

import json
import shutil
from pathlib import Path

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.demand.forecast_table import ForecastTable
from merx_pipelines.demand_card import demand_card
from merx_pipelines.folders import Folders
from merx_pipelines.forecast_plots import fan_charts
from merx_pipelines.held_out import HELD_OUT, HeldOut
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps.fit_demand import FORECAST, MANIFEST
from merx_pipelines.steps.judge_demand import VERDICT, DemandVerdict
from merx_pipelines.weekly_sales import About, read_sales

NAME = "demand"


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads sales, model and check; writes version.json and documents/ into `out`. The model becomes the challenger of
    `demand`."""
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    forecasts, verdict = ForecastTable.load(made.model / FORECAST), DemandVerdict.read(made.check)
    manifest = json.loads((made.model / MANIFEST).read_text())
    told, about = HeldOut.read(made.model), About.read(made.sales)
    documents = out / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made.check / VERDICT, documents / VERDICT)
    shutil.copyfile(made.model / HELD_OUT, documents / HELD_OUT)
    card = demand_card(told, verdict, forecasts, about, profile=manifest["profile"])
    (documents / "model_card.md").write_text(card)
    fan_charts(forecasts, read_sales(made.sales), about, documents / "forecasts.png")
    run_of_it = Run(
        experiment=NAME,
        name=f"demand-{manifest['created'][:16]}",
        parameters={name: manifest[name] for name in ("profile", "seed", "currency", "weeks", "end")},
        metrics=[
            ("series", float(verdict.series), 0),
            ("covered", verdict.covered, 0),
            *((f"error.{name.replace(' ', '_')}", value, 0) for name, value in told.whole.error.items()),
            *((f"pinball.{name.replace(' ', '_')}", value, 0) for name, value in told.whole.pinball.items()),
        ],
        documents=documents,
    )
    tags = {
        CONTRACT_TAG: manifest[CONTRACT_TAG],
        "window_end": about.end,
        "series": str(verdict.series),
        "error": f"{verdict.error:.4f}",
        "naive_error": f"{verdict.naive_error:.4f}",
    }
    version = registry.register(NAME, made.model, run_id=log_run(registry, used, run_of_it), tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    return version
