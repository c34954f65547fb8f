"""Products as vectors of the graph of shoppers, products and labels: the serving half needs numpy alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from merx_models.linear import positions, top_rows
from merx_models.product_index import Floats, Rows

TABLE = "vectors.npy"
SETTINGS = "graph.json"


@dataclass(frozen=True, kw_only=True)
class GraphSettings:
    """`hops` of neighbours are averaged; `decay` fades the history in training and in serving alike."""

    width: int = 64
    hops: int = 3
    decay: float = 0.7
    length: int = 30
    temperature: float = 0.1
    negatives: int = 1024
    batch: int = 4096
    steps: int = 300
    learning_rate: float = 1e-2
    label_edges: float = 1.0
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class GraphModel:
    """LightGCN (He et al. 2020); a shopper is the decayed mean of products bought, so new ones are served alike."""

    table: Floats
    decay: float
    length: int

    @classmethod
    def fit(
        cls,
        histories: Sequence[Rows],
        products: int,
        *,
        labels: sparse.csr_matrix | None = None,
        settings: GraphSettings | None = None,
    ) -> "GraphModel":
        """Train on every next product of every history; `labels` [P, labels] are categories, brands and the like."""
        from merx_models.graph_training import train

        settings = settings or GraphSettings()
        table = train(histories, products, labels=labels, settings=settings)
        return cls(table, decay=settings.decay, length=settings.length)

    def shoppers(self, histories: Sequence[Rows]) -> Floats:
        """The unit vector of each shopper, float32[B, D]; zeros for an empty history."""
        recent = [history[history >= 0][-self.length :] for history in histories]
        owner, place, rows = positions(recent)
        ends = np.array([len(history) for history in recent], dtype=np.int64)
        weight = self.decay ** (ends[owner] - 1 - place).astype(np.float32)
        mixed = sparse.csr_matrix((weight, (owner, rows)), shape=(len(recent), len(self.table))) @ self.table
        length = np.linalg.norm(mixed, axis=1, keepdims=True)
        vectors: Floats = (mixed / np.where(length > 0, length, 1)).astype(np.float32)
        return vectors

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats:  # noqa: ARG002 - one interface
        """Cosines, -1 to 1; zeros for an empty history. Ages are not read: order carries the time."""
        scores: Floats = self.table @ self.shoppers([history])[0]
        return scores

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        scores: Floats = self.shoppers(histories) @ self.table.T
        return scores

    def top(self, history: Rows, ages_days: Floats | None, k: int) -> tuple[Rows, Floats]:
        """The k nearest products, nearest first."""
        return top_rows(self.scores(history, ages_days), k)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / TABLE, self.table)
        (folder / SETTINGS).write_text(json.dumps({"decay": self.decay, "length": self.length}))

    @classmethod
    def load(cls, folder: Path) -> "GraphModel":
        return cls(np.load(folder / TABLE), **json.loads((folder / SETTINGS).read_text()))
