"""Search by words over one catalogue: two legs, one fused order, filters before them, and a way out of no results."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.sealed import FolderDamaged, check_digests, digests_of
from merx_models.vectors.index import as_unit_vectors
from merx_models.vectors.shortlist import IndexSettings
from merx_models.vectors.tailed import VectorStore
from merx_models.words.analysis import Synonyms, analyse, normalise
from merx_models.words.bm25 import Bm25Index, Bm25Settings, top
from merx_models.words.columns import Columns, Entry, Filter, Sort, page
from merx_models.words.dense import DenseRows, Encoder
from merx_models.words.documents import Document, DocumentTable, analyse_document, weighted_terms
from merx_models.words.features import COLUMNS, AskedText, LegScores, Signals, candidate_features
from merx_models.words.fusion import Fusion
from merx_models.words.queries import BROWSE, MEANING, WORDS, Answer, Asked, Query, Reasons
from merx_models.words.spelling import Correction, Speller
from merx_models.words.texts import Texts

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
MANIFEST = "words.json"
MAX_QUERY_CHARACTERS = 2_000
TIE = 1e-6
"""Scores that are no further apart are the same: sums of float32."""
PROGRESS = 1_000
"""Documents between two reports of a build."""


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
    vectors: IndexSettings = field(default_factory=IndexSettings)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rows that are ranked, with the features of each and what found it; `matching` are all rows that answer, the
    ones with any of the words among them."""

    rows: Rows
    features: Floats
    legs: Sequence[tuple[str, ...]]
    matching: Mask


@dataclass(frozen=True, slots=True)
class _Legs:
    """A query as read, its vector, and the BM25 score of every row."""

    asked: Asked
    vector: Floats | None
    lexical: Floats


@dataclass(frozen=True, slots=True)
class _Found:
    """The best rows of each leg under some filters, and all rows that answer."""

    by_words: Rows
    by_meaning: Rows
    matching: Mask


