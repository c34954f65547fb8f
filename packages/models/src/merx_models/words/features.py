"""What the fusion knows of a query and a candidate: each leg's score and rank, and how their texts agree.

One row of `COLUMNS` for each candidate. Ranks come as 1 / (rank + 1): 1 is a leg's first, 0 means that the leg did not
find it. NaN says that there is nothing to compare (no size in the query, no signal for the product).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from merx_models.words.analysis import Analysis
from merx_models.words.documents import Facts
from merx_models.words.sizes import base_unit

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
LEGS = ("bm25", "bm25_rank", "bm25_share", "dense", "dense_rank", "dense_gap")
TEXTS = (
    "model_exact",
    "model_near",
    "model_clash",
    "size_same",
    "size_clash",
    "covered",
    "title_covered",
    "title_answered",
    "first_word",
    "token_set",
    "token_sort",
    "partial",
    "trigrams",
    "length",
)
SIGNALS = ("popularity", "stock", "taste")
COLUMNS = (*LEGS, *TEXTS, *SIGNALS)


@dataclass(frozen=True, slots=True)
class AskedText:
    """A query as features see it; `weights` are the idf of its terms, each once."""

    text: str
    analysis: Analysis
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LegScores:
    """Of the candidates, float32[n] each: BM25 score, cosine, and rank in each leg from 0 (inf: not found by it)."""

    bm25: Floats
    dense: Floats
    bm25_rank: Floats
    dense_rank: Floats


@dataclass(frozen=True, slots=True)
class Signals:
    """Optional float32[n] per candidate, by name of `SIGNALS`; one that is missing is NaN for all."""

    values: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stray = set(self.values) - set(SIGNALS)
        if stray:
            raise ValueError(f"no signal is called {sorted(stray)}; there are {SIGNALS}")


def candidate_features(
    query: AskedText, facts: Sequence[Facts], legs: LegScores, *, idf: Callable[[str], float], signals: Signals
) -> Floats:
    """float32[n, len(COLUMNS)]."""
    found = np.full((len(facts), len(COLUMNS)), np.nan, np.float32)
    if not len(facts):
        return found
    found[:, : len(LEGS)] = _leg_columns(query, legs)
    for row, fact in enumerate(facts):
        found[row, len(LEGS) : len(LEGS) + len(TEXTS)] = _agreement(query, fact, idf)
    _character_columns(query, facts, found)
    for name, values in signals.values.items():
        found[:, COLUMNS.index(name)] = values
    return found


def _leg_columns(query: AskedText, legs: LegScores) -> Floats:
    best = max(float(legs.bm25.max()), 1e-9)
    possible = max(sum(query.weights.values()), 1e-9)
    columns = (
        legs.bm25 / possible,
        1.0 / (legs.bm25_rank + 1.0),
        legs.bm25 / best,
        legs.dense,
        1.0 / (legs.dense_rank + 1.0),
        legs.dense - legs.dense.max(),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _agreement(query: AskedText, facts: Facts, idf: Callable[[str], float]) -> tuple[float, ...]:
    """The columns of TEXTS for one candidate; those of characters are left NaN for `_character_columns`."""
    title = set(facts.title_terms)
    models = _models(query.analysis.models, facts.models)
    sizes = _sizes(query.analysis.sizes, facts.sizes)
    asked = max(sum(query.weights.values()), 1e-9)
    shared = sum(weight for term, weight in query.weights.items() if term in title)
    title_weight = sum(idf(term) for term in title)
    everything = title | set(facts.models) | set(facts.sizes)
    covered = sum(weight for term, weight in query.weights.items() if term in everything)
    first = facts.title_terms[0] if facts.title_terms else ""
    return (
        *models,
        *sizes,
        covered / asked,
        shared / asked,
        shared / max(title_weight, 1e-9),
        float(first in query.weights),
        np.nan,
        np.nan,
        np.nan,
        np.nan,
        float(np.log1p(facts.length)),
    )


def _models(asked: Sequence[str], held: Sequence[str]) -> tuple[float, float, float]:
    """(exact matches, likeness of the best pair, whether both have model numbers and none is like another)."""
    if not asked:
        return np.nan, np.nan, np.nan
    exact = len(set(asked) & set(held))
    near = max((model_likeness(one, other) for one in asked for other in held), default=0.0)
    return float(exact), near, float(bool(held) and near < 0.5)


def model_likeness(one: str, other: str) -> float:
    """Share of the longer model number that both begin with, or of which the other is the end ("dvd2930ci", "2930ci").

    Fewer than four characters in common are chance: 0.
    """
    longer = max(len(one), len(other))
    same = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    common = min(len(one), len(other)) if same is None else same
    if one.endswith(other) or other.endswith(one):
        common = max(common, min(len(one), len(other)))
    return common / longer if common >= 4 else 0.0


def _sizes(asked: Sequence[str], held: Sequence[str]) -> tuple[float, float]:
    """(share of the sizes asked for that it has, share of which it has another of the same kind)."""
    if not asked:
        return np.nan, np.nan
    kinds = {base_unit(size) for size in held}
    same = sum(size in held for size in asked)
    clash = sum(size not in held and base_unit(size) in kinds for size in asked)
    return same / len(asked), clash / len(asked)


def _character_columns(query: AskedText, facts: Sequence[Facts], found: Floats) -> None:
    """Likeness of the characters of query and title, 0 to 1: rapidfuzz, and Dice's coefficient of trigrams."""
    from rapidfuzz import fuzz, process

    titles = [fact.title for fact in facts]
    for name, scorer in (
        ("token_set", fuzz.token_set_ratio),
        ("token_sort", fuzz.token_sort_ratio),
        ("partial", fuzz.partial_ratio),
    ):
        likeness = process.cdist([query.text], titles, scorer=scorer, dtype=np.float32)
        found[:, COLUMNS.index(name)] = likeness[0] / 100.0
    asked = trigrams(query.text)
    held = [trigrams(title) for title in titles]
    dice = [2 * len(asked & some) / max(len(asked) + len(some), 1) for some in held]
    found[:, COLUMNS.index("trigrams")] = dice


def trigrams(text: str) -> set[str]:
    """Character trigrams of a text, its beginning and its end marked."""
    padded = f" {text} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
