"""What comes next, by a Transformer over the history: the serving half needs numpy and onnxruntime alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from merx_models.linear import top_rows
from merx_models.product_index import Floats, Rows

if TYPE_CHECKING:
    from scipy import sparse

ENCODER = "encoder.onnx"
TABLE = "products.npy"


@dataclass(frozen=True, kw_only=True)
class SequenceSettings:
    """Sizes and training of the encoder; `negatives` are drawn once a batch and shared by its positions."""

    width: int = 64
    layers: int = 1
    heads: int = 2
    length: int = 30
    dropout: float = 0.4
    temperature: float = 0.08
    negatives: int = 512
    batch: int = 256
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 30
    seed: int = 0
    threads: int = 1


class SequenceModel:
    """Products and histories as unit vectors; a product's score is the cosine between its vector and the history's."""

    def __init__(self, encoder: bytes, table: Floats, *, length: int) -> None:
        """`encoder` is ONNX: `vectors` float32[B, L, D] of the products bought, to float32[B, L, D]."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._encoder = encoder
        self._session = onnxruntime.InferenceSession(encoder, options, providers=["CPUExecutionProvider"])
        self.table = table
        self.length = length

    @classmethod
    def fit(
        cls,
        histories: Sequence[Rows],
        products: int,
        *,
        labels: "sparse.csr_matrix | None" = None,
        settings: SequenceSettings | None = None,
    ) -> "SequenceModel":
        """Train on every next product of every history; by `labels` [P, labels] alike products share what is learnt."""
        from merx_models.sequence_training import train

        settings = settings or SequenceSettings()
        encoder, table = train(histories, products, labels=labels, settings=settings)
        return cls(encoder, table, length=settings.length)

    def encode(self, histories: Sequence[Rows]) -> Floats:
        """The unit vector of each history, float32[B, D]; zeros where a history holds nothing known."""
        recent = [history[history >= 0][-self.length :] for history in histories]
        longest = max((len(history) for history in recent), default=0)
        vectors = np.zeros((len(recent), self.table.shape[1]), dtype=np.float32)
        filled = [place for place, history in enumerate(recent) if len(history)]
        if not filled:
            return vectors
        batch = np.zeros((len(filled), longest, self.table.shape[1]), dtype=np.float32)
        for row, place in enumerate(filled):
            batch[row, : len(recent[place])] = self.table[recent[place]]
        encoded = self._session.run(None, {"vectors": batch})[0]
        last = np.array([len(recent[place]) - 1 for place in filled])
        vectors[filled] = encoded[np.arange(len(filled)), last]
        return vectors

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats:  # noqa: ARG002 - one interface
        """Cosines, -1 to 1; zeros for an empty history. Ages are not read: order carries the time."""
        scores: Floats = self.batch_scores([history])[0]
        return scores

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        scores: Floats = self.encode(histories) @ self.table.T
        return scores

    def top(self, history: Rows, ages_days: Floats | None, k: int) -> tuple[Rows, Floats]:
        """The k nearest products, nearest first."""
        return top_rows(self.scores(history, ages_days), k)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ENCODER).write_bytes(self._encoder)
        np.save(folder / TABLE, self.table)
        (folder / "length.txt").write_text(str(self.length))

    @classmethod
    def load(cls, folder: Path) -> "SequenceModel":
        table = np.load(folder / TABLE)
        return cls((folder / ENCODER).read_bytes(), table, length=int((folder / "length.txt").read_text()))


def described(settings: SequenceSettings) -> dict[str, Any]:
    """The settings as a model card states them."""
    return asdict(settings)
