"""A text encoder that remembers: one run encodes the same titles for two models."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FILE = "texts.npz"


class RememberedTexts:
    """Encodes by the packaged sentence encoder what `folder` does not hold yet, and keeps it there."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._vectors: dict[str, Floats] = {}
        if self._path.exists():
            with np.load(self._path) as stored:
                self._vectors = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats:
        """One vector per text, in their order."""
        missing = sorted(set(texts) - self._vectors.keys())
        if missing:
            from merx_models.text_encoder import TextEncoder

            vectors = TextEncoder().encode(missing, progress=progress)
            self._vectors.update(zip(missing, vectors, strict=True))
            self._path.parent.mkdir(parents=True, exist_ok=True)
            kept = list(self._vectors)
            np.savez(self._path, texts=np.array(kept), vectors=np.stack([self._vectors[text] for text in kept]))
        return np.stack([self._vectors[text] for text in texts])
