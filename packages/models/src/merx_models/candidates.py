"""From a shopper to the few hundred products worth ranking: every source asked, merged by quota, scored side by side.

Training and serving call the same `CandidateSources.candidates`, so the ranker sees in service what it saw in training.
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from merx_core.features import names

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]
Ranked = tuple[Rows, Floats]
"""Product rows and their scores, best first."""

SOURCES = names.SOURCES
"""Column order of `Candidates.source_scores`."""

QUOTAS: Mapping[str, Mapping[str, int]] = {
    "home": {"repeat": 60, "neighbours": 40, "sequence": 40, "graph": 20, "content": 10, "popular": 20, "explore": 10},
    "product": {
        "repeat": 10,
        "neighbours": 80,
        "sequence": 20,
        "graph": 30,
        "content": 40,
        "popular": 10,
        "explore": 10,
    },
    "cart": {"repeat": 30, "neighbours": 80, "sequence": 30, "graph": 30, "content": 10, "popular": 10, "explore": 10},
    "email": {"repeat": 70, "neighbours": 40, "sequence": 40, "graph": 20, "content": 10, "popular": 20, "explore": 0},
}
"""Candidates asked of each source, by placement."""

REPEAT_HALF_LIFE_DAYS = 45.0
CONTENT_SEEDS = 5
WHOLE_LIST = 1_000_000
_EMPTY: Rows = np.empty(0, np.int32)
_NO_SCORES: Floats = np.empty(0, np.float32)


class HistoryModel(Protocol):
    """A model that answers a history (rows, oldest first, with ages in days) with its `k` best rows."""

    def top(self, history: Rows, ages_days: Floats, k: int) -> Ranked: ...

    def save(self, folder: Path) -> None: ...


class SegmentModel(Protocol):
    """A model that knows the best rows of a segment ("" and unknown segments: of everybody)."""

    def top(self, segment: str, k: int) -> Ranked: ...

    def save(self, folder: Path) -> None: ...


class ExploringModel(Protocol):
    """A model that draws rows at random, and says with which probability it drew each."""

    def draw(self, k: int, rng: np.random.Generator) -> Ranked: ...

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class Shopper:
    """What is known about who asks, in rows of the product index (rows below 0 are unknown products and are dropped).

    `history` holds distinct products, oldest last bought first, with `counts` and `ages_days` beside it; `session` what
    was touched in this session, oldest first; `context` what the page is about.
    """

    history: Rows = field(default_factory=lambda: _EMPTY)
    counts: NDArray[np.int32] = field(default_factory=lambda: _EMPTY)
    ages_days: Floats = field(default_factory=lambda: _NO_SCORES)
    session: Rows = field(default_factory=lambda: _EMPTY)
    context: Rows = field(default_factory=lambda: _EMPTY)
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Distinct products; `source` indexes SOURCES (who brought it), `source_scores` is NaN where a source said nothing.

    `propensity` is the probability with which an explored product was drawn; NaN for all others.
    """

    rows: Rows
    source_scores: Floats
    source: NDArray[np.int8]
    propensity: Floats


def repeat_scores(counts: NDArray[np.int32], ages_days: Floats) -> Floats:
    """How much a product is bought again: purchases so far, halved with every 45 days since the last one."""
    ages = np.maximum(np.nan_to_num(ages_days, nan=365.0), 0.0)
    decayed = np.maximum(counts, 1) * np.exp2(-ages / REPEAT_HALF_LIFE_DAYS)
    return np.asarray(decayed, dtype=np.float32)


def best(scores: Floats, k: int) -> Rows:
    """Positions of the `k` highest finite scores, best first; ties fall to the lower position."""
    k = min(k, len(scores))
    if k <= 0:
        return _EMPTY
    chosen = np.argpartition(-scores, k - 1)[:k] if k < len(scores) else np.arange(len(scores))
    chosen = chosen[np.isfinite(scores[chosen])]
    return chosen[np.lexsort((chosen, -scores[chosen]))].astype(np.int32)


