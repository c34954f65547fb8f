"""Questions with the answers that an index gave when it was built: asked again before it serves."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.search_index.index import SearchIndex
from merx_models.words.queries import Answer, Query

Floats = NDArray[np.float32]
FILE, VECTORS = "golden.json", "golden.npy"
FIRST = 5
TOLERANCE = 1e-3
"""Scores are float32 sums in an order that a processor may choose."""


class GoldenMismatch(ValueError):
    """An index does not answer as it did when it was built."""


def write_golden(folder: Path, index: SearchIndex, texts: Sequence[str], vectors: Floats) -> None:
    """Asks each of `texts` with its vector [n, dim], and keeps the first products and their scores."""
    kept = []
    for text, vector in zip(texts, vectors, strict=True):
        answer = _ask(index, text, vector)
        kept.append({"text": text, "ids": answer.ids, "scores": answer.scores})
    np.save(folder / VECTORS, vectors)
    (folder / FILE).write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def check_golden(folder: Path, index: SearchIndex) -> None:
    """Raises GoldenMismatch, naming the first question that is answered otherwise."""
    vectors = np.load(folder / VECTORS)
    for kept, vector in zip(json.loads((folder / FILE).read_text()), vectors, strict=True):
        found = _ask(index, kept["text"], vector)
        same = len(found.ids) == len(kept["ids"]) and np.allclose(found.scores, kept["scores"], atol=TOLERANCE)
        if not same:
            raise GoldenMismatch(f"{kept['text']!r} finds {found.ids}, and found {kept['ids']} when it was built")


def _ask(index: SearchIndex, text: str, vector: Floats) -> Answer:
    return index.words.answer(index.words.read(Query(text=text, size=FIRST)), vector)
