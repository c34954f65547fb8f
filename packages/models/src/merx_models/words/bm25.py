"""BM25 (Robertson & Zaragoza 2009, as Lucene computes it) by bm25s, with changes that take effect at once.

The built segment has its vocabulary, its document frequencies and its mean length fixed. What changes afterwards goes
to a second, small segment that is scored with those statistics, so that scores of both compare; a word that the build
never saw weighs as one that a single document has.
"""

import json
import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
ARRAYS = ("data", "indices", "indptr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25Settings:
    """`k1` says how soon repetition stops counting, `b` how much longer documents are held back (0 to 1)."""

    k1: float = 1.2
    b: float = 0.75


@dataclass(slots=True)
class _Built:
    """Columns of a sparse matrix [documents, vocabulary] of finished scores; `mean_length` in terms."""

    vocabulary: dict[str, int]
    data: Floats
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    documents: int
    mean_length: float


@dataclass(frozen=True, slots=True)
class _Recent:
    """A term's rows outside the built segment, and its score in each."""

    rows: "array[int]" = field(default_factory=lambda: array("q"))
    scores: "array[float]" = field(default_factory=lambda: array("f"))


class Bm25Index:
    """Rows 0, 1, ... in the order in which documents came; scores of terms with weights."""

    def __init__(self, built: _Built, settings: Bm25Settings) -> None:
        self.settings = settings
        self._built = built
        self._alive = np.ones(built.documents, bool)
        self._recent: dict[str, _Recent] = {}
        self._recent_terms: dict[int, Counter[str]] = {}

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], *, settings: Bm25Settings | None = None) -> "Bm25Index":
        """Index the terms of each document; documents may be empty, and there may be none."""
        chosen = settings or Bm25Settings()
        if not any(documents):
            nothing = np.empty(0, np.float32), np.empty(0, np.int32), np.zeros(1, np.int64)
            return cls(_Built({}, *nothing, documents=len(documents), mean_length=1.0), chosen)
        import bm25s

        engine = bm25s.BM25(k1=chosen.k1, b=chosen.b, method="lucene")
        # Numbered here, in the order in which they come: bm25s would number them in the order of a set, which differs
        # from process to process.
        vocabulary: dict[str, int] = {}
        numbers = [[vocabulary.setdefault(term, len(vocabulary)) for term in terms] for terms in documents]
        engine.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
        parts = (engine.scores["data"], engine.scores["indices"], engine.scores["indptr"])
        mean = sum(map(len, documents)) / len(documents)
        return cls(_Built(vocabulary, *parts, documents=len(documents), mean_length=mean), chosen)

    def __len__(self) -> int:
        """Rows ever given, the dead included."""
        return len(self._alive)

    @property
    def alive(self) -> Mask:
        return self._alive

    @property
    def changed_share(self) -> float:
        """Rows outside the built segment, and dead ones inside it, as a share of it: when to build anew."""
        dead = int((~self._alive[: self._built.documents]).sum())
        return (len(self._alive) - self._built.documents + dead) / max(self._built.documents, 1)

    def extend(self, documents: Sequence[Sequence[str]]) -> None:
        """Documents more, found by the next search, in the next rows."""
        first = len(self._alive)
        self._alive = np.append(self._alive, np.ones(len(documents), bool))
        for row, terms in enumerate(documents, first):
            self._remember(row, Counter(terms))

    def remove(self, rows: Sequence[int]) -> None:
        """Rows that no search finds from now on."""
        self._alive[list(rows)] = False
        for row in rows:
            self._recent_terms.pop(row, None)

    def scores(self, terms: Mapping[str, float]) -> Floats:
        """float32[rows]: each row's BM25 score of the weighted terms; 0 where it has none of them, or is dead."""
        found = np.zeros(len(self._alive), np.float32)
        built = self._built
        for term, weight in terms.items():
            number = built.vocabulary.get(term)
            if number is not None:
                column = slice(int(built.indptr[number]), int(built.indptr[number + 1]))
                found[built.indices[column]] += np.float32(weight) * built.data[column]  # a row stands once in a column
            if term in self._recent:
                recent = self._recent[term]
                found[np.array(recent.rows)] += np.float32(weight) * np.array(recent.scores)
        found[~self._alive] = 0.0
        return found

    def idf(self, term: str) -> float:
        """Weight of a term by its rarity in the built segment."""
        number = self._built.vocabulary.get(term)
        documents = self._built.documents
        df = 1 if number is None else int(self._built.indptr[number + 1] - self._built.indptr[number])
        return math.log1p((max(documents, df) - df + 0.5) / (df + 0.5))

    def save(self, folder: Path) -> None:
        """The built arrays as they are (a load can map them), the recent documents as terms."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self._built, name))
        np.save(folder / "alive.npy", self._alive)
        state = {
            "settings": asdict(self.settings),
            "vocabulary": sorted(self._built.vocabulary, key=self._built.vocabulary.__getitem__),
            "documents": self._built.documents,
            "mean_length": self._built.mean_length,
            "recent": {str(row): dict(terms) for row, terms in self._recent_terms.items()},
        }
        (folder / "bm25.json").write_text(json.dumps(state, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> "Bm25Index":
        state = json.loads((folder / "bm25.json").read_text())
        data, indices, indptr = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS)
        vocabulary = {term: number for number, term in enumerate(state["vocabulary"])}
        built = _Built(vocabulary, data, indices, indptr, state["documents"], state["mean_length"])
        index = cls(built, Bm25Settings(**state["settings"]))
        index._alive = np.load(folder / "alive.npy")
        for row, terms in state["recent"].items():
            index._remember(int(row), Counter(terms))
        return index

    def _remember(self, row: int, counts: Counter[str]) -> None:
        """Scores of a document outside the built segment, with the statistics of the build."""
        k1, b = self.settings.k1, self.settings.b
        norm = k1 * (1 - b + b * counts.total() / self._built.mean_length)
        self._recent_terms[row] = counts
        for term, count in counts.items():
            recent = self._recent.setdefault(term, _Recent())
            recent.rows.append(row)
            recent.scores.append(self.idf(term) * count / (count + norm))


def top(
    scores: Floats, k: int, *, allowed: Mask | None = None, above: float = 0.0, ties: NDArray[np.float64] | None = None
) -> Rows:
    """Rows of the k highest scores over `above`, best first, equal ones by `ties` (higher first, NaN last) and then by
    row; `allowed` is bool[rows]."""
    wanted = scores > above
    rows = np.flatnonzero(wanted if allowed is None else wanted & allowed)
    if len(rows) > k:
        # everything that ties with the k-th is kept until it is decided which of it stays
        edge = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
        rows = rows[scores[rows] >= edge]
    if ties is None:
        return rows[np.argsort(-scores[rows], kind="stable")][:k]
    return rows[np.lexsort((-ties[rows], -scores[rows]))][:k]
