"""One search, in the order in which it happens."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

import structlog

from merx_kit.features.errors import FeaturesUnavailable
from merx_models.pictures.model import Look
from merx_models.search_index import LookQuery, SearchIndex
from merx_models.vectors.tailed import VectorsUnavailable
from merx_models.words.columns import Filter, OneOf
from merx_models.words.hybrid import HybridSearch
from merx_models.words.queries import Asked, Query
from merx_search.domain import (
    Explained,
    Floats,
    Hit,
    Recognised,
    Results,
    SearchQuery,
    Why,
    liking,
)
from merx_search.errors import IndexNotReady, NoPicture, UnknownProduct
from merx_search.metrics import ANSWERS, EMPTY, FALLBACKS, STAGE
from merx_search.ports import EncoderFailed, Encoders, Indexes, Profiles, Standing
from merx_search.service.journal import Journal
from merx_search.service.pictures import PictureReader, Seen, model_of, recognised

log = structlog.get_logger(__name__)

Found = TypeVar("Found")
PICTURE = "picture"
NOTHING = "nothing"
CATEGORY_COLUMNS = frozenset({"category", "coarse"})
"""Attributes read from a picture that are levels of the catalogue's own category path."""


@dataclass(frozen=True, slots=True)
class Options:
    feature_timeout_s: float = 0.015
    journal: Journal | None = None
    """Notes what was shown."""


@dataclass(slots=True)
class _Lacking:
    """What this answer goes without."""

    reasons: list[str]

    def add(self, reason: str) -> None:
        self.reasons.append(reason)
        FALLBACKS.labels(reason).inc()


