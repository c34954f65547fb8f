"""One LSTM for all series (global), its quantiles trained by pinball loss, served as an ONNX graph without torch.

After Wen et al. 2017 (a multi-horizon quantile recurrent forecaster), one period at a time.
"""

import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from merx_models.demand.quantiles import LEVELS
from merx_models.demand.rows import DemandRows, Floats
from merx_models.demand.sales import Doubles

if TYPE_CHECKING:
    from merx_models.demand.recurrent_network import QuantileNetwork

GRAPH, DESCRIPTION = "recurrent.onnx", "recurrent.json"
OPSET = 18
AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentSettings:
    """`epochs` from nothing; `more_epochs`, at a lower rate, from an earlier fit; `rows` at most in an epoch."""

    hidden: int = 32
    dropout: float = 0.1
    epochs: int = 5
    more_epochs: int = 1
    rows: int = 50_000
    batch: int = 256
    rate: float = 3e-3
    more_rate: float = 1e-3
    decay: float = 1e-4
    threads: int = 1


class RecurrentDemand:
    """A trained network, or (loaded) its graph."""

    name = "recurrent"

    def __init__(self, settings: RecurrentSettings) -> None:
        self.settings = settings
        self.network: QuantileNetwork | None = None
        self.length = 0
        self._session: Any = None

    @classmethod
    def fit(
        cls, rows: DemandRows, *, settings: RecurrentSettings | None = None, seed: int = 0, start: Self | None = None
    ) -> "RecurrentDemand":
        """Learn from `rows`, all of which have targets; from `start` the weights are taken and taught on."""
        chosen = settings or (start.settings if start else RecurrentSettings())
        model = cls(chosen)
        model.length = rows.panel.table.cadence.memory
        model.network = _train(rows, chosen, seed, start.network if start else None)
        return model

    def predict(self, rows: DemandRows) -> Doubles:
        """Quantiles [n, 9] of log1p of units."""
        length = rows.panel.table.cadence.memory
        parts = [np.zeros((0, len(LEVELS)), np.float32)]
        for first in range(0, len(rows), AT_ONCE):
            part = rows.take(np.arange(first, min(first + AT_ONCE, len(rows))))
            parts.append(self._above(part.windows(length), part.features))
        return np.asarray(rows.level[:, None] + np.concatenate(parts), dtype=np.float64)

    def _above(self, windows: Floats, features: Floats) -> Floats:
        if self.network is not None:
            import torch

            with torch.no_grad():
                return np.asarray(self.network(torch.from_numpy(windows), torch.from_numpy(features)).numpy())
        if self._session is None:
            raise RuntimeError("a model has a network, or a graph")
        (quantiles,) = self._session.run(None, {"windows": windows, "features": features})
        return np.asarray(quantiles, dtype=np.float32)

    def save(self, folder: Path) -> None:
        """The graph: windows [n, L, C] and features [n, F] to quantiles [n, 9] above the level."""
        if self.network is None:
            raise RuntimeError("this model was loaded: copy its folder")
        folder.mkdir(parents=True, exist_ok=True)
        _export(self.network, self.length, folder / GRAPH)
        (folder / DESCRIPTION).write_text(json.dumps({"settings": asdict(self.settings)}, indent=1))

    @classmethod
    def load(cls, folder: Path) -> "RecurrentDemand":
        """What `save` wrote, without torch."""
        import onnxruntime

        settings = RecurrentSettings(**json.loads((folder / DESCRIPTION).read_text())["settings"])
        model = cls(settings)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        model._session = onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
        return model


def _train(
    rows: DemandRows, settings: RecurrentSettings, seed: int, start: "QuantileNetwork | None"
) -> "QuantileNetwork":
    """Adam with one cycle of the rate; the same seed gives the same network on the same machine."""
    import torch

    from merx_models.demand.recurrent_network import pinball_loss

    torch.manual_seed(seed)
    torch.set_num_threads(settings.threads)
    network = _network(rows, settings, start)
    epochs, rate = (settings.more_epochs, settings.more_rate) if start else (settings.epochs, settings.rate)
    count = min(settings.rows, len(rows))
    steps = epochs * -(-count // settings.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps + 1)
    levels = torch.tensor(LEVELS, dtype=torch.float32)
    shuffle = np.random.default_rng(seed)
    length = rows.panel.table.cadence.memory
    network.train()
    for _ in range(epochs):
        order = shuffle.permutation(len(rows))[:count]
        for first in range(0, count, settings.batch):
            batch = rows.take(order[first : first + settings.batch])
            target = torch.from_numpy((batch.target - batch.level).astype(np.float32))
            quantiles = network(torch.from_numpy(batch.windows(length)), torch.from_numpy(batch.features))
            loss = pinball_loss(quantiles, target, levels)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    network.eval()
    return network


def _network(rows: DemandRows, settings: RecurrentSettings, start: "QuantileNetwork | None") -> "QuantileNetwork":
    import torch

    from merx_models.demand.recurrent_network import QuantileNetwork

    network = QuantileNetwork(
        channels=3 + len(rows.panel.table.promotion_names),
        features=rows.features.shape[1],
        hidden=settings.hidden,
        dropout=settings.dropout,
    )
    if start is not None:
        network.load_state_dict(start.state_dict())
        return network
    known = np.isfinite(rows.features)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, rows.features, 0.0).astype(np.float64)
    mean = filled.sum(axis=0) / count
    deviation = np.sqrt((np.where(known, filled - mean, 0.0) ** 2).sum(axis=0) / count)
    network.mean.copy_(torch.from_numpy(mean))
    network.scale.copy_(torch.from_numpy(np.where(deviation > 1e-6, deviation, 1.0)))
    return network


def _export(network: "QuantileNetwork", length: int, path: Path) -> None:
    import torch

    example = (torch.zeros(3, length, network.reader.input_size), torch.zeros(3, len(network.mean)))
    n = torch.export.Dim("n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter calls deprecated parts of torch itself
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=["windows", "features"],
            output_names=["quantiles"],
            dynamic_shapes={"windows": {0: n}, "features": {0: n}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
