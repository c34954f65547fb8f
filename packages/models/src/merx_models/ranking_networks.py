"""The networks of the neural rankers. Imports torch: only training comes here, serving runs the exported graph."""

from typing import Self

import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class FeatureEncoder(nn.Module):  # type: ignore[misc]
    """Each number as its position between quantiles (piecewise linear encoding, Gorishniy et al. 2022) and a flag
    for missing; a NaN goes no further than this layer."""

    def __init__(self, edges: NDArray) -> None:  # type: ignore[type-arg]
        super().__init__()
        low = torch.tensor(edges[:, :-1], dtype=torch.float32)
        span = torch.tensor(edges[:, 1:], dtype=torch.float32) - low
        self.register_buffer("low", low)
        self.register_buffer("span", torch.where(span > 1e-9, span, torch.ones_like(span)))
        self.width = low.shape[0] * (low.shape[1] + 1)

    def forward(self, features: Tensor) -> Tensor:
        missing = torch.isnan(features)
        known = torch.where(missing, torch.zeros_like(features), features)
        place = torch.clamp((known.unsqueeze(2) - self.low) / self.span, 0.0, 1.0)
        present = (~missing).to(torch.float32).unsqueeze(2)
        return torch.cat([place * present, 1.0 - present], dim=2).flatten(1)


class ItemTable(nn.Module):  # type: ignore[misc]
    """A product as its own vector plus the mean of its attributes' vectors; row -1 (unknown, padding) is zero."""

    def __init__(self, attributes: NDArray, *, dim: int, attribute_count: int) -> None:  # type: ignore[type-arg]
        super().__init__()
        size = len(attributes) + 1
        self.own = nn.Embedding(size, dim, padding_idx=0, sparse=True)
        self.of_attribute = nn.Embedding(attribute_count + 1, dim, padding_idx=0, sparse=True)
        nn.init.normal_(self.own.weight, std=0.05)
        nn.init.normal_(self.of_attribute.weight, std=0.05)
        with torch.no_grad():
            self.own.weight[0].zero_()
            self.of_attribute.weight[0].zero_()
        codes = torch.zeros((size, attributes.shape[1]), dtype=torch.int64)
        codes[1:] = torch.tensor(attributes, dtype=torch.int64) + 1
        self.register_buffer("codes", codes)
        self.register_buffer("share", 1.0 / torch.clamp((codes > 0).sum(1, keepdim=True), min=1).to(torch.float32))
        self.folded: Tensor | None = None
        self.lengths = torch.zeros(())

    def train(self, mode: bool = True) -> Self:
        """Outside training all vectors are added up once, into one table."""
        super().train(mode)
        with torch.no_grad():
            self.folded = None if mode else self._vectors(torch.arange(len(self.codes)))
        return self

    def forward(self, rows: Tensor) -> Tensor:
        place = rows + 1
        if self.folded is not None:
            return nn.functional.embedding(place, self.folded)
        # a batch names the same products again and again: each is put together once
        distinct, where = torch.unique(place, return_inverse=True)
        vectors = self._vectors(distinct)
        self.lengths = self.lengths + (vectors**2).sum(1).mean()
        return nn.functional.embedding(where, vectors)

    def penalty(self, decay: float) -> Tensor:
        """`decay` times the squared lengths of the vectors read since the last call, a product counting once."""
        total, self.lengths = decay * self.lengths, torch.zeros(())
        return total

    def _vectors(self, place: Tensor) -> Tensor:
        return self.own(place) + self.of_attribute(self.codes[place]).sum(-2) * self.share[place]


class TargetAttention(nn.Module):  # type: ignore[misc]
    """How much each product of the history says about this candidate: a small network on both and their product.

    Weights are not normalised, so that a strong interest stays strong (Zhou et al. 2018). The first layer is split by
    input, so that what depends on one side alone is computed once.
    """

    def __init__(self, dim: int, *, hidden: int, positions: int) -> None:
        super().__init__()
        self.of_history = nn.Linear(dim, hidden)
        self.of_candidate = nn.Linear(dim, hidden, bias=False)
        self.of_both = nn.Linear(dim, hidden, bias=False)
        self.of_place = nn.Embedding(positions, hidden)
        self.freshness = nn.Parameter(torch.ones(positions))
        self.likeness = nn.Parameter(torch.ones(1))
        nn.init.zeros_(self.of_place.weight)
        self.bend = nn.PReLU(hidden)
        self.weigh = nn.Linear(hidden, 1)
        nn.init.zeros_(self.weigh.weight)  # before it learns better, it sums, what is alike a little more
        nn.init.zeros_(self.weigh.bias)

    def forward(self, history: Tensor, candidate: Tensor, place: Tensor) -> Tensor:
        product = history * candidate.unsqueeze(1)
        mixed = (
            self.of_both(product)
            + self.of_history(history)
            + self.of_candidate(candidate).unsqueeze(1)
            + self.of_place(place)
        )
        judged = self.weigh(self.bend(mixed.flatten(0, 1))).reshape(mixed.shape[0], mixed.shape[1])
        return judged + self.freshness[place] + self.likeness * product.sum(2)


