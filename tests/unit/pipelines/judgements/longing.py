"""A synthetic shop in which shoppers want, of the products that a word finds, the one with the longest title: the one
that ranks last by BM25, by its vector, and so by reciprocal ranks."""

from collections.abc import Sequence

import numpy as np

from merx_core.catalogue import Product
from merx_models.search_index import SearchIndex, text_of
from merx_pipelines.indexing.judgements import Judged
from tests.unit.models.words.shop import HashedWords

KINDS = 90
WORDS = ("oak", "steel", "linen", "amber", "royal", "tidal")
EACH = len(WORDS)


def word(kind: int) -> str:
    """Letters alone: a word with digits would be a model number."""
    return "".join("bdfgklmnpr"[int(digit)] + "aeiouaeiou"[int(digit)] for digit in f"{kind:03}") + "x"


def products() -> list[Product]:
    return [
        Product(
            product_id=f"{word(kind)}-{size}",
            title=" ".join([word(kind), *WORDS[:size]]),
            category=("ALL",),
            stock=None,
            in_stock=True,
        )
        for kind in range(KINDS)
        for size in range(EACH)
    ]


def index() -> SearchIndex:
    made = products()
    return SearchIndex.build(made, encode([text_of(product) for product in made]))


def encode(texts: Sequence[str]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return HashedWords().encode(texts)


def wanted(*, longest: bool = True, kinds: int = KINDS) -> Judged:
    """What clicks say of each word: the longest title is wanted, or the shortest."""
    best = EACH - 1 if longest else 0
    return {word(kind): {f"{word(kind)}-{size}": 3 * (size == best) for size in range(EACH)} for kind in range(kinds)}
