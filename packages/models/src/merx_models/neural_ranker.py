"""What DIN and Wide & Deep share: training with early stopping, calibration, export to ONNX."""

import itertools
import json
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from merx_models.ranker import OnnxRanker
from merx_models.ranking_rows import Floats, Ints, RankingRows, group_auc, platt

if TYPE_CHECKING:
    from torch import Tensor, nn

    from merx_models.ranking_networks import FeatureEncoder, ItemTable

GRAPH, DESCRIPTION = "ranker.onnx", "ranker.json"
QUANTILES = 8
OPSET = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralSettings:
    """`dim` of product vectors; `max_history` products are read, the latest; training stops after `patience` epochs
    without a better group AUC on the validation rows. `vector_decay` pulls the vectors of a batch's products towards
    zero (Zhou et al. 2018, section 5.1), `decay` is the weight decay of everything else.
    """

    dim: int = 32
    max_history: int = 32
    epochs: int = 8
    patience: int = 0
    batch: int = 1024
    rate: float = 2e-3
    vector_rate: float = 4e-3
    vector_decay: float = 0.0
    decay: float = 1e-4
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Items:
    """The products that rows point to, with the codes of their attributes (category, brand, ...; -1 pads)."""

    size: int
    attributes: Ints | None = None

    def table(self) -> tuple[Ints, int]:
        if self.attributes is None:
            return np.full((self.size, 1), -1, np.int64), 0
        return self.attributes.astype(np.int64), int(self.attributes.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Epoch:
    loss: float
    validation_auc: float


@dataclass(slots=True)
class Trained:
    """What training hands over: the network, its calibration and how it got there."""

    network: "nn.Module"
    slope: float
    shift: float
    epochs: list[Epoch]


class NeuralRanker:
    """A trained network, or (loaded) its ONNX graph alone; `slope` and `shift` make its logits probabilities.

    A subclass says what `network` stands on the encoded features and the table of products.
    """

    @classmethod
    def network(cls, encoder: "FeatureEncoder", items: "ItemTable", settings: NeuralSettings) -> "nn.Module":
        raise NotImplementedError

    def __init__(self, settings: NeuralSettings, *, epochs: Sequence[Epoch] = ()) -> None:
        self.settings = settings
        self.epochs = tuple(epochs)
        self.trained: Trained | None = None
        self.graph: Path | None = None
        self._session: OnnxRanker | None = None

    @classmethod
    def fit(
        cls,
        rows: RankingRows,
        validation: RankingRows,
        items: Items,
        *,
        settings: NeuralSettings | None = None,
        seed: int = 0,
    ) -> Self:
        """Train on `rows`, stop and calibrate on `validation`."""
        chosen = settings or NeuralSettings()

        def build() -> "nn.Module":
            from merx_models.ranking_networks import FeatureEncoder, ItemTable

            attributes, count = items.table()
            table = ItemTable(attributes, dim=chosen.dim, attribute_count=count)
            return cls.network(FeatureEncoder(quantile_edges(rows.features)), table, chosen)

        return cls.of(train(build, rows, validation, settings=chosen, seed=seed), chosen)

    @classmethod
    def of(cls, trained: Trained, settings: NeuralSettings) -> Self:
        model = cls(settings, epochs=trained.epochs)
        model.trained = trained
        return model

    def predict(self, rows: RankingRows) -> Floats:
        """Probabilities of all rows: by torch in one go after fitting, by the graph, list by list, after loading."""
        if self.trained is not None:
            logits = _logits(self.trained.network, rows)
            return _sigmoid(self.trained.slope * logits + self.trained.shift)
        starts = np.r_[0, np.flatnonzero(np.diff(rows.group)) + 1, len(rows)]
        spans = [slice(a, b) for a, b in itertools.pairwise(starts.tolist())]
        return np.concatenate([self._one_list(rows, span) for span in spans])

    def score(self, features: Floats, history: Ints, candidates: Ints) -> Floats:
        """Probabilities of the candidates of one shopper, as the service asks for them (see `merx_models.ranker`)."""
        if self._session is None:
            if self.graph is None:
                raise RuntimeError("export the network (to_onnx or save) before scoring one shopper")
            self._session = OnnxRanker(self.graph)
        return self._session.score(features, history, candidates)

    def _one_list(self, rows: RankingRows, span: slice) -> Floats:
        history = rows.histories[int(rows.group[span.start])]
        return self.score(rows.features[span], history[history >= 0], rows.candidates[span])

    def to_onnx(self, path: Path) -> Path:
        """Write the graph: inputs features [n, F], history [H], candidates [n] (any n, H from 0), output score [n]."""
        if self.trained is not None:
            _export(self.trained, self.settings, path)
        elif self.graph is not None:
            path.write_bytes(self.graph.read_bytes())
        self.graph, self._session = path, None
        return path

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.to_onnx(folder / GRAPH)
        described = {"settings": asdict(self.settings), "epochs": [asdict(epoch) for epoch in self.epochs]}
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote, without torch."""
        described = json.loads((folder / DESCRIPTION).read_text())
        epochs = [Epoch(**epoch) for epoch in described["epochs"]]
        model = cls(NeuralSettings(**described["settings"]), epochs=epochs)
        model.graph = folder / GRAPH
        return model


def quantile_edges(features: Floats, count: int = QUANTILES) -> Floats:
    """Edges [F, count + 1] of equally filled intervals, from some 100,000 rows; a column without values gets 0 to 1."""
    step = max(1, len(features) // 100_000)
    edges = np.empty((features.shape[1], count + 1), np.float32)
    for column in range(features.shape[1]):
        values = features[::step, column]
        values = np.unique(values[np.isfinite(values)])
        if len(values) == 0:
            values = np.array([0.0, 1.0], np.float32)
        edges[column] = _edges(features[::step, column], values, count)
    return edges


def _edges(column: Floats, distinct: Floats, count: int) -> Floats:
    """Quantiles of the column; of its distinct values where most of it is one value."""
    finite = column[np.isfinite(column)]
    grid = np.linspace(0.0, 1.0, count + 1)
    if len(finite) == 0:
        return np.linspace(0.0, 1.0, count + 1).astype(np.float32)
    edges = np.quantile(finite, grid)
    if len(np.unique(edges)) < count + 1:
        edges = np.quantile(distinct, grid)
    return np.asarray(edges, dtype=np.float32)


def train(
    build: "Callable[[], nn.Module]", rows: RankingRows, validation: RankingRows, *, settings: NeuralSettings, seed: int
) -> Trained:
    """Fit the network that `build` makes; the same seed gives the same network on the same machine."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(settings.threads)
    network = build()
    optimisers = _optimisers(network, settings)
    shuffle = np.random.default_rng(seed)
    epochs: list[Epoch] = []
    kept, waited = deepcopy(network.state_dict()), 0
    for _ in range(settings.epochs):
        loss = _epoch(network, rows, optimisers=optimisers, order=shuffle.permutation(len(rows)), settings=settings)
        auc = group_auc(_logits(network, validation), validation.labels, validation.group)
        better = not epochs or auc > max(epoch.validation_auc for epoch in epochs)
        epochs.append(Epoch(loss=loss, validation_auc=auc))
        kept, waited = (deepcopy(network.state_dict()), 0) if better else (kept, waited + 1)
        if waited > settings.patience:
            break
    network.load_state_dict(kept)
    network.eval()
    slope, shift = platt(_logits(network, validation), validation.labels, validation.weights)
    return Trained(network=network, slope=slope, shift=shift, epochs=epochs)


def _optimisers(network: "nn.Module", settings: NeuralSettings) -> list[Any]:
    import torch

    tables = [module for module in network.modules() if isinstance(module, torch.nn.Embedding) and module.sparse]
    vectors = [table.weight for table in tables]
    known = {id(weight) for weight in vectors}
    dense = [weight for weight in network.parameters() if id(weight) not in known]
    return [
        torch.optim.SparseAdam(vectors, lr=settings.vector_rate),
        torch.optim.AdamW(dense, lr=settings.rate, weight_decay=settings.decay),
    ]


def _epoch(
    network: "nn.Module", rows: RankingRows, *, optimisers: list[Any], order: NDArray[np.intp], settings: NeuralSettings
) -> float:
    import torch

    network.train()
    total = 0.0
    for start in range(0, len(order), settings.batch):
        chosen = order[start : start + settings.batch]
        logits = network(*_tensors(rows, chosen))
        labels = torch.from_numpy(rows.labels[chosen].astype(np.float32))
        weight = None if rows.weights is None else torch.from_numpy(rows.weights[chosen].astype(np.float32))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, weight=weight)
        loss = loss + network.items.penalty(settings.vector_decay)
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        total += float(loss.detach()) * len(chosen)
    return total / len(order)


