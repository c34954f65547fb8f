"""Puts a price book that passed its check, with what speaks for it, into MLflow and the registry."""

import json
import shutil
from pathlib import Path

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.pricing.book import PriceBook
from merx_pipelines.folders import Folders
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.price_choice import TRIALS, Trials
from merx_pipelines.price_pages import Shelf, family_pages
from merx_pipelines.pricing_card import pricing_card
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps.fit_demand import MANIFEST
from merx_pipelines.steps.judge_policy import VERDICT, PolicyVerdict

NAME, EXPERIMENT = "pricing", "price-policy"


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads clean, sales, model (the price book) and check; writes version.json and documents/ into `out`. The book
    becomes the challenger of `pricing`."""
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    book, verdict, trials = PriceBook.load(made.model), PolicyVerdict.read(made.check), Trials.read(made.model)
    manifest = json.loads((made.model / MANIFEST).read_text())
    documents = out / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made.check / VERDICT, documents / VERDICT)
    shutil.copyfile(made.model / TRIALS, documents / TRIALS)
    card = pricing_card(book, trials, verdict, profile=manifest["profile"], seed=manifest["seed"])
    (documents / "model_card.md").write_text(card)
    family_pages(Shelf.read(book, made), documents)
    told = Run(
        experiment=EXPERIMENT,
        name=f"pricing-{manifest['created'][:16]}",
        parameters={
            **{name: manifest[name] for name in ("profile", "seed", "currency", "end")},
            "policy": trials.chosen,
            **{f"{name}_version": version for name, version in book.terms.parts.items()},
        },
        metrics=_metrics(trials, verdict),
        documents=documents,
    )
    tags = {
        CONTRACT_TAG: manifest[CONTRACT_TAG],
        "window_end": book.terms.window_end,
        "policy": trials.chosen,
        "products": str(verdict.products),
        **dict(book.terms.parts),
    }
    version = registry.register(NAME, made.model, run_id=log_run(registry, used, told), tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    return version


def _metrics(trials: Trials, verdict: PolicyVerdict) -> list[tuple[str, float, int]]:
    by_policy = [
        (f"{what}.{name.replace(' ', '_')}", value, 0)
        for name, told in trials.policies.items()
        for what, value in (("over_fixed", told.over_fixed[0]), ("over_rule", told.over_rule[0]), ("worst", told.worst))
    ]
    return [("products", float(verdict.products), 0), ("broken", float(verdict.broken), 0), *by_policy]