class HybridSearch:
    """One thread may change it while another searches: each change, and each answer, is whole. A change holds the one
    lock for as long as its documents take to be put in (0.1 ms each), so a service gives them in pieces; `save` is for
    the thread that changes. `Query.taste` is called with the lock held."""

    def __init__(
        self, table: DocumentTable, bm25: Bm25Index, dense: DenseRows, *, columns: Columns, speller: Speller
    ) -> None:
        self.table, self.bm25, self.dense, self.columns, self.speller = table, bm25, dense, columns, speller
        self.texts = Texts(table.facts, bm25.idf)
        self.fusion = Fusion()
        self.settings = HybridSettings()
        self.synonyms = Synonyms(())
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        vectors: Floats,
        *,
        entries: Sequence[Entry] | None = None,
        settings: HybridSettings | None = None,
        progress: Callable[[int], None] | None = None,
        store: VectorStore | None = None,
    ) -> "HybridSearch":
        """Index documents with distinct ids. `vectors` are unit vectors [n, d] of `document.text`, `entries` labels and
        numbers, both in the same order; `progress` is told how many documents are done. Vectors go into the `store`, or
        stay here."""
        chosen = settings or HybridSettings()
        given = _entries(documents, vectors, entries)
        if len({document.doc_id for document in documents}) != len(documents):
            raise ValueError("each id once")
        read = lru_cache(maxsize=None)(analyse)  # brands and categories come again and again
        analysed = []
        for done, document in enumerate(documents, 1):
            analysed.append(analyse_document(document, read))
            if progress is not None and (done % PROGRESS == 0 or done == len(documents)):
                progress(done)
        table = DocumentTable()
        for document, parts in zip(documents, analysed, strict=True):
            table.put(document.doc_id, parts.facts)
        bm25 = Bm25Index.build(
            [weighted_terms(parts.terms, chosen.field_weights) for parts in analysed], settings=chosen.bm25
        )
        speller = Speller(Counter(word for parts in analysed for word in parts.words))
        dense = DenseRows.build(
            [document.text for document in documents], vectors, settings=chosen.vectors, store=store
        )
        search = cls(table, bm25, dense, columns=Columns(given), speller=speller)
        search.settings = chosen
        return search

    def upsert(self, documents: Sequence[Document], vectors: Floats, *, entries: Sequence[Entry] | None = None) -> None:
        """Products as they are from now on; `vectors` [n, d] are the encoder's of their texts. Of an id that comes
        twice the last stands. ValueError, and nothing changed, where these do not fit each other or the index."""
        given = _entries(documents, vectors, entries)
        units = as_unit_vectors(vectors, self.dense.index.dim)
        analysed = [analyse_document(document) for document in documents]
        terms = [weighted_terms(parts.terms, self.settings.field_weights) for parts in analysed]
        with self._lock:
            left = [
                self.table.put(document.doc_id, parts.facts)[1]
                for document, parts in zip(documents, analysed, strict=True)
            ]
            self.texts.grow()
            self.bm25.extend(terms)
            self.bm25.remove([row for row in left if row is not None])
            self.dense.extend(units, left)
            self.columns.extend(given)
            self.speller.learn(word for parts in analysed for word in parts.words)

    def delete(self, ids: Sequence[str]) -> int:
        """Gone from the next search on; how many of them were there."""
        with self._lock:
            rows = [row for row in map(self.table.drop, ids) if row is not None]
            self.bm25.remove(rows)
        return len(rows)

    def read(self, query: Query) -> Asked:
        """The text that is to be searched, and what the speller says of the one that was typed."""
        typed = query.text[:MAX_QUERY_CHARACTERS]
        analysis = analyse(typed)
        if not analysis.terms:
            return Asked(query, "", Correction("", (), sure=False), analysis)
        with self._lock:
            correction = self.speller.correct(typed)
        asked = Asked(query, typed, correction, analysis)
        if not asked.corrected:
            return asked
        return replace(asked, text=correction.text, analysis=analyse(correction.text))

    def answer(self, asked: Asked, vector: Floats | None) -> Answer:
        """`vector` [d] is the encoder's of `asked.text`; without it (the encoder failed, say) BM25 answers alone.

        Raises VectorsUnavailable where it is given and the vectors lie in a store that does not answer.
        """
        with self._lock:
            query = asked.query
            if not asked.text:
                return self._browse(query, ())
            recovery: tuple[str, ...] = ("spelling",) if asked.corrected else ()
            legs = self._legs(asked, vector)
            found = self._among(legs, query)
            if not len(found.rows) and query.filters:
                query = replace(query, filters=())
                found = self._among(legs, query)
                recovery = (*recovery, "filters")
            if not len(found.rows):
                popular = self._browse(query, (*recovery, "popular"))
                return replace(popular, searched=asked.searched, did_you_mean=asked.did_you_mean)
            return self._answer(query, found, legs, recovery=recovery)

    def candidates(self, asked: Asked, vector: Floats | None) -> Candidates:
        """What the legs bring under the query's filters, with the features of each."""
        with self._lock:
            return self._among(self._legs(asked, vector), asked.query)

    def search(self, query: Query, encoder: Encoder | None) -> Answer:
        """`read` and `answer` with an encoder between them."""
        asked = self.read(query)
        return self.answer(
            asked, encoder.encode_queries([asked.text])[0] if encoder is not None and asked.text else None
        )

    def explain(self, asked: Asked, doc_id: str, vector: Floats | None) -> Reasons:
        """Why a product stands where it does: legs that found it, features, and what each added to its score.

        Raises KeyError where neither leg brings the product for this text.
        """
        with self._lock:
            found = self._among(self._legs(asked, vector), asked.query)
            places = np.flatnonzero(found.rows == self.table.row_of[doc_id])
        if not len(places):
            raise KeyError(doc_id)
        place = int(places[0])
        told = self.fusion.explain(found.features, place, off=asked.query.signals_off)
        values = (None if np.isnan(value) else value for value in found.features[place].tolist())
        return Reasons(
            method=self.fusion.method,
            legs=found.legs[place],
            score=told.score,
            base=told.base,
            features=tuple(zip(COLUMNS, values, told.contributions.tolist(), strict=True)),
        )

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
    def load(cls, folder: Path, *, store: VectorStore | None = None) -> "HybridSearch":
        """What `save` wrote; raises DamagedIndex where a file is not what it was, CollectionDamaged where the vectors
        are not in the `store` as they were."""
        try:
            described = json.loads((folder / MANIFEST).read_text())
            check_digests(folder, described["files"], DamagedIndex)
        except (OSError, json.JSONDecodeError, KeyError) as error:
            raise DamagedIndex(folder, MANIFEST, f"not that of a whole index: {error}") from error
        search = cls(
            DocumentTable.load(folder / "documents"),
            Bm25Index.load(folder / "bm25"),
            DenseRows.load(folder / "dense", store),
            columns=Columns.load(folder / "columns"),
            speller=Speller.load(folder / "spelling"),
        )
        settings = described["settings"]
        parts = {"bm25": Bm25Settings(**settings["bm25"]), "vectors": IndexSettings(**settings["vectors"])}
        search.settings = HybridSettings(**{**settings, **parts})
        search.synonyms = Synonyms(described["synonyms"], weight=search.settings.synonym_weight)
        search.fusion = Fusion.load(folder / "fusion")
        return search

    def _legs(self, asked: Asked, vector: Floats | None) -> _Legs:
        return _Legs(asked, vector, self.bm25.scores(self.synonyms.expand(asked.analysis.terms)))

    def _found(self, legs: _Legs, filters: Sequence[Filter]) -> _Found:
        """Of what fits the text equally well the most popular come first: a catalogue repeats its titles."""
        off = "popularity" in legs.asked.query.signals_off or "popularity" not in self.columns.number_columns
        ties = None if off else self.columns.numbers("popularity")
        allowed = self.columns.allowed(filters) & self.bm25.alive
        depth, least = self.settings.depth, self.settings.least_cosine
        by_meaning = np.empty(0, np.int64)
        if legs.vector is not None:
            near = self.dense.nearest(legs.vector, depth, allowed=allowed)
            by_meaning = top(near, depth, allowed=allowed, above=least, ties=ties)
        matching = allowed & (legs.lexical > 0)
        by_words = top(legs.lexical, depth, allowed=matching, ties=ties)
        matching[by_meaning] = True
        return _Found(by_words, by_meaning, matching)

    def _among(self, legs: _Legs, query: Query) -> Candidates:
        found = self._found(legs, (*query.always, *query.filters))
        rows = np.union1d(found.by_words, found.by_meaning)
        lexical = legs.lexical[rows]
        cosine = np.zeros(len(rows), np.float32) if legs.vector is None else self.dense.cosine(legs.vector, rows)
        by_words = _ranks(rows, found.by_words, legs.lexical[found.by_words])
        near = cosine[np.searchsorted(rows, found.by_meaning)]
        scores = LegScores(lexical, cosine, by_words, _ranks(rows, found.by_meaning, near))
        weights = {term: self.bm25.idf(term) for term in legs.asked.analysis.terms}
        asked = AskedText(normalise(legs.asked.text), legs.asked.analysis, weights)
        signals = self._signals(rows, query)
        features = candidate_features(asked, self.texts, rows, legs=scores, signals=signals)
        found_by = zip(lexical > 0, np.isfinite(scores.dense_rank), strict=True)
        named = [tuple(itertools.compress((WORDS, MEANING), which)) for which in found_by]
        return Candidates(rows, features, named, found.matching)

    def _answer(self, query: Query, found: Candidates, legs: _Legs, *, recovery: tuple[str, ...]) -> Answer:
        order, scores = self.fusion.ranked(found.features, off=query.signals_off)
        shown = page(self._rows(query, found, order, legs.lexical), query.start, query.size).tolist()
        place_of = {row: place for place, row in enumerate(found.rows.tolist())}
        places = [place_of.get(row) for row in shown]
        return Answer(
            ids=tuple(self.table.names(shown)),
            scores=tuple(0.0 if place is None else float(scores[place]) for place in places),
            legs=tuple((WORDS,) if place is None else found.legs[place] for place in places),
            total=int(np.count_nonzero(found.matching)),
            facets=self._facets(query, found.matching, legs),
            method=self.fusion.method,
            searched=legs.asked.searched,
            did_you_mean=legs.asked.did_you_mean,
            recovery=recovery,
        )

    def _rows(self, query: Query, found: Candidates, order: NDArray[np.intp], lexical: Floats) -> Rows:
        """All rows that answer, or at least those of the page: the ranked ones, the rest behind them as BM25 has it."""
        ranked = found.rows[order]
        if query.sort is None and query.start + query.size <= len(ranked):
            return ranked
        rest = found.matching.copy()
        rest[ranked] = False
        more = np.flatnonzero(rest)
        rows = np.concatenate([ranked, more[np.argsort(-lexical[more], kind="stable")]])
        return rows if query.sort is None else self.columns.ordered(rows, query.sort)

    def _browse(self, query: Query, recovery: tuple[str, ...]) -> Answer:
        """No text, or none that anything answers to: by popularity, or in the order asked for."""
        filters = query.always if recovery else (*query.always, *query.filters)
        rows = np.flatnonzero(self.columns.allowed(filters) & self.bm25.alive)
        if "popularity" in self.columns.number_columns:
            rows = self.columns.ordered(rows, Sort("popularity", "descending"))
        if query.sort is not None:
            rows = self.columns.ordered(rows, query.sort)
        shown = page(rows, query.start, query.size)
        return Answer(
            ids=tuple(self.table.names(shown)),
            scores=(0.0,) * len(shown),
            legs=((BROWSE,),) * len(shown),
            total=len(rows),
            facets=self.columns.facets(query.facets, filters, self.bm25.alive),
            method=BROWSE,
            recovery=recovery,
        )

    def _facets(self, query: Query, matching: Mask, legs: _Legs) -> dict[str, dict[str, int]]:
        """Labels of the rows that answer; of a column that is filtered, those that another choice in it would find."""
        counts = {}
        for column in query.facets:
            others = [some for some in query.filters if some.column != column]
            free = len(others) < len(query.filters)
            counts[column] = self.columns.facet(
                column, self._found(legs, (*query.always, *others)).matching if free else matching
            )
        return counts

    def _signals(self, rows: Rows, query: Query) -> Signals:
        names = [name for name in ("popularity", "stock") if name in self.columns.number_columns]
        values: dict[str, Floats] = {name: self.columns.numbers(name)[rows].astype(np.float32) for name in names}
        if query.taste is not None:
            values["taste"] = query.taste(self.table.names(rows))
        return Signals(values)


def _entries(documents: Sequence[Document], vectors: Floats, entries: Sequence[Entry] | None) -> Sequence[Entry]:
    given = [Entry()] * len(documents) if entries is None else entries
    if not len(documents) == len(vectors) == len(given):
        raise ValueError(f"{len(vectors)} vectors and {len(given)} entries for {len(documents)} documents")
    return given


def _ranks(rows: Rows, found: Rows, scores: Floats) -> Floats:
    """float32[len(rows)]: place of each row (sorted, `found` among them) in what a leg found, infinite elsewhere. Rows
    that fit equally well share the first place among them, or their order in the catalogue would count."""
    ranks = np.full(len(rows), np.inf, np.float32)
    descending = -scores
    ranks[np.searchsorted(rows, found)] = np.searchsorted(descending, descending - TIE, side="left")
    return ranks