class DinNetwork(nn.Module):  # type: ignore[misc]
    """Deep Interest Network; `attention=False` is its base model, where the history is only summed."""

    def __init__(self, encoder: FeatureEncoder, items: ItemTable, *, positions: int, attention: bool) -> None:
        super().__init__()
        dim = items.own.embedding_dim
        self.encoder, self.items, self.positions = encoder, items, positions
        self.attention = TargetAttention(dim, hidden=dim // 2, positions=positions) if attention else None
        self.drop = nn.Dropout(0.2)
        self.linear = nn.Linear(encoder.width, 1)
        self.head = _head(encoder.width + 3 * dim + 1)

    def forward(self, features: Tensor, history: Tensor, candidates: Tensor) -> Tensor:
        encoded = self.encoder(features)
        item, past = self.items(candidates), self.items(history)
        present = (history >= 0).to(torch.float32)
        interest, item = self.drop(self._interest(past, present, item)), self.drop(item)
        match = interest * item
        deep = self.head(torch.cat([encoded, item, interest, match, match.sum(1, keepdim=True)], dim=1))
        return (deep + self.linear(encoded)).squeeze(1)

    def _interest(self, past: Tensor, present: Tensor, item: Tensor) -> Tensor:
        weights = present
        if self.attention is not None:
            place = _places(past.shape[1], self.positions)
            weights = self.attention(past, item, place) * present
        return (weights.unsqueeze(1) @ past).squeeze(1) + torch.zeros_like(item)


class WideDeepNetwork(nn.Module):  # type: ignore[misc]
    """Wide & Deep: a linear model on the features and on hashed pairs (history product, candidate), for what is best
    learned by heart, beside a deep network on embeddings (Cheng et al. 2016)."""

    def __init__(self, encoder: FeatureEncoder, items: ItemTable, *, buckets: int) -> None:
        super().__init__()
        dim = items.own.embedding_dim
        self.encoder, self.items, self.buckets = encoder, items, buckets
        self.crossed = nn.Embedding(buckets, 1, sparse=True)
        self.popularity = nn.Embedding(items.own.num_embeddings, 1, sparse=True)
        nn.init.zeros_(self.crossed.weight)
        nn.init.zeros_(self.popularity.weight)
        self.drop = nn.Dropout(0.2)
        self.linear = nn.Linear(encoder.width, 1)
        self.head = _head(encoder.width + 2 * dim)

    def forward(self, features: Tensor, history: Tensor, candidates: Tensor) -> Tensor:
        encoded = self.encoder(features)
        present = (history >= 0).to(torch.float32)
        pair = ((history + 1) * 1_000_003 + (candidates + 1).unsqueeze(1) * 10_007) % self.buckets
        crossed = (self.crossed(pair).squeeze(2) * present).sum(1, keepdim=True)
        wide = self.linear(encoded) + crossed + self.popularity(candidates + 1)
        item, past = self.items(candidates), self.items(history)
        mean = (present.unsqueeze(1) @ past).squeeze(1) / torch.clamp(present.sum(1, keepdim=True), min=1.0)
        deep = self.head(torch.cat([encoded, self.drop(item), self.drop(mean + torch.zeros_like(item))], dim=1))
        return (wide + deep).squeeze(1)


class Served(nn.Module):  # type: ignore[misc]
    """The graph that serves: one shopper, `candidates` [n], calibrated probabilities out."""

    def __init__(self, network: nn.Module, *, slope: float, shift: float, max_history: int) -> None:
        super().__init__()
        self.network = network
        self.slope, self.shift, self.max_history = slope, shift, max_history

    def forward(self, features: Tensor, history: Tensor, candidates: Tensor) -> Tensor:
        # an unknown product in front keeps an empty history from being an empty tensor
        padded = torch.cat([torch.full((self.max_history,), -1, dtype=torch.int64), history])[-self.max_history :]
        logits = self.network(features, padded.unsqueeze(0), candidates)
        return torch.sigmoid(self.slope * logits + self.shift)


def _places(length: int, positions: int) -> Tensor:
    """Steps back from the latest product, the latest being 0."""
    return torch.clamp(torch.arange(length - 1, -1, -1), max=positions - 1)


def _head(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(width, 64), nn.PReLU(64), nn.Dropout(0.1), nn.Linear(64, 32), nn.PReLU(32), nn.Linear(32, 1)
    )