def _tensors(rows: RankingRows, chosen: NDArray[np.intp]) -> "tuple[Tensor, Tensor, Tensor]":
    import torch

    features = torch.from_numpy(rows.features[chosen])
    history = torch.from_numpy(rows.histories[rows.group[chosen]])
    return features, history, torch.from_numpy(rows.candidates[chosen])


def _logits(network: "nn.Module", rows: RankingRows, batch: int = 8192) -> Floats:
    import torch

    network.eval()
    parts: list[Floats] = []
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            chosen = np.arange(start, min(start + batch, len(rows)))
            parts.append(network(*_tensors(rows, chosen)).numpy())
    return np.concatenate(parts)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), dtype=np.float32)


def _export(trained: Trained, settings: NeuralSettings, path: Path) -> None:
    import torch

    from merx_models.ranking_networks import Served

    served = Served(trained.network, slope=trained.slope, shift=trained.shift, max_history=settings.max_history).eval()
    width = trained.network.encoder.low.shape[0]
    example = (torch.zeros(3, width), torch.zeros(2, dtype=torch.int64), torch.zeros(3, dtype=torch.int64))
    n, length = torch.export.Dim("n"), torch.export.Dim("length")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter calls deprecated parts of torch itself
        torch.onnx.export(
            served,
            example,
            str(path),
            input_names=["features", "history", "candidates"],
            output_names=["score"],
            dynamic_shapes={"features": {0: n}, "history": {0: length}, "candidates": {0: n}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
