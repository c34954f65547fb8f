"""The use cases, each in the order it happens: look, propose, rank, arrange, say why, take note."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from merx_core.features import SOURCES, ProfileFeatures
from merx_kit.features.errors import FeaturesUnavailable
from merx_models.candidates import Shopper
from merx_models.rerank import RerankSettings, rerank
from merx_recommendation import domain
from merx_recommendation.domain import Explained, Floats, Pick, Picks, Query, Ranked, Rows, Rules
from merx_recommendation.errors import ModelNotReady, UnknownProduct
from merx_recommendation.metrics import ANSWERS, STAGE
from merx_recommendation.ports import Profiles, RankingFailed, Shelves
from merx_recommendation.service.drafting import draft
from merx_recommendation.service.journal import Journal
from merx_recommendation.service.scene import Draft, Scene, popularity, score

STRANGER = ProfileFeatures("")
SIMILAR_QUOTAS = {"neighbours": 60, "content": 40, "graph": 20}
_FEATURES, _CANDIDATES, _RANKING, _ARRANGING = (
    STAGE.labels(stage) for stage in ("features", "candidates", "ranking", "arranging")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`feature_timeout_s` is the longest wait for a shopper's features."""

    feature_timeout_s: float = 0.04
    rerank: RerankSettings = field(default_factory=RerankSettings)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A shopper, and what could not be learned of them."""

    profile: ProfileFeatures
    lacking: tuple[str, ...] = ()

    @classmethod
    def nobody(cls) -> Self:
        return cls(STRANGER)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A list, and the feature vector of its first product where a ranker scored it."""

    picks: Picks
    features: Floats | None


