"""The fusion of an index, learned from judged queries as the service will ask them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from merx_models.search_index import SELLABLE, SearchIndex
from merx_models.words.fusion import Fusion, FusionSettings, JudgedQuery
from merx_models.words.queries import Query
from merx_pipelines.indexing.judgements import BEST, UNSEEN

Floats = NDArray[np.float32]
VALIDATION_IN = 5
"""One query in so many validates."""
FEWEST_VALIDATED = 10
"""Fewer say by chance which order is better."""
LEAST_TITLES, MOST_TITLES = 100, 1_000
TITLES_LOST = 0.02
"""A learned order may find so many fewer products by their own titles than the fallback."""
PROGRESS = 500
"""Queries between two reports."""


@dataclass(frozen=True, slots=True)
class Learned:
    """`queries` were judged and could be asked; `validation` is NDCG@10 by method, empty where there were too few.
    `titles` is the share of products that the learned order had among the first ten for their own titles."""

    queries: int
    validation: Mapping[str, float] = field(default_factory=dict)
    titles: float | None = None


def learn(
    index: SearchIndex,
    judged: Mapping[str, Mapping[str, int]],
    encode: Callable[[Sequence[str]], Floats],
    *,
    seed: int = 0,
    settings: FusionSettings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Learned:
    """Sets the index's fusion to what orders the validation queries best, the simplest of equals; leaves it as it is
    where too few queries were judged. `encode` gives unit vectors of queries.

    A query's words alone say whether it validates: not the seed, and not what else was judged. Shoppers ask in few
    words, and whoever gives a title wants that product: titles are learned from too, and an order that lost them does
    not serve.
    """
    chosen = settings or FusionSettings()
    texts = sorted(text for text, grades in judged.items() if any(grade > 0 for grade in grades.values()))
    if len(texts) < chosen.fewest:
        return Learned(len(texts))
    parts: dict[bool, list[JudgedQuery]] = {True: [], False: []}
    for done, (text, vector) in enumerate(zip(texts, encode(texts), strict=True), 1):
        asked = judged_query(index, text, judged[text], vector)
        if asked.labels.any():
            parts[validates(text)].append(asked)
        if done % PROGRESS == 0 or done == len(texts):
            progress(f"{done:,} judged queries asked")
    queries = len(parts[True]) + len(parts[False])
    if len(parts[False]) < chosen.fewest or len(parts[True]) < FEWEST_VALIDATED:
        return Learned(queries)
    titles = by_title(index, encode, count=len(texts) // 2, seed=seed)
    train = [*parts[False], *titles[False]]
    fusion = Fusion.fit(train, parts[True], settings=chosen, seed=seed)
    found = share_found(fusion, titles[True])
    if found >= share_found(index.words.fusion, titles[True]) - TITLES_LOST:
        index.words.fusion = fusion
    return Learned(queries, fusion.validation, found)


def by_title(
    index: SearchIndex, encode: Callable[[Sequence[str]], Floats], *, count: int, seed: int
) -> dict[bool, list[JudgedQuery]]:
    """Titles of about so many products as queries that want what is so called; True: those that validate."""
    called: dict[str, list[str]] = {}
    for card in index.cards.values():
        if card.title and index.in_stock(card.product_id):
            called.setdefault(card.title, []).append(card.product_id)
    wanted = min(max(count, LEAST_TITLES), MOST_TITLES)
    order = np.random.default_rng(seed).permutation(len(called))[:wanted]
    names = sorted(called)
    titles = [names[place] for place in np.sort(order).tolist()]
    parts: dict[bool, list[JudgedQuery]] = {True: [], False: []}
    for title, vector in zip(titles, encode(titles), strict=True):
        parts[validates(title)].append(judged_query(index, title, dict.fromkeys(called[title], BEST), vector))
    return parts


def share_found(fusion: Fusion, queries: Sequence[JudgedQuery], k: int = 10) -> float:
    """Of queries, how many have something wanted among the first `k`; 1 of none."""
    hits = [query.labels[fusion.order(query.features)[:k]].any() for query in queries]
    return float(np.mean(hits)) if hits else 1.0


def judged_query(index: SearchIndex, text: str, grades: Mapping[str, int], vector: Floats) -> JudgedQuery:
    """What the legs bring for a query, with grades. What was never shown counts as not wanted, or nothing would teach
    what a poor candidate is; what was shown and not seen is left out, since nothing is known of it.

    It is asked as the service asks for a stranger: what can be sold, in the words as they are.
    """
    words = index.words
    asked = words.read(Query(text=text, always=(SELLABLE,), correct_spelling=False))
    found = words.candidates(asked, vector)
    names = words.table.names(found.rows.tolist())
    labels = np.array([grades.get(name, 0) for name in names], np.float32)
    known = labels != UNSEEN
    wanted = {name for name, grade in grades.items() if grade > 0 and name in index.cards and index.in_stock(name)}
    return JudgedQuery(found.features[known], labels[known], missed=len(wanted.difference(names)))


def validates(text: str) -> bool:
    return sha256(text.encode()).digest()[0] % VALIDATION_IN == 0
