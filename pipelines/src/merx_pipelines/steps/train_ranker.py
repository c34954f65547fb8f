"""Trains every ranker on the same lists; the one that orders the validation week best is chosen."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from merx_models.product_index import ProductIndex
from merx_pipelines.candidate_models import Progress
from merx_pipelines.folders import Folders
from merx_pipelines.plan import profile_named
from merx_pipelines.point_in_time import attribute_codes
from merx_pipelines.rankers import RANKERS, Contest, Trained, list_scores, shared_codes
from merx_pipelines.ranking_sets import RankingSet
from merx_pipelines.steps.extract import CATALOGUE

COMPARISON = "comparison.json"


@dataclass(frozen=True)
class Competitor:
    """One ranker on the validation week; `curve` is whatever its training reports by epoch or round."""

    name: str
    ndcg: float
    recall: float
    seconds: float
    curve: list[dict[str, float]] = field(default_factory=list)


def run(
    folders: Folders,
    out: Path,
    *,
    profile: str = "quick",
    seed: int = 0,
    progress: Progress = lambda _: None,
) -> str:
    """Reads clean, candidates and lists; returns the name of the best ranker.

    Writes that ranker's folder, comparison.json and calibration.npz into `out`.
    """
    import pandas as pd

    chosen = profile_named(profile)
    train, validation = RankingSet.load(folders.lists / "train"), RankingSet.load(folders.lists / "validation")
    index = ProductIndex.load(folders.candidates / "index")
    codes = shared_codes(attribute_codes(pd.read_parquet(folders.clean / CATALOGUE), index), index)
    contest = Contest(chosen, codes, seed)
    results: list[Competitor] = []
    models: dict[str, Trained] = {}
    calibration: dict[str, Any] = {"labels": validation.rows.labels}
    for name in chosen.rankers:
        progress(f"ranker {name}")
        started = time.perf_counter()
        model = RANKERS[name](train.rows, validation.rows, contest)
        scores = model.predict(validation.rows)
        found = list_scores(validation, scores)
        calibration[name] = scores
        models[name] = model
        seconds = time.perf_counter() - started
        results.append(Competitor(name, float(found.ndcg.mean()), float(found.recall.mean()), seconds, _curve(model)))
    best = max(results, key=lambda each: each.ndcg).name
    models[best].save(out / best)
    np.savez(out / "calibration.npz", **calibration)
    described = {"best": best, "rankers": [asdict(each) for each in results]}
    (out / COMPARISON).write_text(json.dumps(described, indent=1))
    return best


def best_of(folder: Path) -> str:
    """The name of the ranker that `run` chose."""
    return str(json.loads((folder / COMPARISON).read_text())["best"])


def _curve(model: Trained) -> list[dict[str, float]]:
    return [asdict(epoch) for epoch in getattr(model, "epochs", ())]
