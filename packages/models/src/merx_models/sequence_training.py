"""Training of the sequence encoder (torch), and its export to ONNX."""

import io
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from merx_models.product_index import Floats, Rows
from merx_models.sequence import SequenceSettings

PARITY = 1e-5
SCALE = 0.3  # of the input vectors against their positions, in units of sqrt(width)


class Layer(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    """Causal self-attention and a feed-forward step, normalised first (Xiong et al. 2020)."""

    def __init__(self, settings: SequenceSettings) -> None:
        super().__init__()
        width = settings.width
        self.heads, self.drop = settings.heads, nn.Dropout(settings.dropout)
        self.before_attention, self.before_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = x.shape
        parts = self.ask(self.before_attention(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        share = torch.softmax(query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5 + mask, dim=-1)
        x = x + self.drop(self.mix((share @ value).transpose(1, 2).reshape(batch, length, width)))
        return x + self.drop(self.narrow(self.drop(functional.gelu(self.widen(self.before_forward(x))))))


class Encoder(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    """SASRec (Kang & McAuley 2018) from product vectors to unit vectors: position t sees products 0..t."""

    def __init__(self, settings: SequenceSettings) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.randn(settings.length, settings.width) * 0.02)
        self.layers = nn.ModuleList([Layer(settings) for _ in range(settings.layers)])
        self.last = nn.LayerNorm(settings.width)
        self.drop = nn.Dropout(settings.dropout)
        hidden = torch.full((settings.length, settings.length), -1e9).triu(1)
        self.register_buffer("hidden", hidden, persistent=False)
        self.scale = SCALE * settings.width**0.5

    def forward(self, vectors: Tensor) -> Tensor:
        length = vectors.shape[1]
        x = self.drop(vectors * self.scale + self.place[:length])
        for layer in self.layers:
            x = layer(x, self.hidden[:length, :length])
        return functional.normalize(self.last(x), dim=-1)


class Products(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    """One unit vector per product: its own part plus the mean of its labels' parts."""

    def __init__(self, products: int, labels: sparse.csr_matrix | None, width: int) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.randn(products, width) * width**-0.5)
        self.of_labels = nn.Parameter(torch.randn(labels.shape[1], width) * width**-0.5) if labels is not None else None
        if labels is not None:
            self.register_buffer("columns", torch.from_numpy(labels.indices.astype(np.int64)), persistent=False)
            self.register_buffer("starts", torch.from_numpy(labels.indptr[:-1].astype(np.int64)), persistent=False)

    def forward(self) -> Tensor:
        vectors: Tensor = self.own
        if self.of_labels is not None:
            vectors = vectors + functional.embedding_bag(self.columns, self.of_labels, self.starts, mode="mean")
        return functional.normalize(vectors, dim=-1)


def train(
    histories: Sequence[Rows], products: int, *, labels: sparse.csr_matrix | None, settings: SequenceSettings
) -> tuple[bytes, Floats]:
    """The encoder as ONNX and the product vectors."""
    encoder, table = trained(histories, products, labels=labels, settings=settings)
    return export(encoder, settings), table


def trained(
    histories: Sequence[Rows], products: int, *, labels: sparse.csr_matrix | None, settings: SequenceSettings
) -> tuple[Encoder, Floats]:
    """The encoder and the unit product vectors; the same on every run with one seed on one machine."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(settings.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(settings.seed)
    try:
        table, encoder = Products(products, labels, settings.width), Encoder(settings)
        _learn(table, encoder, [history for history in histories if len(history) > 1], settings)
        encoder.eval()
        with torch.no_grad():
            return encoder, np.ascontiguousarray(table().numpy())
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


def _learn(table: Products, encoder: Encoder, histories: list[Rows], settings: SequenceSettings) -> None:
    rng = np.random.default_rng(settings.seed)
    parameters = [*table.parameters(), *encoder.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * -(-len(histories) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=max(steps, 1), pct_start=0.1
    )
    encoder.train()
    for _ in range(settings.epochs):
        for batch in _batches(histories, settings, rng):
            loss = _loss(table(), encoder, batch, settings)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _loss(table: Tensor, encoder: Encoder, batch: Tensor, settings: SequenceSettings) -> Tensor:
    """Softmax over the wanted product and uniform negatives (Klenitskiy & Vasilev 2023), cosine over a temperature."""
    history, following = batch[:, :-1], batch[:, 1:]
    real = following >= 0
    states, wanted = encoder(table[history.clamp(min=0)])[real], following[real]
    negatives = torch.randint(len(table), (settings.negatives,))
    right = (states * table[wanted]).sum(dim=-1, keepdim=True)
    wrong = (states @ table[negatives].T).masked_fill(negatives == wanted[:, None], -1e9)
    return functional.cross_entropy(
        torch.cat([right, wrong], dim=1) / settings.temperature, torch.zeros(len(wanted), dtype=torch.long)
    )


def _batches(histories: list[Rows], settings: SequenceSettings, rng: np.random.Generator) -> Iterator[Tensor]:
    """Histories of about one length together, padded with -1 at the end, in random order."""
    lengths = np.array([min(len(history), settings.length + 1) for history in histories])
    order = np.argsort(lengths + 2 * rng.random(len(lengths)))
    groups = [order[start : start + settings.batch] for start in range(0, len(order), settings.batch)]
    for group in rng.permutation(len(groups)):
        yield torch.from_numpy(_padded([histories[place] for place in groups[group]], settings.length + 1))


def _padded(histories: list[Rows], most: int) -> NDArray[np.int64]:
    recent = [history[-most:] for history in histories]
    rows = np.full((len(recent), max(len(history) for history in recent)), -1, dtype=np.int64)
    for row, history in zip(rows, recent, strict=True):
        row[: len(history)] = history
    return rows


def export(encoder: Encoder, settings: SequenceSettings) -> bytes:
    """ONNX of the encoder, checked against torch on batches of other sizes; raises ArithmeticError past 1e-5."""
    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=1, max=settings.length)
    example = torch.randn(3, min(5, settings.length), settings.width)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter calls deprecated parts of torch itself
        program: Any = torch.onnx.export(
            encoder,
            (example,),
            dynamo=True,
            input_names=["vectors"],
            output_names=["states"],
            dynamic_shapes=({0: batch, 1: length},),
            verbose=False,
        )
    buffer = io.BytesIO()
    program.save(buffer)
    model = buffer.getvalue()
    check_parity(encoder, model, settings)
    return model


def check_parity(encoder: Encoder, model: bytes, settings: SequenceSettings) -> None:
    """Raise ArithmeticError where the ONNX `model` and the encoder differ by more than 1e-5 on made-up histories."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    for batch, length in ((1, 1), (2, settings.length), (7, max(1, settings.length // 2))):
        vectors = functional.normalize(torch.randn(batch, length, settings.width, generator=generator), dim=-1)
        with torch.no_grad():
            wanted = encoder(vectors).numpy()
        got = session.run(None, {"vectors": vectors.numpy()})[0]
        worst = float(np.abs(got - wanted).max())
        if worst > PARITY:
            raise ArithmeticError(f"ONNX differs from torch by {worst:.2g} at batch {batch}, length {length}")
