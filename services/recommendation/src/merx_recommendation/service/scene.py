"""One request as arrays: who looks, at what, what may be shown, and what the model says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from merx_core.features import SOURCES, PairInputs, ProfileFeatures, ranking_matrix
from merx_models.candidates import Shopper
from merx_models.rerank import Traits
from merx_recommendation.domain import Assortment, Floats, Mask, Query, Rows, Strategy, strategy_of, usable
from merx_recommendation.ports import Catalogue, Model, RankingFailed, Shelf

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A request against one shelf, in rows of its assortment; -1 is a product that the shop does not know."""

    shelf: Shelf
    query: Query
    profile: ProfileFeatures
    now: float
    history: Rows
    recent: Rows
    page: Rows
    allowed: Mask
    degraded: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, shelf: Shelf, query: Query, profile: ProfileFeatures, *, now: float) -> "Scene":
        """Looks every id up once and applies the hard rules; the page's own products are never shown.

        The session is what the request tells of it, else what the feature store knows.
        """
        rows = shelf.assortment.rows
        if not query.recent and profile.recent_ids:
            query = replace(query, recent=profile.recent_ids)
        page = rows(query.page)
        barred = np.concatenate([page, rows(query.exclude)]) if query.exclude else page
        return cls(
            shelf=shelf,
            query=query,
            profile=profile,
            now=now,
            history=rows(profile.history_ids),
            recent=rows(query.recent),
            page=page,
            allowed=shelf.assortment.listed if query.free else shelf.assortment.allowed(query.rules, barred),
        )

    @property
    def assortment(self) -> Assortment:
        return self.shelf.assortment

    @property
    def strategy(self) -> Strategy:
        """How personal the answer can be; without a model it is never personal."""
        if self.shelf.model is None:
            return Strategy.POPULAR
        session = int((self.recent >= 0).sum()) + int((self.page >= 0).sum())
        known = self.profile.segment if np.isfinite(self.profile.as_of) else ""
        return strategy_of(history=int((self.history >= 0).sum()), session=session, segment=known)

    @property
    def anchor(self) -> str | None:
        """The product that the page, or else the session, turns on."""
        now = self.query.page or self.query.recent[-1:]
        return now[0] if now else None

    def shopper(self) -> Shopper:
        """Who looks, as the candidate sources read it: in rows of the model."""
        rows = self.assortment.model_rows
        ages = np.maximum(self.now - self.profile.history_times, 0.0) / SECONDS_A_DAY
        return Shopper(
            history=rows(self.history),
            counts=self.profile.history_counts,
            ages_days=ages.astype(np.float32),
            session=rows(self.recent),
            context=rows(self.page),
            segment=self.profile.segment,
        )

    def features(self, catalogue: Catalogue, rows: Rows, source_scores: Floats) -> Floats:
        """The ranking matrix of `rows`, through the function that training calls."""
        place = self.assortment.catalogue_rows
        pair = PairInputs.of(self.profile, place[self.history], place[self.page], now=self.now)
        return ranking_matrix(
            self.profile, catalogue.columns, place[rows], pair=pair, source_scores=source_scores, now=self.now
        )

    def traits(self, rows: Rows) -> Traits:
        """What re-ranking looks at: the category of each row, and whether it belongs to the long tail."""
        place = self.assortment.catalogue_rows[rows]
        catalogue = self.shelf.catalogue
        leaf = np.full(len(rows), -1, np.int32) if catalogue is None else catalogue.columns.leaf[place]
        return Traits(category=leaf, tail=self.shelf.tail[place])

    def trail(self) -> Rows:
        """What the ranker reads as history: products it knows, the session last."""
        rows = self.assortment.model_rows(np.concatenate([self.history, self.recent]))
        return rows[rows >= 0]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Distinct candidates with what each source said of them. `drawn` maps a row left to chance to its probability."""

    rows: Rows
    source_scores: Floats
    sources: Sequence[str]
    drawn: dict[int, float] = field(default_factory=dict)

    def extended(self, rows: Sequence[int] | Rows, source: str) -> "Draft":
        """With further rows that no source scored; those already there keep their source."""
        there = set(self.rows.tolist())
        listed = rows if isinstance(rows, list) else np.asarray(rows).tolist()
        more = [row for row in dict.fromkeys(listed) if row not in there]
        if not more:
            return self
        silent = np.full((len(more), len(SOURCES)), np.nan, np.float32)
        return Draft(
            rows=np.concatenate([self.rows, np.array(more, np.int32)]),
            source_scores=np.concatenate([self.source_scores, silent]),
            sources=[*self.sources, *[source] * len(more)],
            drawn=self.drawn,
        )


def score(scene: Scene, model: Model, draft: Draft) -> tuple[Floats, Floats]:
    """The ranker's scores of a draft, and the features they rest on. Raises RankingFailed."""
    catalogue = scene.shelf.catalogue
    if catalogue is None or not len(draft.rows):
        return np.empty(0, np.float32), np.empty((0, 0), np.float32)
    features = scene.features(catalogue, draft.rows, draft.source_scores)
    candidates = scene.assortment.model_rows(draft.rows)
    scores = model.rank(features, history=scene.trail(), candidates=candidates)
    if not usable(scores, len(draft.rows)):
        raise RankingFailed(f"{model.version}: scores that are not one finite number per candidate")
    return scores, features


def popularity(scene: Scene, rows: Rows) -> Floats:
    """Sales of `rows` relative to the best seller, in [0, 1]: the score where no ranker can give one."""
    catalogue = scene.shelf.catalogue
    if catalogue is None or not len(catalogue.popularity):
        return np.zeros(len(rows), np.float32)
    sold = np.append(np.nan_to_num(catalogue.popularity), np.float32(0.0))  # the last: products newer than the snapshot
    top = float(sold.max(initial=0.0))
    return (sold[scene.assortment.catalogue_rows[rows]] / top if top > 0 else np.zeros(len(rows))).astype(np.float32)
