"""Puts an index that was checked, with what speaks for it, into MLflow and the registry."""

import json
import shutil
from pathlib import Path

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.search_index import IndexManifest
from merx_models.search_index.golden import FILE as GOLDEN
from merx_models.search_index.manifest import MANIFEST
from merx_pipelines.folders import Folders
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.plots import picture_sheet
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import index_pictures, index_texts
from merx_pipelines.steps.check_index import NAME, VERDICT, IndexVerdict


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads texts, pictures, index and check; writes version.json and documents/ into `out`. The index becomes the
    challenger of `search`."""
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    manifest, verdict = IndexManifest.read(made.index, verify=False), IndexVerdict.read(made.check)
    documents = out / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for source in (
        made.index / MANIFEST,
        made.index / GOLDEN,
        made.check / VERDICT,
        made.texts / index_texts.ABOUT,
        made.pictures / index_pictures.REPORT,
    ):
        shutil.copyfile(source, documents / source.name)
    picture_sheet(made.index, documents / "pictures.png")
    told = json.loads((made.texts / index_texts.ABOUT).read_text())
    metrics = {
        "products": manifest.products,
        "pictured": manifest.pictured,
        "found_by_own_title": verdict.found,
        "vector_recall_at_10": verdict.recall,
        "own_picture_found": verdict.looks,
        "encoded_texts": told["encoded"],
        **({} if told["map_cosine"] is None else {"map_cosine": told["map_cosine"]}),
    }
    parameters = {**manifest.settings, "encoder": manifest.encoder, "method": manifest.method, "head": manifest.head}
    run_id = log_run(
        registry,
        used,
        Run(
            experiment=NAME,
            name=f"index-{manifest.created:%Y%m%d-%H%M}",
            parameters=parameters,
            metrics=[(name, float(value), 0) for name, value in metrics.items()],
            documents=documents,
        ),
    )
    tags = {
        CONTRACT_TAG: manifest.feature_service_hash,
        "products": str(manifest.products),
        "pictured": str(manifest.pictured),
        "method": manifest.method,
        "profile": str(manifest.settings.get("profile", "")),
    }
    version = registry.register(NAME, made.index, run_id=run_id, tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    return version
