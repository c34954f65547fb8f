"""Products that read alike: what places a product that nobody bought yet.

A sentence encoder costs milliseconds a text. The texts of the best-sold products are encoded; the others are placed
among them by a linear map from their words to the same vectors, learned from those that were encoded. Quality of the
map: `ContentModel.map_cosine`, measured on encoded texts that it did not see.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.text_encoder import unit

HALF_LIFE_DAYS = 30.0
Rows = NDArray[np.int32]
Floats = NDArray[np.float32]


class Encoder(Protocol):
    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSettings:
    """`encoded` texts go through the encoder (None: all), `dim` of its dimensions are kept. Of products with one and
    the same text at most `per_text` are answered, the most wanted first."""

    encoded: int | None = 3_000
    dim: int = 64
    per_text: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Texts:
    """One text per product row, and how much each product is wanted (sales, say; new products may be lifted)."""

    texts: Sequence[str]
    weight: NDArray[np.float64]


class ContentModel:
    """Cosine between texts, answered as products. `vectors` [T, dim] are unit vectors of distinct texts."""

    def __init__(self, vectors: Floats, text_of: Rows, members: Rows, *, map_cosine: float = float("nan")) -> None:
        """`text_of` [P] says which text a product has, `members` [T, per_text] which products to answer (-1 pads)."""
        self.vectors, self.text_of, self.members = vectors, text_of, members
        self.map_cosine = map_cosine

    @classmethod
    def fit(
        cls,
        products: Texts,
        encoder: Encoder,
        *,
        settings: ContentSettings | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> "ContentModel":
        chosen = settings or ContentSettings()
        distinct, text_of = np.unique(np.asarray(products.texts, dtype=object).astype(str), return_inverse=True)
        wanted = np.bincount(text_of, weights=products.weight, minlength=len(distinct))
        order = np.argsort(-wanted, kind="stable")[: chosen.encoded]
        known = encoder.encode([str(text) for text in distinct[order]], progress=progress)
        vectors, cosine = _place_all(distinct, order, known, chosen)
        members = _members(text_of, products.weight, len(distinct), chosen.per_text)
        return cls(_fewer_dimensions(vectors, chosen), text_of.astype(np.int32), members, map_cosine=cosine)

    def top(self, history: Rows, ages_days: Floats, k: int) -> tuple[Rows, Floats]:
        """The products whose texts are nearest to those of `history` (newer ones weigh more), and their cosine.

        What is in the history is left out.
        """
        weights = np.exp2(-np.maximum(ages_days, 0.0) / HALF_LIFE_DAYS).astype(np.float32)
        query = weights @ self.vectors[self.text_of[history]]
        length = float(np.linalg.norm(query))
        if length < 1e-9:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        cosine = self.vectors @ (query / length).astype(np.float32)
        reach = min(len(cosine), k + len(history))
        near = np.argpartition(-cosine, reach - 1)[:reach]
        near = near[np.argsort(-cosine[near], kind="stable")]
        rows, scores = self.members[near].ravel(), np.repeat(cosine[near], self.members.shape[1])
        keep = (rows >= 0) & (scores > 0) & ~np.isin(rows, history)
        return rows[keep][:k].astype(np.int32), scores[keep][:k]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "content.npz", vectors=self.vectors, text_of=self.text_of, members=self.members)
        (folder / "content.json").write_text(json.dumps({"map_cosine": _or_none(self.map_cosine)}))

    @classmethod
    def load(cls, folder: Path) -> "ContentModel":
        cosine = json.loads((folder / "content.json").read_text())["map_cosine"]
        with np.load(folder / "content.npz") as stored:
            parts = stored["vectors"], stored["text_of"], stored["members"]
        return cls(*parts, map_cosine=float("nan") if cosine is None else cosine)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _place_all(
    distinct: NDArray[np.str_], order: NDArray[np.intp], known: Floats, settings: ContentSettings
) -> tuple[Floats, float]:
    """Vectors of all texts: the encoder's where it ran, the map's elsewhere; and the map's cosine on texts held out."""
    if len(order) == len(distinct):
        vectors = np.empty_like(known)
        vectors[order] = known
        return vectors, float("nan")
    words = _word_counts(distinct)
    held_out = np.random.default_rng(settings.seed).random(len(order)) < 0.1
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


def _fewer_dimensions(vectors: Floats, settings: ContentSettings) -> Floats:
    """The directions in which the texts differ most, kept; unit length again."""
    centred = vectors - vectors.mean(axis=0)
    if settings.dim >= vectors.shape[1]:
        return unit(centred)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return unit(centred @ axes[:, -settings.dim :])


def _members(text_of: NDArray[np.intp], weight: NDArray[np.float64], texts: int, per_text: int) -> Rows:
    """For each text its `per_text` products of the highest weight, -1 where it has fewer."""
    order = np.lexsort((np.arange(len(weight)), -weight, text_of))
    sizes = np.bincount(text_of, minlength=texts)
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    members = np.full((texts, per_text), -1, np.int32)
    first = place < per_text
    members[text_of[order[first]], place[first]] = order[first]
    return members
