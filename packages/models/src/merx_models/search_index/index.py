"""Everything that a search answers from: words, pictures and cards of one catalogue, kept up with its changes.

words/      BM25, sentence vectors, filters, spelling, fusion (`merx_models.words`)
cards.jsonl what an answer shows
pictures/   optional: the network and heads that read pictures (`merx_models.pictures.model`)
looks/      optional: the pictures' vectors and small pictures
manifest.json, golden.json, suggestions.jsonl
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_models.pictures.model import PictureModel
from merx_models.search_index.cards import Cards
from merx_models.search_index.looks import Looks
from merx_models.search_index.suggestions import Suggestion, read_suggestions, stated, write_suggestions
from merx_models.vectors.tailed import VectorStore
from merx_models.words.columns import Between, Entry, Filter, Sort, entry_of, page
from merx_models.words.documents import document_of
from merx_models.words.hybrid import HybridSearch, HybridSettings

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
WORDS, PICTURES, LOOKS = "words", "pictures", "looks"
POPULARITY = "popularity"
LABELS, NUMBERS = ("brand", "category"), ("price", "in_stock", "stock", POPULARITY)
"""Columns that every catalogue has, if only empty."""
SELLABLE = Between("in_stock", low=1.0)
"""What answers hold unless a caller asks for the rest too: a fusion learns on what it will rank."""
MOST_LOOKS = 500
"""So many products can be paged through in an answer to a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookQuery:
    """What a picture is asked with. `words` is the share that `text` (the encoder's vector) counts, in the joint space;
    without a text, or without such a space, the picture alone."""

    picture: Floats
    text: Floats | None = None
    words: float = 0.5
    filters: Sequence[Filter] = ()
    facets: Sequence[str] = ()
    sort: Sort | None = None
    start: int = 0
    size: int = 24


