"""Sentence vectors as a leg of the search: cosine of every document with the query, changes taken up at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
FILE = "vectors.npy"


class Encoder(Protocol):
    """Texts to unit vectors float32[n, d] (`merx_models.text_encoder.TextEncoder`, or another model)."""

    def encode(self, texts: Sequence[str]) -> Floats: ...


class DenseRows:
    """Unit vectors by row: those of the build, which may be mapped from a file, and recent ones behind them."""

    def __init__(self, built: Floats) -> None:
        self._built = built
        self._recent = np.empty((0, built.shape[1]), np.float32)
        self._used = 0

    def __len__(self) -> int:
        return len(self._built) + self._used

    @property
    def dim(self) -> int:
        return int(self._built.shape[1])

    def extend(self, vectors: Floats) -> None:
        """Rows more. Room doubles, so that many changes stay cheap."""
        end = self._used + len(vectors)
        if end > len(self._recent):
            grown = np.empty((max(64, 2 * self._used, end), self.dim), np.float32)
            grown[: self._used] = self._recent[: self._used]
            self._recent = grown
        self._recent[self._used : end] = vectors
        self._used = end

    def cosine(self, query: Floats) -> Floats:
        """float32[rows]: cosine of each row with the unit vector `query`."""
        found = np.empty(len(self), np.float32)
        np.dot(self._built, query, out=found[: len(self._built)])
        np.dot(self._recent[: self._used], query, out=found[len(self._built) :])
        return found

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / FILE, np.concatenate([self._built, self._recent[: self._used]]))

    @classmethod
    def load(cls, folder: Path) -> "DenseRows":
        """Maps the file: only the pages that searches touch are read."""
        return cls(np.load(folder / FILE, mmap_mode="r"))
