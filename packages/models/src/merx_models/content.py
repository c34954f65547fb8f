"""Products that read alike: what places a product that nobody bought yet.

Texts become vectors as `merx_models.placed_texts` says: those of the best-sold products by the encoder itself.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.placed_texts import Encoder, place_texts
from merx_models.text_encoder import unit

HALF_LIFE_DAYS = 30.0
Rows = NDArray[np.int32]
Floats = NDArray[np.float32]


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
        placed = place_texts(
            products.texts, products.weight, encoder, encoded=chosen.encoded, seed=chosen.seed, progress=progress
        )
        members = _members(placed.text_of, products.weight, len(placed.vectors), chosen.per_text)
        vectors, text_of = _fewer_dimensions(placed.vectors, chosen), placed.text_of.astype(np.int32)
        return cls(vectors, text_of, members, map_cosine=placed.map_cosine)

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
