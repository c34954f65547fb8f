"""Puts an index that was checked, with what speaks for it, into MLflow and the registry."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from merx_kit.registry import ModelVersion
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.search_index import IndexManifest
from merx_models.search_index.golden import FILE as GOLDEN
from merx_models.search_index.index import PICTURES
from merx_models.search_index.manifest import MANIFEST
from merx_models.search_index.suggestions import FILE as SUGGESTIONS
from merx_models.search_index.suggestions import read_suggestions
from merx_pipelines.folders import Folders
from merx_pipelines.index_card import index_card
from merx_pipelines.indexing.collections import COLLECTION_TAG, tidy
from merx_pipelines.indexing.judgements import REPORT
from merx_pipelines.mlflow_runs import Run, log_run
from merx_pipelines.plots import picture_sheet
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import index_pictures, index_texts
from merx_pipelines.steps.check_index import NAME, VERDICT, IndexVerdict


def run(made: Folders, out: Path, *, settings: MerxSettings | None = None) -> ModelVersion:
    """Reads texts, pictures, judgements, index and check; writes version.json and documents/ into `out`. The index
    becomes the challenger of `search`."""
    used = settings or MerxSettings.load()
    registry = model_registry(used)
    manifest, verdict = IndexManifest.read(made.index, verify=False), IndexVerdict.read(made.check)
    texts = _read(made.texts / index_texts.ABOUT)
    documents = out / "documents"
    _document(made, documents, manifest, verdict)
    told = Run(
        experiment=NAME,
        name=f"index-{manifest.created:%Y%m%d-%H%M}",
        parameters={
            **manifest.settings,
            "encoder": manifest.encoder,
            "method": manifest.method,
            "head": manifest.head,
            "network": _network(made.index) or "none",
        },
        metrics=[(name, float(value), 0) for name, value in _metrics(made, manifest, verdict, texts).items()],
        documents=documents,
    )
    tags = {
        CONTRACT_TAG: manifest.feature_service_hash,
        "products": str(manifest.products),
        "pictured": str(manifest.pictured),
        "method": manifest.method,
        "profile": str(manifest.settings.get("profile", "")),
        **({COLLECTION_TAG: str(collection)} if (collection := manifest.settings.get(COLLECTION_TAG)) else {}),
    }
    version = registry.register(NAME, made.index, run_id=log_run(registry, used, told), tags=tags)
    (out / "version.json").write_text(json.dumps({"name": version.name, "version": version.version}))
    tidy(used, registry, NAME)
    return version


def _document(made: Folders, folder: Path, manifest: IndexManifest, verdict: IndexVerdict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for source in (
        made.index / MANIFEST,
        made.index / GOLDEN,
        made.index / SUGGESTIONS,
        made.check / VERDICT,
        made.texts / index_texts.ABOUT,
        made.pictures / index_pictures.REPORT,
        *([] if made.judgements is None else [made.judgements / REPORT]),
    ):
        shutil.copyfile(source, folder / source.name)
    card = index_card(
        manifest,
        verdict,
        texts=_read(made.texts / index_texts.ABOUT),
        pictures=_read(made.pictures / index_pictures.REPORT),
        suggestions=len(read_suggestions(made.index)),
        network=_network(made.index),
    )
    (folder / "model_card.md").write_text(card)
    picture_sheet(made.index, folder / "pictures.png")


def _metrics(
    made: Folders, manifest: IndexManifest, verdict: IndexVerdict, texts: Mapping[str, Any]
) -> dict[str, float]:
    return {
        "products": manifest.products,
        "pictured": manifest.pictured,
        "found_by_own_title": verdict.found,
        "vector_recall_at_10": verdict.recall,
        "own_picture_found": verdict.looks,
        "encoded_texts": texts["encoded"],
        "judged_queries": manifest.judged_queries,
        **{f"validation_ndcg_at_10_{method}": value for method, value in manifest.validation.items()},
        "suggestions": len(read_suggestions(made.index)),
        **({} if texts["map_cosine"] is None else {"map_cosine": texts["map_cosine"]}),
    }


def _network(index: Path) -> str:
    """What the pictures were read by; empty where there are none."""
    described = index / PICTURES / MANIFEST
    return str(_read(described)["backbone"]) if described.exists() else ""


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
