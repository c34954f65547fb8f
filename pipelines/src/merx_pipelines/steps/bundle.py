"""The model that will serve: everything fitted anew on all data, as one sealed folder with golden requests."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from merx_core.features import FEATURE_SERVICE, RANKING_COLUMNS
from merx_kit.settings import MerxSettings
from merx_models import golden
from merx_models.bundle import Bundle, BundleParts, Golden, Manifest, new_manifest
from merx_models.candidates import CandidateSources
from merx_models.product_index import ProductIndex
from merx_pipelines.candidate_models import Past, Progress, fit_sources
from merx_pipelines.folders import Folders
from merx_pipelines.plan import Plan, plan_of, profile_named
from merx_pipelines.point_in_time import PointInTime, attribute_codes
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.rankers import RANKERS, Contest, shared_codes
from merx_pipelines.ranking_sets import Asked, ListMaker, RankingSet, joined, moved
from merx_pipelines.steps import train_candidates
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS
from merx_pipelines.steps.shop_arrays import ShopArrays, read_shop
from merx_pipelines.steps.train_ranker import best_of
from merx_pipelines.trails import product_index

NAME = "recommendation"
SERVED, EVALUATED = "served", "evaluated"
GOLDEN_SHOPPERS, GOLDEN_CANDIDATES = 6, 20
BACKGROUND_ROWS = 64


def run(
    inputs: Folders,
    out: Path,
    *,
    profile: str = "quick",
    seed: int = 0,
    settings: MerxSettings | None = None,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Reads clean, candidates, lists and rankers; writes the bundles served/ and evaluated/ into `out`.

    Both are of one recipe: with all data, and without the held-out week.
    """
    from merx_kit.features import open_store

    chosen = profile_named(profile)
    plan = plan_of(inputs.clean, chosen)
    shop = read_shop(inputs.clean / INTERACTIONS, inputs.clean / CATALOGUE)
    features = PointInTime(open_store(settings or MerxSettings.load()), shop.catalogue)
    making = _Making(inputs, chosen, plan, shop, features, seed)
    index, sources = train_candidates.load(inputs.candidates)
    ranker = inputs.rankers / best_of(inputs.rankers) / "ranker.onnx"
    making.seal(out / EVALUATED, index, sources, ranker=ranker, known_until=plan.held_out)
    progress("candidate models on all data")
    index = product_index(shop, plan.end.timestamp(), chosen, seed=seed)
    past = Past.before(shop, index, plan.end.timestamp(), profile=chosen)
    sources = fit_sources(past, chosen, texts=inputs.candidates / "texts", seed=seed, progress=progress)
    progress("ranker on all data")
    making.refit_ranker(index, out / "ranker")
    progress("golden requests")
    return making.seal(out / SERVED, index, sources, ranker=out / "ranker" / "ranker.onnx", known_until=plan.end)


@dataclass(frozen=True)
class _Making:
    inputs: Folders
    profile: TrainingProfile
    plan: Plan
    shop: ShopArrays
    features: PointInTime
    seed: int

    def refit_ranker(self, index: ProductIndex, folder: Path) -> None:
        """The chosen ranker on one week more: it stops and is calibrated on the week that was held out."""
        old = ProductIndex.load(self.inputs.candidates / "index")
        weeks = [RankingSet.load(self.inputs.lists / name) for name in ("train", "validation")]
        last = RankingSet.load(self.inputs.lists / "held_out")
        codes = shared_codes(attribute_codes(self.shop.catalogue, index), index)
        fit = RANKERS[best_of(self.inputs.rankers)]
        rows, validation = (moved(each.rows, old, index) for each in (joined(weeks), last))
        fit(rows, validation, Contest(self.profile, codes, self.seed)).save(folder)

    def seal(
        self, folder: Path, index: ProductIndex, sources: CandidateSources, *, ranker: Path, known_until: datetime
    ) -> Manifest:
        """One bundle with its golden requests; it has seen nothing from `known_until` on."""
        from merx_kit.features import feature_service_hash

        contract = feature_service_hash(self.features.store, FEATURE_SERVICE)
        manifest = new_manifest(
            NAME, feature_service=FEATURE_SERVICE, feature_service_hash=contract, columns=RANKING_COLUMNS
        )
        start = datetime.fromtimestamp(float(self.shop.purchases.time[0]), self.plan.end.tzinfo)
        manifest = msgspec.structs.replace(
            manifest,
            ranker_model=best_of(self.inputs.rankers),
            window_start=start,
            window_end=known_until,
            settings={"profile": self.profile.name, "seed": self.seed},
        )
        Bundle.save(folder, BundleParts(manifest, index, sources, ranker, background=self._background()))
        bundle = Bundle.load(folder)
        requests = self._golden_requests(bundle, known_until)
        answered = [Golden(request, golden.answer(bundle, request)) for request in requests]
        sealed = Bundle.add_golden(folder, answered)
        golden.check(Bundle.load(folder))
        return sealed

    def _background(self) -> np.ndarray:
        rows = RankingSet.load(self.inputs.lists / "train").rows.features
        drawn = np.random.default_rng(self.seed).permutation(len(rows))[:BACKGROUND_ROWS]
        return rows[np.sort(drawn)]

    def _golden_requests(self, bundle: Bundle, at: datetime) -> list[dict[str, object]]:
        """A few shoppers, spread over the alphabet, and somebody unknown."""
        ids = list(self.shop.profile_ids)
        drawn = ids[:: max(1, len(ids) // GOLDEN_SHOPPERS)][:GOLDEN_SHOPPERS]
        columns = self.features.products(bundle.index, at)
        maker = ListMaker(bundle.index, bundle.sources, columns, at.timestamp(), self.profile.list_size)
        requests = []
        for profile in self.features.profiles([*drawn, "a:nobody"], at):
            found, matrix = maker.candidates(Asked(profile, np.empty(0, np.int32)), np.random.default_rng(0))
            shown = slice(0, GOLDEN_CANDIDATES)
            ages = np.maximum(at.timestamp() - profile.history_times, 0.0) / 86_400.0
            requests.append(
                golden.request_of(
                    profile.history_ids,
                    matrix[shown],
                    [str(each) for each in bundle.index.products(found.rows[shown])],
                    counts=profile.history_counts.tolist(),
                    ages_days=ages.tolist(),
                    segment=profile.segment,
                )
            )
        return requests
