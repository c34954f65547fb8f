"""Search by words over one catalogue: two legs, one fused order, filters before them, and a way out of no results."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.sealed import FolderDamaged, check_digests, digests_of
from merx_models.words.analysis import Analysis, Synonyms, analyse, normalise
from merx_models.words.bm25 import Bm25Index, Bm25Settings, top
from merx_models.words.columns import Columns, Entry, Filter, Sort, page
from merx_models.words.dense import DenseRows, Encoder
from merx_models.words.documents import Document, DocumentTable, Facts, analyse_document, weighted_terms
from merx_models.words.features import COLUMNS, AskedText, LegScores, Signals, candidate_features
from merx_models.words.fusion import Fusion
from merx_models.words.spelling import Correction, Speller

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
MANIFEST = "words.json"
MAX_QUERY_CHARACTERS = 2_000


class DamagedIndex(FolderDamaged):
    """A file of a saved index is missing, or is not what was saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridSettings:
    """`depth` candidates come from each leg; a sentence vector counts as a find from `least_cosine` on."""

    depth: int = 50
    least_cosine: float = 0.3
    field_weights: Mapping[str, int] = field(default_factory=lambda: {"title": 2})
    bm25: Bm25Settings = field(default_factory=lambda: Bm25Settings(k1=1.5))
    synonym_weight: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`signals_off` names signals that must not count; `taste` gives a person's liking for each of some ids (NaN:
    unknown). An empty text browses: everything that passes the filters, most popular first."""

    text: str
    filters: Sequence[Filter] = ()
    facets: Sequence[str] = ()
    sort: Sort | None = None
    start: int = 0
    size: int = 24
    signals_off: Collection[str] = ()
    taste: Callable[[Sequence[str]], Floats] | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows, their features, and the text that was searched."""

    rows: Rows
    features: Floats
    text: str