class Finder:
    def __init__(
        self,
        indexes: Indexes,
        encoders: Encoders,
        *,
        pictures: PictureReader,
        profiles: Profiles,
        options: Options | None = None,
    ) -> None:
        self._indexes = indexes
        self._encoders = encoders
        self._pictures = pictures
        self._profiles = profiles
        self._options = options or Options()

    def standing(self) -> Standing:
        """The index in service. Raises IndexNotReady."""
        standing = self._indexes.current()
        if standing is None:
            raise IndexNotReady("The first index is still being read; try again shortly.")
        return standing

    @property
    def ready(self) -> bool:
        return self._indexes.current() is not None

    def degraded(self, standing: Standing) -> tuple[str, ...]:
        """What every answer lacks now."""
        return tuple(dict.fromkeys((*self._indexes.degraded, *standing.lacking)))

    async def search(self, query: SearchQuery, *, budget_s: float, standing: Standing | None = None) -> Results:
        """Products for words, a picture, or both; without either what passes the filters, the most popular first.
        `standing` is the index that the query was read for: another one may have taken over since."""
        standing = standing or self.standing()
        lacking = _Lacking(list(self.degraded(standing)))
        asked = await self._read(standing, query, lacking, budget_s=budget_s)
        if query.image is None:
            results = await self._by_words(standing, asked, lacking)
        else:
            results = await self._by_picture(standing, query, asked, lacking=lacking)
        kind = "words" if query.image is None else "picture_and_words" if query.text else PICTURE
        ANSWERS.labels(kind, results.method).inc()
        for reason in results.recovery or (() if results.total else (NOTHING,)):
            EMPTY.labels(reason).inc()
        results = replace(results, start=query.start, degraded=tuple(dict.fromkeys(lacking.reasons)))
        if self._options.journal is not None:
            self._options.journal.note(query, results)
        return results

    async def explain(
        self, query: SearchQuery, product_ids: Sequence[str], *, budget_s: float, standing: Standing | None = None
    ) -> Explained:
        """Why products stand where they do in the answer to the words of `query`; `standing` is as in `search`."""
        standing = standing or self.standing()
        lacking = _Lacking(list(self.degraded(standing)))
        asked = await self._read(standing, query, lacking, budget_s=budget_s)
        vector = await self._vector(asked.text, lacking)
        words = standing.index.words

        def told(known: Floats | None) -> tuple[Why, ...]:
            return tuple(_why(standing.index, asked, product_id, vector=known) for product_id in product_ids)

        items = await _by_legs(words, vector, told, lacking)
        return Explained(
            version=standing.version,
            method=words.fusion.method if asked.text else "browse",
            searched=asked.text,
            items=items,
            degraded=tuple(dict.fromkeys(lacking.reasons)),
        )

    def lookalikes(
        self, product_id: str, size: int, *, always: Sequence[Filter], standing: Standing | None = None
    ) -> Results:
        """Other products that look like this one. Raises UnknownProduct, NoPicture."""
        standing = standing or self.standing()
        index = standing.index
        if product_id not in index.cards:
            raise UnknownProduct(f"There is no product {product_id!r}.")
        try:
            found, scores = index.lookalikes(product_id, size, filters=always)
        except KeyError:
            raise NoPicture(f"There is no picture of {product_id!r} in {standing.version}.") from None
        hits = tuple(Hit(name, float(score), (PICTURE,)) for name, score in zip(found, scores.tolist(), strict=True))
        degraded = self.degraded(standing)
        return Results(version=standing.version, method=PICTURE, hits=hits, total=len(hits), degraded=degraded)

    async def _read(self, standing: Standing, query: SearchQuery, lacking: _Lacking, *, budget_s: float) -> Asked:
        index = standing.index
        taste = None
        if query.profile_id is not None and "taste" not in query.signals_off:
            try:
                wait_s = min(self._options.feature_timeout_s, budget_s)
                profile = await self._profiles.read(query.profile_id, budget_s=wait_s)
                taste = liking(profile, index.cards.get)
            except FeaturesUnavailable:
                lacking.add("features_unavailable")
        return index.words.read(
            Query(
                text=query.text,
                filters=query.filters,
                always=query.always,
                facets=query.facets,
                sort=query.sort,
                start=query.start,
                size=query.size,
                signals_off=query.signals_off,
                taste=taste,
                correct_spelling=query.correct_spelling,
            )
        )

    async def _vector(self, text: str, lacking: _Lacking) -> Floats | None:
        if not text:
            return None
        started = perf_counter()
        try:
            vector: Floats = (await self._encoders.texts([text]))[0]
        except EncoderFailed as error:
            log.warning("text_not_encoded", detail=str(error))
            lacking.add("encoder_unavailable")
            return None
        STAGE.labels("encode_text").observe(perf_counter() - started)
        return vector

    async def _by_words(self, standing: Standing, asked: Asked, lacking: _Lacking) -> Results:
        vector = await self._vector(asked.text, lacking)
        started = perf_counter()
        words = standing.index.words
        answer = await _by_legs(words, vector, lambda known: words.answer(asked, known), lacking)
        STAGE.labels("find").observe(perf_counter() - started)
        hits = zip(answer.ids, answer.scores, answer.legs, strict=True)
        return Results(
            version=standing.version,
            method=answer.method,
            hits=tuple(Hit(*hit) for hit in hits),
            total=answer.total,
            facets=answer.facets,
            searched=answer.searched,
            did_you_mean=answer.did_you_mean,
            recovery=answer.recovery,
        )

    async def _by_picture(self, standing: Standing, query: SearchQuery, asked: Asked, *, lacking: _Lacking) -> Results:
        if query.image is None:
            raise ValueError("a query without a picture")
        index = standing.index
        seen = await self._pictures.see(index, query.image)
        text = await self._vector(asked.text, lacking)
        if text is not None and model_of(index).joint is None:
            lacking.add("words_ignored")
        told = self._told(index, seen, query.by_picture)
        own = tuple(_filters(index, told))
        look = LookQuery(
            picture=seen.vector,
            text=text,
            words=query.words,
            filters=(*query.filters, *query.always, *own),
            facets=query.facets,
            sort=query.sort,
            start=query.start,
            size=query.size,
        )
        started = perf_counter()
        answer = index.look(look)
        recovery: tuple[str, ...] = ()
        if not answer.total and (query.filters or own):
            answer = index.look(replace(look, filters=query.always))
            recovery = ("filters",) if answer.total else ()
        STAGE.labels("find").observe(perf_counter() - started)
        legs = (PICTURE,) if answer.method == PICTURE else (PICTURE, "words")
        return Results(
            version=standing.version,
            method=answer.method,
            hits=tuple(Hit(name, score, legs) for name, score in zip(answer.ids, answer.scores, strict=True)),
            total=answer.total,
            facets=answer.facets,
            searched=asked.text if asked.corrected else None,
            recovery=recovery,
            recognised=told,
        )

    @staticmethod
    def _told(index: SearchIndex, seen: Seen, names: Sequence[str]) -> Mapping[str, tuple[Recognised, ...]]:
        if not names:
            return {}
        look: Look = model_of(index).look_at(seen.features, [seen.pixels], top=3)[0]
        return recognised(look, names)


def _filters(index: SearchIndex, told: Mapping[str, tuple[Recognised, ...]]) -> list[Filter]:
    """What was read from a picture as filters; an attribute that the catalogue does not have filters nothing."""
    columns = index.words.columns.label_columns
    named = {name: "category" if name in CATEGORY_COLUMNS else f"attributes.{name}" for name in told}
    return [
        OneOf(named[name], frozenset(guess.value for guess in guesses))
        for name, guesses in told.items()
        if named[name] in columns
    ]


async def _by_legs(
    words: HybridSearch, vector: Floats | None, find: Callable[[Floats | None], Found], lacking: _Lacking
) -> Found:
    """What `find` gives with the vector, or without it where the vectors lie elsewhere and do not answer."""
    if vector is None or not words.dense.collection:
        return find(vector)
    try:
        # Another server is waited for beside the event loop.
        return await asyncio.to_thread(find, vector)
    except VectorsUnavailable as error:
        log.warning("vectors_unavailable", detail=str(error))
        lacking.add("vectors_unavailable")
        return find(None)


def _why(index: SearchIndex, asked: Asked, product_id: str, *, vector: Floats | None) -> Why:
    if not asked.text:
        return Why(product_id=product_id, found=False)
    try:
        told = index.words.explain(asked, product_id, vector)
    except KeyError:
        return Why(product_id=product_id, found=False)
    return Why(
        product_id=product_id,
        found=True,
        legs=told.legs,
        score=told.score,
        base=told.base,
        features=told.features,
    )
