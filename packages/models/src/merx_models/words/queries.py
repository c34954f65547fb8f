"""What is asked of a search and what it answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_models.words.analysis import Analysis
from merx_models.words.columns import Filter, Sort
from merx_models.words.spelling import Correction

Floats = NDArray[np.float32]
WORDS, MEANING, BROWSE = "words", "meaning", "browse"
"""What finds a product: BM25, sentence vectors, or a list without a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`signals_off` names signals that must not count; `taste` gives a person's liking for each of some ids (NaN:
    unknown). `always` are filters that are kept even where nothing is found. An empty text browses: everything that
    passes the filters, most popular first. With `correct_spelling` a sure correction is searched instead of the text;
    without, it is only asked about."""

    text: str
    filters: Sequence[Filter] = ()
    always: Sequence[Filter] = ()
    facets: Sequence[str] = ()
    sort: Sort | None = None
    start: int = 0
    size: int = 24
    signals_off: Collection[str] = ()
    taste: Callable[[Sequence[str]], Floats] | None = None
    correct_spelling: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as read: `text` is what is searched and what an encoder is to encode; it is empty when browsing."""

    query: Query
    text: str
    correction: Correction
    analysis: Analysis

    @property
    def corrected(self) -> bool:
        """Whether `text` is the speller's instead of the shopper's."""
        return bool(self.text and self.correction.changed and self.correction.sure and self.query.correct_spelling)

    @property
    def searched(self) -> str | None:
        return self.text if self.corrected else None

    @property
    def did_you_mean(self) -> str | None:
        return self.correction.text if self.correction.changed and not self.corrected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page. `legs` says for each of `ids` what found it; `searched` is the text searched where spelling changed it,
    `did_you_mean` a question. `recovery` names what was changed to find something: "spelling", "filters", "popular".

    `total` and `facets` count every product that can be paged through: those with any of the words, and those that the
    vectors found. Past the ranked candidates they stand in BM25's order with a score of 0.
    """

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    legs: tuple[tuple[str, ...], ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    method: str
    searched: str | None = None
    did_you_mean: str | None = None
    recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why a product stands where it does: the legs that found it, and each feature with its value (None: not known) and
    what it added to the score. `base` and all that was added come to `score`."""

    method: str
    legs: tuple[str, ...]
    score: float
    base: float
    features: tuple[tuple[str, float | None, float], ...]
