"""Vectors of many texts within a budget.

A sentence encoder costs milliseconds a text. The texts of the most wanted products are encoded; the others are placed
among them by a linear map from their words to the same vectors, learned from those that were encoded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.text_encoder import unit

Floats = NDArray[np.float32]


class Encoder(Protocol):
    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats: ...


@dataclass(frozen=True, slots=True)
class PlacedTexts:
    """`vectors` [T, dim] are unit vectors of the distinct texts, `text_of` [n] says which one each given text is.
    `map_cosine` is the mean cosine of mapped and encoded vectors, on texts that the map did not see (NaN: no map)."""

    vectors: Floats
    text_of: NDArray[np.intp]
    encoded: int
    map_cosine: float


def place_texts(
    texts: Sequence[str],
    weight: NDArray[np.float64],
    encoder: Encoder,
    *,
    encoded: int | None,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> PlacedTexts:
    """At most `encoded` distinct texts (None: all) go through the encoder, those of the highest summed `weight`."""
    distinct, text_of = np.unique(np.asarray(texts, dtype=object).astype(str), return_inverse=True)
    wanted = np.bincount(text_of, weights=weight, minlength=len(distinct))
    order = np.argsort(-wanted, kind="stable")[:encoded]
    known = encoder.encode([str(text) for text in distinct[order]], progress=progress)
    vectors, cosine = _place_all(distinct, order, known, seed)
    return PlacedTexts(vectors, text_of, len(order), cosine)


def _place_all(distinct: NDArray[np.str_], order: NDArray[np.intp], known: Floats, seed: int) -> tuple[Floats, float]:
    """Vectors of all texts: the encoder's where it ran, the map's elsewhere; and the map's cosine on texts held out."""
    if len(order) == len(distinct):
        vectors = np.empty_like(known)
        vectors[order] = known
        return vectors, float("nan")
    words = _word_counts(distinct)
    held_out = np.random.default_rng(seed).random(len(order)) < 0.1
    guessed = unit(_mapped(words, words[order[~held_out]], known[~held_out])[order[held_out]])
    cosine = float((guessed * known[held_out]).sum(axis=1).mean()) if held_out.any() else float("nan")
    vectors = unit(_mapped(words, words[order], known))
    vectors[order] = known
    return vectors, cosine


def _word_counts(texts: NDArray[np.str_]) -> Any:
    """Words and pairs of words, rare ones heavier: sparse unit rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counted = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=20_000, dtype=np.float32)
    return counted.fit_transform(texts.tolist())


def _mapped(words: Any, seen: Any, vectors: Floats, ridge: float = 0.1) -> Floats:
    """Ridge regression from words to vectors, solved over the seen texts, which are fewer than the words."""
    mean = vectors.mean(axis=0)
    gram = (seen @ seen.T).toarray() + ridge * np.eye(seen.shape[0], dtype=np.float32)
    effects = seen.T @ np.linalg.solve(gram, vectors - mean)
    return np.asarray(words @ effects + mean, dtype=np.float32)
