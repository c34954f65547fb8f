"""Training of the graph's product vectors (torch)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor
from torch.nn import functional

from merx_models.graph import GraphSettings
from merx_models.linear import positions
from merx_models.product_index import Floats, Rows
from merx_models.ridge import RidgeSettings, split_everywhere


def train(
    histories: Sequence[Rows], products: int, *, labels: sparse.csr_matrix | None, settings: GraphSettings
) -> Floats:
    """Unit product vectors, float32[P, D]; the same on every run with one seed on one machine."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(settings.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(settings.seed)
    try:
        return _learn(histories, products, labels, settings)
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


def _learn(
    histories: Sequence[Rows], products: int, labels: sparse.csr_matrix | None, settings: GraphSettings
) -> Floats:
    graph = adjacency(histories, products, labels, settings)
    learnt = (
        torch.randn(products + (labels.shape[1] if labels is not None else 0), settings.width) * settings.width**-0.5
    )
    learnt.requires_grad_()
    past, wanted = _examples(histories, products, settings)
    optimiser = torch.optim.Adam([learnt], lr=settings.learning_rate)
    rng = np.random.default_rng(settings.seed)
    for _ in range(settings.steps):
        chosen = rng.integers(0, len(wanted), min(settings.batch, len(wanted)))
        table = propagated(graph, learnt, len(histories), products=products, hops=settings.hops)
        loss = _loss(table, past[chosen], torch.from_numpy(wanted[chosen]), settings)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        final = propagated(graph, learnt, len(histories), products=products, hops=settings.hops)
    return np.ascontiguousarray(final.numpy())


def adjacency(
    histories: Sequence[Rows], products: int, labels: sparse.csr_matrix | None, settings: GraphSettings
) -> sparse.csr_matrix:
    """The symmetrically normalised graph over shoppers, then products, then labels."""
    owner, _, rows = positions(histories)
    left, right, strength = [owner], [len(histories) + rows.astype(np.int64)], [np.ones(len(rows))]
    size = len(histories) + products
    if labels is not None:
        carries = labels.tocoo()
        left.append(len(histories) + carries.row.astype(np.int64))
        right.append(size + carries.col.astype(np.int64))
        strength.append(np.full(carries.nnz, settings.label_edges))
        size += labels.shape[1]
    where = (np.concatenate(left), np.concatenate(right))
    upper = sparse.csr_matrix((np.concatenate(strength), where), shape=(size, size))
    whole = upper + upper.T
    degree = np.maximum(np.asarray(whole.sum(axis=1)).ravel(), 1e-9)
    scale = sparse.diags(degree**-0.5)
    return (scale @ whole @ scale).tocsr().astype(np.float32)


class Hop(torch.autograd.Function):  # type: ignore[misc]  # torch is followed as Any
    """One step through a symmetric graph by scipy: several times the speed of torch's sparse product on a CPU."""

    @staticmethod
    def forward(context: Any, state: Tensor, graph: sparse.csr_matrix) -> Tensor:
        context.graph = graph
        return torch.from_numpy(graph @ state.detach().numpy())

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return torch.from_numpy(context.graph @ gradient.contiguous().numpy()), None


def propagated(graph: sparse.csr_matrix, learnt: Tensor, shoppers: int, *, products: int, hops: int) -> Tensor:
    """The mean over 0..hops steps through the graph, of the products, as unit vectors; shoppers start from nothing."""
    state = torch.cat([torch.zeros(shoppers, learnt.shape[1]), learnt])
    total = state
    for _ in range(hops):
        state = Hop.apply(state, graph)
        total = total + state
    return functional.normalize(total[shoppers : shoppers + products], dim=-1)


def _loss(table: Tensor, past: sparse.csr_matrix, wanted: Tensor, settings: GraphSettings) -> Tensor:
    columns, starts = (
        torch.from_numpy(past.indices.astype(np.int64)),
        torch.from_numpy(past.indptr[:-1].astype(np.int64)),
    )
    weights = torch.from_numpy(past.data.astype(np.float32))
    mixed = functional.embedding_bag(columns, table, starts, mode="sum", per_sample_weights=weights)
    shopper = functional.normalize(mixed, dim=-1)
    negatives = torch.randint(len(table), (settings.negatives,))
    right = (shopper * table[wanted]).sum(dim=-1, keepdim=True)
    wrong = (shopper @ table[negatives].T).masked_fill(negatives == wanted[:, None], -1e9)
    logits = torch.cat([right, wrong], dim=1) / settings.temperature
    return functional.cross_entropy(logits, torch.zeros(len(wanted), dtype=torch.long))


def _examples(histories: Sequence[Rows], products: int, settings: GraphSettings) -> tuple[sparse.csr_matrix, Any]:
    """Every next product with the decayed history before it."""
    _, place, rows = positions(histories)
    split = RidgeSettings(decay=settings.decay, length=settings.length, ahead=1)
    past, _ = split_everywhere(histories, products, split)
    return past, rows[place > 0].astype(np.int64)