@dataclass(frozen=True, slots=True)
class LookAnswer:
    ids: tuple[str, ...]
    scores: tuple[float, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    method: str


@dataclass(slots=True)
class SearchIndex:
    """One thread may change it while another searches: each change, and each answer, is whole."""

    words: HybridSearch
    cards: Cards
    pictures: PictureModel | None = None
    looks: Looks | None = None
    suggestions: list[Suggestion] = field(default_factory=list)
    _word_rows: Rows | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def build(
        cls,
        products: Sequence[Product],
        vectors: Floats,
        *,
        popularity: Mapping[str, float] | None = None,
        settings: HybridSettings | None = None,
        progress: Callable[[int], None] | None = None,
        store: VectorStore | None = None,
    ) -> Self:
        """The words of products with distinct ids; row i of `vectors` is the encoder's of `text_of(products[i])`.
        `popularity` is by product id, in any unit; it orders what is listed without a query. Vectors go into the
        `store`, or stay here."""
        sold = popularity or {}
        words = HybridSearch.build(
            [document_of(product) for product in products],
            vectors,
            entries=[_entry(product, sold.get(product.product_id, 0.0)) for product in products],
            settings=settings,
            progress=progress,
            store=store,
        )
        words.columns.declare(labels=LABELS, numbers=NUMBERS)
        cards = Cards()
        cards.put(products)
        return cls(words, cards)

    def upsert(self, products: Sequence[Product], vectors: Floats) -> None:
        """Products as they are from now on; how well they sell stays what it was. What they state now is no longer
        suggested."""
        entries = [_entry(product, self._popularity(product.product_id)) for product in products]
        documents = [document_of(product) for product in products]
        told = {(product.product_id, name) for product in products for name in stated(product)}
        kept = [each for each in self.suggestions if (each.product_id, each.attribute) not in told]
        with self._lock:
            self.words.upsert(documents, vectors, entries=entries)
            self.cards.put(products)
            self.suggestions = kept
            self._word_rows = None

    def delete(self, product_ids: Sequence[str]) -> int:
        """Gone from the next search on; how many of them were there."""
        with self._lock:
            gone = self.words.delete(product_ids)
            for product_id in product_ids:
                self.cards.pop(product_id, None)
            if self.looks is not None:
                self.looks.delete(product_ids)
            self._word_rows = None
        return gone

    def restock(self, product_id: str, *, in_stock: bool, stock: int | None) -> bool:
        """Another stock level, of which `stock` may stay untold; False where there is no such product."""
        row = self.words.table.row_of.get(product_id)
        if row is None:
            return False
        told = {} if stock is None else {"stock": float(stock)}
        self.words.columns.put(row, {"in_stock": float(in_stock), **told})
        return True

    def in_stock(self, product_id: str) -> bool:
        row = self.words.table.row_of[product_id]
        return bool(self.words.columns.numbers("in_stock")[row] != 0)

    def look(self, query: LookQuery) -> LookAnswer:
        """Products that look like a picture, or like a picture changed by words."""
        with self._lock:
            if self.looks is None or not len(self.looks):
                return LookAnswer((), (), 0, {column: {} for column in query.facets}, "picture")
            allowed = self._pictures_of(query.filters)
            space = None if self.pictures is None else self.pictures.joint
            if query.text is not None and space is not None:
                asked = space.together(query.picture[None], query.text[None], words=query.words)[0]
                found, scores = self.looks.together(space, asked, MOST_LOOKS, allowed=allowed)
                method = "picture_and_words"
            else:
                found, scores = self.looks.nearest(query.picture[None], MOST_LOOKS, allowed=allowed)
                method = "picture"
            return self._look_answer(query, found, scores, method=method)

    def lookalikes(self, product_id: str, size: int, *, filters: Sequence[Filter] = ()) -> tuple[list[str], Floats]:
        """Other products that look like this one in any of its pictures. KeyError where it has none."""
        if self.looks is None:
            raise KeyError(product_id)
        with self._lock:
            vectors = self.looks.vectors_of(product_id)
            found, scores = self.looks.nearest(vectors, size + 1, allowed=self._pictures_of(filters))
        others = [place for place, name in enumerate(found) if name != product_id][:size]
        return [found[place] for place in others], scores[others]

    def save(self, folder: Path, *, network: Path | None = None) -> None:
        """Writes the parts into `folder`, which a manifest then seals; `network` is the file that the pictures'
        backbone runs."""
        self.words.save(folder / WORDS)
        self.cards.save(folder)
        if self.pictures is not None and network is not None:
            self.pictures.save(folder / PICTURES, network=network)
        if self.looks is not None:
            self.looks.save(folder / LOOKS)
        write_suggestions(folder, self.suggestions)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1, store: VectorStore | None = None) -> Self:
        """What `save` wrote. Whoever calls has checked the manifest (`IndexManifest.read`). Raises CollectionDamaged
        where the text vectors are not in the `store` as they were."""
        pictures, looks = folder / PICTURES, folder / LOOKS
        return cls(
            HybridSearch.load(folder / WORDS, store=store),
            Cards.load(folder),
            pictures=PictureModel.load(pictures, threads=threads) if pictures.exists() else None,
            looks=Looks.load(looks) if looks.exists() else None,
            suggestions=read_suggestions(folder),
        )

    def _look_answer(self, query: LookQuery, found: Sequence[str], scores: Floats, *, method: str) -> LookAnswer:
        row_of = self.words.table.row_of
        rows = np.array([row_of[name] for name in found], np.int64)
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        among = np.zeros(len(self.words.columns), bool)
        among[rows] = True
        facets = {column: self.words.columns.facet(column, among) for column in query.facets}
        ordered = rows if query.sort is None else self.words.columns.ordered(rows, query.sort)
        shown = page(ordered, query.start, query.size).tolist()
        names = tuple(self.words.table.names(shown))
        return LookAnswer(names, tuple(score_of[row] for row in shown), len(rows), facets, method)

    def _pictures_of(self, filters: Sequence[Filter]) -> Mask:
        """Bool by picture number: those of products that are there and pass the filters."""
        if self.looks is None:
            return np.zeros(0, bool)
        if self._word_rows is None or len(self._word_rows) != len(self.looks.owners):
            row_of = self.words.table.row_of
            self._word_rows = np.array([row_of.get(owner, -1) for owner in self.looks.owners], np.int64)
        known = self._word_rows >= 0
        allowed = self.words.columns.allowed(filters)
        return known & allowed[np.maximum(self._word_rows, 0)]

    def _popularity(self, product_id: str) -> float:
        row = self.words.table.row_of.get(product_id)
        held = row is not None and POPULARITY in self.words.columns.number_columns
        return float(self.words.columns.numbers(POPULARITY)[row]) if held else 0.0


def text_of(product: Product) -> str:
    """What the sentence encoder reads of a product."""
    return document_of(product).text


def _entry(product: Product, popularity: float) -> Entry:
    entry = entry_of(product)
    return Entry(entry.labels, {**entry.numbers, POPULARITY: popularity})
