"""The champion of now on the held-out week, as far as it can be asked fairly."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from merx_core.features import FEATURE_SERVICE
from merx_kit.artefacts import ArtefactError
from merx_kit.registry import CHAMPION, MlflowRegistry, ModelMissing, ModelVersion
from merx_kit.settings import MerxSettings
from merx_models.bundle import Bundle
from merx_pipelines.plan import Plan, plan_of, profile_named
from merx_pipelines.point_in_time import PointInTime
from merx_pipelines.ranking_sets import Asked, ListMaker, RankingSet
from merx_pipelines.registry_access import EVALUATED_TAG, model_registry
from merx_pipelines.steps.bundle import NAME
from merx_pipelines.steps.extract import CATALOGUE

FILE = "champion.json"
K = 10


@dataclass(frozen=True)
class Champion:
    """Its lists by shopper; or, empty, the reason why it is not compared."""

    version: str
    lists: dict[str, list[str]]
    reason: str = ""


def run(
    clean: Path, lists: Path, out: Path, *, profile: str = "quick", settings: MerxSettings | None = None
) -> Champion:
    """Writes champion.json into `out`."""
    used = settings or MerxSettings.load()
    plan = plan_of(clean, profile_named(profile))
    found = _champion(used, plan, RankingSet.load(lists / "held_out").profiles, clean)
    out.mkdir(parents=True, exist_ok=True)
    (out / FILE).write_text(json.dumps({"version": found.version, "reason": found.reason, "lists": found.lists}))
    return found


def read(folder: Path) -> Champion:
    return Champion(**json.loads((folder / FILE).read_text()))


def _champion(settings: MerxSettings, plan: Plan, profiles: tuple[str, ...], clean: Path) -> Champion:
    import pandas as pd

    from merx_kit.features import feature_service_hash, open_store

    registry = model_registry(settings)
    try:
        version = registry.resolve(NAME, CHAMPION)
    except ModelMissing:
        return Champion("", {}, "there is no champion yet")
    store = open_store(settings)
    bundle = _fair_bundle(registry, version, plan, clean.parent / f"champion-{version.version}")
    if bundle is None:
        return Champion(version.label, {}, "every copy of it has seen the held-out week")
    if bundle.manifest.feature_service_hash != feature_service_hash(store, FEATURE_SERVICE):
        return Champion(version.label, {}, "it was trained with other features")
    features = PointInTime(store, pd.read_parquet(clean / CATALOGUE))
    return Champion(version.label, _lists(bundle, features, plan, profiles))


def _fair_bundle(registry: MlflowRegistry, version: ModelVersion, plan: Plan, folder: Path) -> Bundle | None:
    """What serves, where it is older than the held-out week; else its twin that was evaluated, where that one is."""
    try:
        bundle = Bundle.load(registry.fetch(version, folder / "served"))
        if bundle.manifest.window_end and bundle.manifest.window_end <= plan.held_out:
            return bundle
        twin = version.tags.get(EVALUATED_TAG)
        if twin is None:
            return None
        evaluated = registry.artefacts.fetch(f"{NAME}-evaluated", twin, folder / "evaluated")
    except ArtefactError:
        return None
    bundle = Bundle.load(evaluated)
    return bundle if bundle.manifest.window_end and bundle.manifest.window_end <= plan.held_out else None


def _lists(bundle: Bundle, features: PointInTime, plan: Plan, profiles: tuple[str, ...]) -> dict[str, list[str]]:
    at = plan.held_out
    maker = ListMaker(bundle.index, bundle.sources, features.products(bundle.index, at), at.timestamp())
    rng = np.random.default_rng(0)
    lists = {}
    for profile in features.profiles(profiles, at):
        found, matrix = maker.candidates(Asked(profile, np.empty(0, np.int32)), rng)
        scores = bundle.ranker.score(matrix, maker.history(profile), found.rows.astype(np.int64))
        best = found.rows[np.argsort(-scores, kind="stable")[:K]]
        lists[profile.profile_id] = [str(each) for each in bundle.index.products(best)]
    return lists