@dataclass(frozen=True, slots=True)
class _Legs:
    """A text as searched, and both legs' scores of every row."""

    text: str
    analysis: Analysis
    lexical: Floats
    cosine: Floats


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` and `facets` count the candidates that both legs brought. `recovery` names what was changed to find
    something: "spelling", "filters" or "popular"; `did_you_mean` is a question, or what "spelling" searched."""

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    did_you_mean: str | None
    recovery: tuple[str, ...]
    method: str


class HybridSearch:
    """Not for two threads at once: one that changes and searches, as an event loop does."""

    def __init__(
        self, table: DocumentTable, bm25: Bm25Index, dense: DenseRows, *, columns: Columns, speller: Speller
    ) -> None:
        self.table, self.bm25, self.dense, self.columns, self.speller = table, bm25, dense, columns, speller
        self.fusion = Fusion()
        self.settings = HybridSettings()
        self.synonyms = Synonyms(())

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        encoder: Encoder,
        *,
        entries: Sequence[Entry] | None = None,
        settings: HybridSettings | None = None,
    ) -> "HybridSearch":
        """Index documents with distinct ids; `entries` are their labels and numbers, in the same order."""
        chosen = settings or HybridSettings()
        given = list(entries) if entries is not None else [Entry()] * len(documents)
        if len(given) != len(documents) or len({document.doc_id for document in documents}) != len(documents):
            raise ValueError("one entry for each document, and each id once")
        analysed = [analyse_document(document) for document in documents]
        table = DocumentTable()
        for document, parts in zip(documents, analysed, strict=True):
            table.put(document.doc_id, parts.facts)
        bm25 = Bm25Index.build(
            [weighted_terms(parts.terms, chosen.field_weights) for parts in analysed], settings=chosen.bm25
        )
        dense = DenseRows(encoder.encode([document.text for document in documents]))
        speller = Speller(Counter(word for parts in analysed for word in parts.words))
        search = cls(table, bm25, dense, columns=Columns(given), speller=speller)
        search.settings = chosen
        return search

    def upsert(self, document: Document, vector: Floats, *, entry: Entry | None = None) -> None:
        """A product as it is from now on; `vector` is the encoder's of `document.text`."""
        if vector.shape != (self.dense.dim,):
            raise ValueError(f"a vector of {vector.shape} among vectors of {self.dense.dim} numbers")
        parts = analyse_document(document)
        _, left = self.table.put(document.doc_id, parts.facts)
        if left is not None:
            self.bm25.remove(left)
        self.bm25.add(weighted_terms(parts.terms, self.settings.field_weights))
        self.dense.add(vector)
        self.columns.extend([entry or Entry()])
        self.speller.learn(parts.words)

    def delete(self, doc_id: str) -> bool:
        """Gone from the next search on; False where it was not there."""
        row = self.table.drop(doc_id)
        if row is not None:
            self.bm25.remove(row)
        return row is not None

    def candidates(
        self, text: str, vector: Floats | None, *, allowed: Mask | None = None, query: Query | None = None
    ) -> Candidates:
        """What the legs bring for a text (`vector` None: BM25 alone), with the features of each."""
        return self._among(self._legs(text, vector), allowed, query)

    def search(self, query: Query, encoder: Encoder | None) -> Answer:
        """The answer to a query; without an encoder (it failed, say) BM25 answers alone."""
        if not analyse(query.text[:MAX_QUERY_CHARACTERS]).terms:
            return self._browse(query, ())
        text, correction = self._meant(query)
        meant = correction.text if correction.changed else None
        legs = self._legs(text, None if encoder is None else encoder.encode([text])[0])
        recovery: tuple[str, ...] = ("spelling",) if meant is not None and correction.sure else ()
        found = self._among(legs, self.columns.allowed(query.filters), query)
        if not len(found.rows) and query.filters:
            query = replace(query, filters=())
            found = self._among(legs, None, query)
            recovery = (*recovery, "filters")
        if not len(found.rows):
            return self._browse(query, (*recovery, "popular"))
        return self._answer(query, found, legs, recovery=recovery, meant=meant)

    def explain(self, query: Query, doc_id: str, encoder: Encoder | None) -> dict[str, object]:
        """Why a product stands where it does: legs that found it, features, and what each added to its score.

        Raises KeyError where neither leg brings the product for this text.
        """
        text, _ = self._meant(query)
        vector = None if encoder is None else encoder.encode([text])[0]
        found = self.candidates(text, vector, allowed=self.columns.allowed(query.filters), query=query)
        places = np.flatnonzero(found.rows == self.table.row_of[doc_id])
        if not len(places):
            raise KeyError(doc_id)
        place = int(places[0])
        features = dict(zip(COLUMNS, found.features[place].tolist(), strict=True))
        told = self.fusion.explain(found.features, place, off=query.signals_off)
        legs = [leg for leg, rank in (("bm25", "bm25_rank"), ("dense", "dense_rank")) if features[rank] > 0]
        contributions = dict(zip(COLUMNS, told.contributions.tolist(), strict=True))
        return {
            "method": self.fusion.method,
            "legs": legs,
            "score": told.score,
            "base": told.base,
            "features": {name: None if np.isnan(value) else value for name, value in features.items()},
            "contributions": {name: value for name, value in contributions.items() if value},
        }

    def save(self, folder: Path) -> None:
        """A folder with a checksum for each file, written last."""
        for part, name in ((self.table, "documents"), (self.bm25, "bm25"), (self.dense, "dense")):
            part.save(folder / name)
        for other, name in ((self.columns, "columns"), (self.speller, "spelling"), (self.fusion, "fusion")):
            other.save(folder / name)
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
        described = {
            "settings": asdict(self.settings),
            "synonyms": self.synonyms.groups,
            "files": digests_of(folder, [path.relative_to(folder).as_posix() for path in files]),
        }
        (folder / MANIFEST).write_text(json.dumps(described, indent=1, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> "HybridSearch":
        """What `save` wrote; raises DamagedIndex where a file is not what it was."""
        try:
            described = json.loads((folder / MANIFEST).read_text())
            check_digests(folder, described["files"], DamagedIndex)
        except (OSError, json.JSONDecodeError, KeyError) as error:
            raise DamagedIndex(folder, MANIFEST, f"not that of a whole index: {error}") from error
        search = cls(
            DocumentTable.load(folder / "documents"),
            Bm25Index.load(folder / "bm25"),
            DenseRows.load(folder / "dense"),
            columns=Columns.load(folder / "columns"),
            speller=Speller.load(folder / "spelling"),
        )
        settings = described["settings"]
        search.settings = HybridSettings(**{**settings, "bm25": Bm25Settings(**settings["bm25"])})
        search.synonyms = Synonyms(described["synonyms"], weight=search.settings.synonym_weight)
        search.fusion = Fusion.load(folder / "fusion")
        return search

    def _meant(self, query: Query) -> tuple[str, Correction]:
        """The text to search, and what the speller says of the one that was typed."""
        typed = query.text[:MAX_QUERY_CHARACTERS]
        correction = self.speller.correct(typed)
        return (correction.text if correction.changed and correction.sure else typed), correction

    def _legs(self, text: str, vector: Floats | None) -> _Legs:
        analysis = analyse(text[:MAX_QUERY_CHARACTERS])
        lexical = self.bm25.scores(self.synonyms.expand(analysis.terms))
        cosine = np.zeros(len(lexical), np.float32) if vector is None else self.dense.cosine(vector)
        return _Legs(text, analysis, lexical, cosine)

    def _found(self, legs: _Legs, allowed: Mask | None) -> tuple[Rows, Rows]:
        """The rows of each leg, best first."""
        wanted = self.bm25.alive if allowed is None else allowed & self.bm25.alive
        depth, least = self.settings.depth, self.settings.least_cosine
        return top(legs.lexical, depth, allowed=wanted), top(legs.cosine, depth, allowed=wanted, above=least)

    def _among(self, legs: _Legs, allowed: Mask | None, query: Query | None) -> Candidates:
        first, second = self._found(legs, allowed)
        rows = np.union1d(first, second)
        total = len(legs.cosine)
        scores = LegScores(
            legs.lexical[rows], legs.cosine[rows], _ranks(first, rows, total), _ranks(second, rows, total)
        )
        weights = {term: self.bm25.idf(term) for term in legs.analysis.terms}
        asked = AskedText(normalise(legs.text), legs.analysis, weights)
        signals = self._signals(rows, query)
        features = candidate_features(asked, self._facts(rows), scores, idf=self.bm25.idf, signals=signals)
        return Candidates(rows, features, legs.text)

    def _answer(
        self, query: Query, found: Candidates, legs: _Legs, *, recovery: tuple[str, ...], meant: str | None
    ) -> Answer:
        order = self.fusion.order(found.features, off=query.signals_off)
        scores = self.fusion.score(found.features, off=query.signals_off)
        score_of = dict(zip(found.rows.tolist(), scores.tolist(), strict=True))
        rows = found.rows[order]
        if query.sort is not None:
            rows = self.columns.ordered(rows, query.sort)
        shown = page(rows, query.start, query.size)
        return Answer(
            ids=tuple(self.table.names(shown)),
            scores=tuple(score_of[row] for row in shown.tolist()),
            total=len(rows),
            facets=self._facets(query, found.rows, legs),
            did_you_mean=meant,
            recovery=recovery,
            method=self.fusion.method,
        )

    def _browse(self, query: Query, recovery: tuple[str, ...]) -> Answer:
        """No text, or none that anything answers to: by popularity, or in the order asked for."""
        filters = () if recovery else query.filters
        rows = np.flatnonzero(self.columns.allowed(filters) & self.bm25.alive)
        if "popularity" in self.columns.number_columns:
            rows = self.columns.ordered(rows, Sort("popularity", "descending"))
        if query.sort is not None:
            rows = self.columns.ordered(rows, query.sort)
        shown = page(rows, query.start, query.size)
        facets = self.columns.facets(query.facets, filters, self.bm25.alive)
        return Answer(tuple(self.table.names(shown)), (0.0,) * len(shown), len(rows), facets, None, recovery, "browse")

    def _facets(self, query: Query, rows: Rows, legs: _Legs) -> dict[str, dict[str, int]]:
        """Labels of the candidates; of a column that is filtered, those that another choice in it would find."""
        counts = {}
        for column in query.facets:
            others = [some for some in query.filters if some.column != column]
            free = len(others) < len(query.filters)
            among = np.zeros(len(self.table), bool)
            among[np.concatenate(self._found(legs, self.columns.allowed(others))) if free else rows] = True
            counts[column] = self.columns.facet(column, among)
        return counts

    def _facts(self, rows: Rows) -> list[Facts]:
        return [self.table.facts[row] for row in rows.tolist()]

    def _signals(self, rows: Rows, query: Query | None) -> Signals:
        names = [name for name in ("popularity", "stock") if name in self.columns.number_columns]
        values: dict[str, Floats] = {name: self.columns.numbers(name)[rows].astype(np.float32) for name in names}
        if query is not None and query.taste is not None:
            values["taste"] = query.taste(self.table.names(rows))
        return Signals(values)


def _ranks(found: Rows, rows: Rows, total: int) -> Floats:
    """float32[len(rows)]: place of each row in what a leg found, infinite where it did not find it."""
    ranks = np.full(total, np.inf, np.float32)
    ranks[found] = np.arange(len(found))
    return ranks[rows]
