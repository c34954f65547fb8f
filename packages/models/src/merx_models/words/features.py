"""What the fusion knows of a query and a candidate: each leg's score and rank, and how their texts agree.

One row of `COLUMNS` for each candidate. Ranks come as 1 / (rank + 1): 1 is a leg's first, 0 means that the leg did not
find it. NaN says that there is nothing to compare (no size in the query, no signal for the product).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from merx_models.words.analysis import Analysis
from merx_models.words.documents import Facts
from merx_models.words.sizes import base_unit
from merx_models.words.texts import Texts

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]
LEGS = ("bm25", "bm25_rank", "bm25_share", "dense", "dense_rank", "dense_gap")
TEXT_COLUMNS = (
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
COLUMNS = (*LEGS, *TEXT_COLUMNS, *SIGNALS)


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


def candidate_features(query: AskedText, texts: Texts, rows: Rows, *, legs: LegScores, signals: Signals) -> Floats:
    """float32[len(rows), len(COLUMNS)]."""
    found = np.full((len(rows), len(COLUMNS)), np.nan, np.float32)
    if not len(rows):
        return found
    facts = [texts.facts[row] for row in rows.tolist()]
    found[:, : len(LEGS)] = _leg_columns(query, legs)
    columns = _agreement(query, facts) | _terms(query, texts, rows) | _characters(query, facts)
    columns |= {"trigrams": texts.dice(query.text, rows), **signals.values}
    for name, values in columns.items():
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


def _agreement(query: AskedText, facts: Sequence[Facts]) -> dict[str, Sequence[float] | Floats]:
    """How model numbers and sizes agree, where the query has some; what comes first, and how much there is."""
    columns: dict[str, Sequence[float] | Floats] = {
        "first_word": [float(fact.title_terms[:1] != () and fact.title_terms[0] in query.weights) for fact in facts],
        "length": np.log1p(np.array([fact.length for fact in facts], np.float32)),
    }
    if query.analysis.models:
        models = [_models(query.analysis.models, fact.models) for fact in facts]
        columns |= zip(("model_exact", "model_near", "model_clash"), zip(*models, strict=True), strict=True)
    if query.analysis.sizes:
        sizes = [_sizes(query.analysis.sizes, fact.sizes) for fact in facts]
        columns |= zip(("size_same", "size_clash"), zip(*sizes, strict=True), strict=True)
    return columns


def _terms(query: AskedText, texts: Texts, rows: Rows) -> dict[str, Doubles]:
    """How much of the query is in the candidate or its title, and how much of the title is in the query, by idf."""
    asked = max(sum(query.weights.values()), 1e-9)
    title, everything, whole = texts.shared(query.weights, rows)
    return {
        "covered": everything / asked,
        "title_covered": title / asked,
        "title_answered": title / np.maximum(whole, 1e-9),
    }


def _models(asked: Sequence[str], held: Sequence[str]) -> tuple[float, float, float]:
    """(exact matches, likeness of the best pair, whether both have model numbers and none is like another)."""
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
    kinds = {base_unit(size) for size in held}
    same = sum(size in held for size in asked)
    clash = sum(size not in held and base_unit(size) in kinds for size in asked)
    return same / len(asked), clash / len(asked)


def _characters(query: AskedText, facts: Sequence[Facts]) -> dict[str, Floats]:
    """Likeness of the characters of query and title by rapidfuzz, 0 to 1."""
    from rapidfuzz import fuzz, process

    titles = [fact.title for fact in facts]
    scorers = {"token_set": fuzz.token_set_ratio, "token_sort": fuzz.token_sort_ratio, "partial": fuzz.partial_ratio}
    return {
        name: process.cdist([query.text], titles, scorer=scorer, dtype=np.float32)[0] / np.float32(100)
        for name, scorer in scorers.items()
    }
