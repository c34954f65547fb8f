"""Stage one: the candidates of a list, from the model's sources or from the best sellers."""

from dataclasses import replace

import numpy as np

from merx_core.features import SOURCES
from merx_models.candidates import quotas_of
from merx_recommendation.domain import Rows, explore_slots, pinned_rows
from merx_recommendation.ports import Model
from merx_recommendation.service.scene import Draft, Scene

CANDIDATES = 200
"""Products ranked for one list."""

_NO_ROWS: Rows = np.empty(0, np.int32)
_EXPLORE = SOURCES.index("explore")


def nothing() -> Draft:
    """A draft without candidates."""
    return Draft(_NO_ROWS, np.empty((0, len(SOURCES)), np.float32), ())


def draft(scene: Scene, model: Model | None, rng: np.random.Generator) -> Draft:
    """Candidates that may be shown: those asked for, or the sources' own with pins, new products and best sellers."""
    query, assortment = scene.query, scene.assortment
    if query.only:
        return _asked(scene, model)
    found = nothing() if model is None else _proposed(scene, model, rng)
    found = found.extended(pinned_rows(assortment.rows(query.pin), scene.allowed), "pinned")
    missing = query.size + len(query.bury) - len(found.rows)
    if missing > 0:
        found = found.extended(assortment.best_sold(scene.allowed, missing, without=found.rows), "popular")
    return found


def _asked(scene: Scene, model: Model | None) -> Draft:
    """Only the products that the caller named, with what each source says of them."""
    rows = scene.assortment.rows(scene.query.only)
    rows = rows[rows >= 0]
    found = nothing().extended(rows[scene.allowed[rows]], "asked")
    if model is None or not len(found.rows):
        return found
    return replace(found, source_scores=model.source_scores(scene.shopper(), scene.assortment.model_rows(found.rows)))


def _proposed(scene: Scene, model: Model, rng: np.random.Generator) -> Draft:
    query, assortment = scene.query, scene.assortment
    slots = explore_slots(query.size) if query.explore else 0
    quotas = {**quotas_of(query.placement, size=CANDIDATES), "explore": slots}
    allowed = scene.allowed[: assortment.model_size]
    candidates = model.propose(scene.shopper(), quotas, rng=rng, allowed=allowed)
    chance = candidates.source == _EXPLORE
    drawn = dict(zip(candidates.rows[chance].tolist(), candidates.propensity[chance].tolist(), strict=True))
    names = [SOURCES[code] for code in candidates.source.tolist()]
    found = Draft(candidates.rows, candidates.source_scores, names, drawn)
    return _with_newcomer(scene, found, rng) if slots else found


def _with_newcomer(scene: Scene, found: Draft, rng: np.random.Generator) -> Draft:
    """One product that came after the model was trained takes the first place left to chance, drawn evenly."""
    first = scene.assortment.model_size
    new = np.flatnonzero(scene.allowed[first:]) + first
    if not len(new):
        return found
    chosen = int(rng.choice(new))
    drawn = {chosen: 1.0 / len(new), **found.drawn}
    return replace(found.extended([chosen], "explore"), drawn=drawn)
