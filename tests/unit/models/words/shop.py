"""A small shop, and an encoder that needs no weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from merx_models.text_encoder import unit
from merx_models.words.analysis import analyse
from merx_models.words.columns import Entry
from merx_models.words.documents import Document
from merx_models.words.hybrid import HybridSearch

PRODUCTS = (
    ("cola", "Cola 6x330ml cans", "sparkling drink", "drinks", 499.0, 50.0),
    ("cola-big", "Cola bottle 1.5 l", "sparkling drink", "drinks", 199.0, 90.0),
    ("tv", "Sony television KDL-40V2500", "40 inch screen", "screens", 79_900.0, 10.0),
    ("tv-next", "Sony television KDL-40V3000", "40 inch screen", "screens", 89_900.0, 5.0),
    ("snack", "Red kids snacks", "fruit bars", "food", 299.0, 70.0),
    ("shoe", "耐克运动鞋 男", "轻便跑步", "shoes", 59_900.0, 20.0),
    ("towel", "Kitchen towels, pack of 6", "paper", "home", 399.0, 30.0),
)


class HashedWords:
    """A term is a direction drawn from its characters: texts that share terms are near."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = np.zeros((len(texts), 64), np.float32)
        for row, text in enumerate(texts):
            for term in analyse(text).terms:
                found[row] += np.random.default_rng(list(term.encode())).normal(size=64)
        return unit(found)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode(texts)


def documents() -> list[Document]:
    return [Document(doc_id, {"title": title, "description": text}) for doc_id, title, text, *_ in PRODUCTS]


def vectors(some: Sequence[Document]) -> NDArray[np.float32]:
    return HashedWords().encode([document.text for document in some])


def entries() -> list[Entry]:
    return [
        Entry({"category": [category]}, {"price": price, "popularity": popularity})
        for _, _, _, category, price, popularity in PRODUCTS
    ]


def shop() -> HybridSearch:
    return HybridSearch.build(documents(), vectors(documents()), entries=entries())