class Recommender:
    """Answers from whatever shelf is current when a request arrives, and from that one to its end."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        shelves: Shelves,
        journal: Journal,
        options: Options | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._profiles = profiles
        self._shelves = shelves
        self._journal = journal
        self._options = options or Options()
        self._clock = clock

    async def recommend(self, query: Query, *, budget_s: float = 1.0) -> Picks:
        """The list for one shopper on one page; it always answers, and says what it had to do without."""
        known = await self.look_up(query.profile_id, budget_s=budget_s)
        made = self.make(query, known)
        self.note(query, made)
        return made.picks

    async def look_up(self, profile_id: str | None, *, budget_s: float) -> Known:
        """The shopper as the feature store has them now; nobody, where it does not answer in time."""
        if profile_id is None:
            return Known.nobody()
        started = time.perf_counter()
        try:
            budget = min(budget_s, self._options.feature_timeout_s)
            return Known(await self._profiles.read(profile_id, budget_s=budget))
        except FeaturesUnavailable:
            return Known(STRANGER, ("features_unavailable",))
        finally:
            _FEATURES.observe(time.perf_counter() - started)

    def make(self, query: Query, known: Known) -> Made:
        """The list for a shopper who was looked up, from the newest shelf; nobody is told of it yet."""
        scene = self._scene(query, known)
        rng = np.random.default_rng(int.from_bytes((query.seed or query.request_id).encode()[-8:]))
        started = time.perf_counter()
        found = draft(scene, scene.shelf.model, rng)
        drafted = time.perf_counter()
        scores, features = self._score(scene, found)
        ranked = time.perf_counter()
        order = self._arrange(scene, found, scores)
        picks = self._pick(scene, found, scores, order)
        _CANDIDATES.observe(drafted - started)
        _RANKING.observe(ranked - drafted)
        _ARRANGING.observe(time.perf_counter() - ranked)
        return Made(picks, features[order[0]] if order and len(features) else None)

    def note(self, query: Query, made: Made) -> None:
        """Takes note that the list was shown."""
        self._journal.note(query, made.picks, now=self._clock(), features=made.features)
        ANSWERS.labels(query.placement, made.picks.strategy).inc()

    async def rank(self, query: Query, *, budget_s: float = 1.0) -> Ranked:
        """How much the shopper of `query` is drawn to each of its `only` products, whatever the rules of a list are."""
        scene = await self._look(query, budget_s)
        found = draft(scene, scene.shelf.model, np.random.default_rng(0))
        scores, _ = self._score(scene, found)
        by_row = dict(zip(found.rows.tolist(), scores.tolist(), strict=True))
        wanted = scene.assortment.rows(query.only).tolist()
        return Ranked(
            model_version=scene.shelf.version,
            scores=[by_row.get(row, 0.0) for row in wanted],
            degraded=self._degraded(scene),
        )

    def similar(self, product_id: str, *, size: int, rules: Rules, request_id: str) -> Picks:
        """Products like one product: bought by the same shoppers, described alike. Raises UnknownProduct."""
        query = Query(request_id=request_id, placement="product", size=size, page=(product_id,), rules=rules)
        shelf = self._shelves.current()
        scene = Scene.of(shelf, query, STRANGER, now=shelf.shop_time(self._clock()))
        if scene.page[0] < 0 or not scene.assortment.listed[scene.page[0]]:
            raise UnknownProduct(f"There is no product {product_id!r} in the catalogue.")
        found, scores = self._alike(scene)
        order = np.argsort(-scores, kind="stable")[:size].tolist()
        return self._pick(scene, found, scores, order)

    async def explain(self, query: Query, product_ids: Sequence[str], *, budget_s: float = 1.0) -> Explained:
        """Why each product scores as it does for this shopper on this page. Raises ModelNotReady."""
        asked = replace(query, only=tuple(product_ids), free=True)
        scene = await self._look(asked, budget_s)
        model, catalogue = scene.shelf.model, scene.shelf.catalogue
        if model is None or catalogue is None:
            raise ModelNotReady("There are no scores to explain before the first model is in service.")
        found = draft(scene, model, np.random.default_rng(0))
        features = scene.features(catalogue, found.rows, found.source_scores)
        candidates = scene.assortment.model_rows(found.rows)
        # Hundreds of rows are scored for each product: too long for the event loop.
        method, parts = await asyncio.to_thread(model.explain, features, history=scene.trail(), candidates=candidates)
        known = tuple(scene.assortment.ids[row] for row in found.rows)
        return Explained(
            model_version=model.version,
            method=method,
            products=known,
            features=features,
            parts=parts,
            unknown=tuple(product for product in dict.fromkeys(product_ids) if product not in known),
            degraded=self._degraded(scene),
        )

    def infer(self, features: Floats, *, history: Rows, candidates: Rows) -> Floats:
        """The bare ranker's scores. Raises ModelNotReady, RankingFailed."""
        model = self._shelves.current().model
        if model is None:
            raise ModelNotReady("No model is in service yet.")
        return model.rank(features, history=history, candidates=candidates)

    @property
    def version(self) -> str:
        """What the next answer will be made with."""
        return self._shelves.current().version

    @property
    def ready(self) -> bool:
        """Whether a model is in service; without one, answers are best sellers."""
        return self._shelves.current().model is not None

    async def _look(self, query: Query, budget_s: float) -> Scene:
        return self._scene(query, await self.look_up(query.profile_id, budget_s=budget_s))

    def _scene(self, query: Query, known: Known) -> Scene:
        # The shelf is taken after the only wait, so that an answer is made from the newest pair and from one alone.
        shelf = self._shelves.current()
        scene = Scene.of(shelf, query, known.profile, now=shelf.shop_time(self._clock()))
        scene.degraded.extend(known.lacking)
        return scene

    def _score(self, scene: Scene, found: Draft) -> tuple[Floats, Floats]:
        """The ranker's scores, or a named fallback's."""
        if (model := scene.shelf.model) is not None:
            try:
                return score(scene, model, found)
            except RankingFailed:
                scene.degraded.append("ranking_failed")
        return popularity(scene, found.rows), np.empty((0, 0), np.float32)

    def _arrange(self, scene: Scene, found: Draft, scores: Floats) -> list[int]:
        """Positions in the draft of the products shown, in order."""
        query, model = scene.query, scene.shelf.model
        at = {row: position for position, row in enumerate(found.rows.tolist())}
        rows = scene.assortment.rows
        pinned = [at[row] for row in domain.pinned_rows(rows(query.pin), scene.allowed) if row in at]
        buried = [at[row] for row in rows(query.bury).tolist() if row in at]
        drawn = [at[row] for row in found.drawn]
        free = np.ones(len(scores), np.bool_)
        free[[*pinned, *buried, *drawn]] = False
        open_to_all = np.flatnonzero(free)
        if model is None or query.only:
            best = open_to_all[np.argsort(-scores[open_to_all], kind="stable")]
        else:
            traits = scene.traits(found.rows[open_to_all])
            best = open_to_all[rerank(scores[open_to_all], traits, query.size, settings=self._options.rerank)]
        low = sorted(buried, key=lambda position: -float(scores[position]))
        return domain.place([*best.tolist(), *low], pinned=pinned, buried=buried, drawn=drawn)[: query.size]

    def _pick(self, scene: Scene, found: Draft, scores: Floats, order: Sequence[int]) -> Picks:
        strategy, anchor, ids = scene.strategy, scene.anchor, scene.assortment.ids
        items = []
        for position in order:
            row, source = int(found.rows[position]), found.sources[position]
            reason = domain.reason_of(source, product_id=ids[row], strategy=strategy, anchor=anchor)
            chance = found.drawn.get(row, 1.0)
            items.append(Pick(ids[row], float(scores[position]), source, (reason,), chance))
        return Picks(scene.shelf.version, strategy, tuple(items), self._degraded(scene))

    def _alike(self, scene: Scene) -> tuple[Draft, Floats]:
        """Candidates by likeness; the best sellers where the model knows nothing of the product."""
        model, assortment = scene.shelf.model, scene.assortment
        found = None
        if model is not None:
            shopper = Shopper(context=assortment.model_rows(scene.page))
            allowed = scene.allowed[: assortment.model_size]
            rng = np.random.default_rng(0)
            candidates = model.propose(shopper, SIMILAR_QUOTAS, rng=rng, allowed=allowed)
            names = [SOURCES[code] for code in candidates.source.tolist()]
            found = Draft(candidates.rows, candidates.source_scores, names)
        if found is None or not len(found.rows):
            rows = assortment.best_sold(scene.allowed, scene.query.size, without=scene.page)
            found = Draft(rows, np.full((len(rows), len(SOURCES)), np.nan, np.float32), ["popular"] * len(rows))
            return found, popularity(scene, rows)
        return found, likeness(found.source_scores)

    def _degraded(self, scene: Scene) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._shelves.degraded, *scene.degraded, *scene.shelf.lacking)))


def likeness(source_scores: Floats) -> Floats:
    """How like the page's product each row is, in [0, 1]: the mean over three sources of the score over its best."""
    columns = source_scores[:, [SOURCES.index(name) for name in SIMILAR_QUOTAS]]
    columns = np.maximum(np.nan_to_num(columns), 0.0)
    tops = columns.max(axis=0, initial=0.0)
    relative = np.divide(columns, tops, out=np.zeros_like(columns), where=tops > 0)
    mean: Floats = relative.mean(axis=1)
    return mean