class CandidateSources:
    """Every source of candidates behind one call. A source that is absent contributes nothing."""

    def __init__(
        self,
        histories: Mapping[str, HistoryModel],
        *,
        popular: SegmentModel | None = None,
        explore: ExploringModel | None = None,
        depth: int = 400,
    ) -> None:
        """`histories` maps "neighbours", "sequence", "graph", "content" to their models; `depth` rows are asked of each
        so that a product brought by one source carries the score of the others too. It is the same whatever a request
        asks for: a score that came and went with filters would be another feature in service than in training.
        """
        unknown = set(histories) - {"neighbours", "sequence", "graph", "content"}
        if unknown:
            raise ValueError(f"not a source that reads histories: {sorted(unknown)}")
        self.histories = dict(histories)
        self.popular = popular
        self.explore = explore
        self.depth = depth

    def candidates(
        self,
        shopper: Shopper,
        quotas: Mapping[str, int],
        *,
        rng: np.random.Generator,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Candidates:
        """Up to the sum of `quotas` distinct rows; places that the other sources leave empty are filled by popularity.

        `allowed` (by row) drops products before quotas are counted, so that a filter does not empty the list.
        """
        answers = self._ask(shopper, quotas, rng=rng, allowed=allowed)
        return _merge(answers, quotas)

    def score_rows(self, shopper: Shopper, rows: Rows) -> Floats:
        """Source scores [n, S] of given rows, for ranking a list that somebody else chose."""
        answers = self._ask(shopper, {}, rng=np.random.default_rng(0))
        return _side_by_side(answers, rows)

    def _ask(
        self,
        shopper: Shopper,
        quotas: Mapping[str, int],
        *,
        rng: np.random.Generator,
        allowed: NDArray[np.bool_] | None = None,
    ) -> dict[str, Ranked]:
        trail, ages = _trail(shopper)
        answers: dict[str, Ranked] = {"repeat": _repeat(shopper)}
        for name, model in self.histories.items():
            rows, seen = _seeds(shopper, trail, ages) if name == "content" else (trail, ages)
            if len(rows):
                answers[name] = model.top(rows, seen, max(self.depth, quotas.get(name, 0)))
        if self.popular is not None:
            answers["popular"] = self.popular.top(shopper.segment, WHOLE_LIST)
        if self.explore is not None and quotas.get("explore", 0) > 0:
            answers["explore"] = self.explore.draw(quotas["explore"], rng)
        return {name: _clean(ranked, shopper.context, allowed) for name, ranked in answers.items()}

    def save(self, folder: Path) -> None:
        """One folder per source, and sources.json that says which class reads it back."""
        folder.mkdir(parents=True, exist_ok=True)
        models: dict[str, Any] = {**self.histories, "popular": self.popular, "explore": self.explore}
        present = {name: model for name, model in models.items() if model is not None}
        for name, model in present.items():
            model.save(folder / name)
        classes = {name: f"{type(model).__module__}:{type(model).__qualname__}" for name, model in present.items()}
        described = {"sources": classes, "depth": self.depth}
        (folder / "sources.json").write_text(json.dumps(described, indent=1, sort_keys=True))

    @classmethod
    def load(cls, folder: Path) -> "CandidateSources":
        """What `save` wrote; only classes of merx_models are read back (ValueError otherwise)."""
        described = json.loads((folder / "sources.json").read_text())
        models = {name: _load_model(path, folder / name) for name, path in described["sources"].items()}
        popular, explore = models.pop("popular", None), models.pop("explore", None)
        return cls(models, popular=popular, explore=explore, depth=described["depth"])


def _load_model(path: str, folder: Path) -> Any:
    module, _, name = path.partition(":")
    if not module.startswith("merx_models.") or not name.isidentifier():
        raise ValueError(f"{path!r} is not a class of merx_models")
    return getattr(importlib.import_module(module), name).load(folder)


def _repeat(shopper: Shopper) -> Ranked:
    scores = repeat_scores(shopper.counts, shopper.ages_days)
    order = best(scores, len(scores))
    return shopper.history[order].astype(np.int32), scores[order]


def _trail(shopper: Shopper) -> tuple[Rows, Floats]:
    """History, session and page as one history; what happens now has age 0."""
    now = np.concatenate([shopper.session, shopper.context]).astype(np.int32)
    rows = np.concatenate([shopper.history, now]).astype(np.int32)
    ages = np.concatenate([shopper.ages_days, np.zeros(len(now))]).astype(np.float32)
    known = rows >= 0
    return rows[known], ages[known]


def _seeds(shopper: Shopper, trail: Rows, ages: Floats) -> tuple[Rows, Floats]:
    """What content similarity starts from: the page where there is one, else the last few products."""
    context = shopper.context[shopper.context >= 0]
    if len(context):
        return context.astype(np.int32), np.zeros(len(context), np.float32)
    return trail[-CONTENT_SEEDS:], ages[-CONTENT_SEEDS:]


def _clean(ranked: Ranked, context: Rows, allowed: NDArray[np.bool_] | None) -> Ranked:
    rows, scores = ranked
    keep = rows >= 0
    if len(context):
        keep &= ~np.isin(rows, context)
    if allowed is not None:
        keep &= allowed[rows]
    return (rows, scores) if keep.all() else (rows[keep], scores[keep])


def _merge(answers: Mapping[str, Ranked], quotas: Mapping[str, int]) -> Candidates:
    parts: list[Rows] = []
    owners: list[NDArray[np.int8]] = []
    for position, name in enumerate(SOURCES):
        chosen = answers.get(name, (_EMPTY, _NO_SCORES))[0][: quotas.get(name, 0)]
        parts.append(chosen)
        owners.append(np.full(len(chosen), position, np.int8))
    filler = answers.get("popular", (_EMPTY, _NO_SCORES))[0]
    parts.append(filler)
    owners.append(np.full(len(filler), SOURCES.index("popular"), np.int8))
    rows, owner = _distinct(np.concatenate(parts), np.concatenate(owners), sum(quotas.values()))
    scores = _side_by_side(answers, rows)
    explore = SOURCES.index("explore")
    propensity = np.where(owner == explore, scores[:, explore], np.nan).astype(np.float32)
    scores[:, explore] = np.nan  # a random draw tells a ranker nothing about the shopper
    return Candidates(rows=rows, source_scores=scores, source=owner, propensity=propensity)


def _distinct(rows: Rows, owners: NDArray[np.int8], size: int) -> tuple[Rows, NDArray[np.int8]]:
    """The first `size` distinct rows in the order given, each with its first owner."""
    _, first = np.unique(rows, return_index=True)
    kept = np.sort(first)[:size]
    return rows[kept].astype(np.int32), owners[kept]


def _side_by_side(answers: Mapping[str, Ranked], rows: Rows) -> Floats:
    """One column per source: its score of each row, NaN where it did not name the row."""
    scores = np.full((len(rows), len(SOURCES)), np.nan, np.float32)
    if not len(rows):
        return scores
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    for name, (named, values) in answers.items():
        place = np.minimum(np.searchsorted(ordered, named), len(ordered) - 1)
        hit = ordered[place] == named
        scores[order[place[hit]], SOURCES.index(name)] = values[hit]
    return scores


def quotas_of(placement: str, *, size: int = 200) -> dict[str, int]:
    """Quotas of a placement (home where unknown), scaled so that they add up to about `size`."""
    table = QUOTAS.get(placement, QUOTAS["home"])
    share = size / sum(table.values())
    return {name: max(1, round(count * share)) if count else 0 for name, count in table.items()}


def known(rows: Sequence[int]) -> Rows:
    """Rows of the index without the unknown ones (-1)."""
    array = np.asarray(rows, dtype=np.int32)
    return array[array >= 0]
