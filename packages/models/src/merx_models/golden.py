"""Golden requests: what a finished bundle answered, asked again wherever it is loaded.

A request holds the shopper's history in product ids, and a feature matrix as training made it, so that the answer
depends on the bundle alone and not on the features of the day.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_models.bundle import Bundle, Golden
from merx_models.candidates import Shopper, quotas_of

Floats = NDArray[np.float32]

TOLERANCE = 1e-4
"""Two builds of one runtime may round differently in the last bits of a float32; a wrong model is wrong by far more."""
MIN_OVERLAP = 0.9
"""Share of the candidates that must be the same: where two scores tie, platforms may order them differently."""


class GoldenMismatch(ValueError):
    """A bundle does not answer as it did when it was made."""


def request_of(history: Sequence[str], features: Floats, candidates: Sequence[str], **shopper: Any) -> dict[str, Any]:
    """A golden request. `shopper` may hold counts, ages_days, context (ids), segment and placement; NaN is null."""
    table = [[None if np.isnan(value) else float(value) for value in row] for row in features]
    return {"history": list(history), "candidates": list(candidates), "features": table, **shopper}


def answer(bundle: Bundle, request: dict[str, Any]) -> dict[str, Any]:
    """The bundle's answer: ids of the candidates it would draw up, and the ranker's scores of those in the request."""
    history = bundle.index.rows(request["history"])
    counts = np.asarray(request.get("counts", [1] * len(history)), np.int32)
    ages = np.asarray(request.get("ages_days", [0.0] * len(history)), np.float32)
    context = bundle.index.rows(request.get("context", []))
    shopper = Shopper(
        history=history, counts=counts, ages_days=ages, context=context, segment=request.get("segment", "")
    )
    quotas = {**quotas_of(request.get("placement", "home")), "explore": 0}
    drawn = bundle.sources.candidates(shopper, quotas, rng=np.random.default_rng(0))
    rows = bundle.index.rows(request["candidates"]).astype(np.int64)
    features = np.array(request["features"], dtype=np.float32).reshape(len(rows), -1)
    known = history[history >= 0].astype(np.int64)
    scores = bundle.ranker.score(features, known, rows)
    return {"candidates": list(bundle.index.products(drawn.rows)), "scores": [float(score) for score in scores]}


def check(bundle: Bundle) -> None:
    """Asks every golden request again. Raises GoldenMismatch on another shape, a score that is no finite number, or an
    answer outside the tolerance.
    """
    for position, golden in enumerate(bundle.golden):
        now = answer(bundle, golden.request)
        _check_scores(position, golden, now["scores"])
        expected, drawn = set(golden.answer["candidates"]), set(now["candidates"])
        if expected and len(expected & drawn) < MIN_OVERLAP * len(expected):
            raise GoldenMismatch(
                f"golden request {position}: {len(expected & drawn)} of {len(expected)} candidates are the same"
            )


def _check_scores(position: int, golden: Golden, scores: list[float]) -> None:
    expected = np.asarray(golden.answer["scores"])
    found = np.asarray(scores)
    if found.shape != expected.shape:
        raise GoldenMismatch(f"golden request {position}: {found.shape} scores, {expected.shape} expected")
    if not np.isfinite(found).all():
        raise GoldenMismatch(f"golden request {position}: a score is not a finite number")
    worst = float(np.abs(found - expected).max(initial=0.0))
    if worst > TOLERANCE:
        raise GoldenMismatch(f"golden request {position}: a score is off by {worst:.2g}, allowed is {TOLERANCE:g}")
