"""Fine-tuning: the last blocks of the network and a metric-learning head, together, on changed views (torch)."""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from merx_models.pictures.head import Head, first_head
from merx_models.pictures.network import LiteNet, packaged_network, scaled
from merx_models.pictures.views import Changes, Pixels, changed, whole

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


LEAST_SIDE = 80
"""Pictures with no side of so many pixels are small."""


FIRST_LOOKED_AT = 4096
"""Pictures that the head is begun with: learning moves it from there, and tens of thousands would cost minutes."""


MOST_SEEN = 100
"""Times that one picture is learned from: of few pictures there is no more to learn, whatever the minutes allow."""


OF_SMALL = Changes(least_area=0.7, stretch=1.15, turn_degrees=5.0, light=0.1)
"""Small pictures show one thing, cut out: a third of one is not enough to tell what it is."""


LEAST_WARM_UP = 30
"""Steps: a run shorter than that never reaches the full rate, at which the first steps would only forget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningSettings:
    """Blocks before `frozen` (of 16) keep their weights. Views of `train_size` pixels are learned from, those looked up
    later may be larger (Touvron et al. 2019). `views` is how many are seen in all; `average` the decay of the running
    mean of the weights, which is what is kept."""

    train_size: int = 160
    frozen: int = 5
    views: int = 24_000
    batch: int = 32
    rate: float = 4e-4
    head_rate: float = 1.5e-3
    weight_decay: float = 0.02
    smoothing: float = 0.1
    warm_up: float = 0.08
    average: float = 0.99
    dim: int = 256
    scale: float = 16.0
    threads: int = 1
    changes: Changes = field(default_factory=Changes)


def settings_for(pictures: Sequence[Pixels], *, cpu_minutes: float = 5.0) -> TuningSettings:
    """Settings by the size of the pictures: small ones are doubled rather than blown up to the network's own size, and
    then its first blocks learn too, since they have never seen such, from milder changes. Views as many as
    `cpu_minutes` of a core of 2024 bear (measured: 19 ms for a view of 160 pixels behind five frozen blocks, 6 ms for
    one of 64 behind none); the count is computed, not clocked, so that a slower machine learns the same. No picture is
    seen more than MOST_SEEN times.
    """
    most = MOST_SEEN * len(pictures)
    side = float(np.median([max(picture.shape[:2]) for picture in pictures]))
    if side >= LEAST_SIDE:
        return TuningSettings(views=min(most, round(cpu_minutes * 60 / 0.019)))
    size = max(64, 32 * round(2 * side / 32))
    views = min(most, round(cpu_minutes * 60 / 0.006 * (64 / size) ** 2))
    return TuningSettings(train_size=size, frozen=0, views=views, changes=OF_SMALL)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pictures with class numbers from 0 up (each class at least once), and how often each is drawn, relatively."""

    pictures: Sequence[Pixels]
    labels: Ints
    weight: NDArray[np.float64]


class _Learner(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    def __init__(self, network: LiteNet, head: Head) -> None:
        super().__init__()
        self.network = network
        self.projection = nn.Parameter(torch.from_numpy(head.projection.copy()))
        self.offset = nn.Parameter(torch.from_numpy(head.offset.copy()))
        self.proxies = nn.Parameter(torch.from_numpy(head.proxies.copy()))
        self.scale = nn.Parameter(torch.tensor(float(head.scale)))

    def forward(self, hidden: Tensor, frozen: int) -> Tensor:
        features = self.network.tail(hidden, frozen)
        vectors = functional.normalize(features @ self.projection + self.offset)
        return self.scale * vectors @ functional.normalize(self.proxies).T

    def head(self) -> Head:
        proxies = functional.normalize(self.proxies).detach().numpy()
        return Head(self.projection.detach().numpy(), self.offset.detach().numpy(), proxies, float(self.scale.detach()))


def tune(
    data: Labelled,
    *,
    settings: TuningSettings | None = None,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> tuple[LiteNet, Head]:
    """The tuned network and its head; the same data, settings and seed give the same weights on one machine."""
    chosen = settings or TuningSettings()
    with _reproducible(chosen.threads, seed):
        network = packaged_network()
        rows = some_of_each(data.labels, FIRST_LOOKED_AT)
        start = features_of(network, [whole(data.pictures[row], chosen.train_size) for row in rows])
        head = first_head(start, data.labels[rows], dim=chosen.dim, scale=chosen.scale)
        learner = _Learner(network, head)
        for parameter in [*network.stem.parameters(), *network.blocks[: chosen.frozen].parameters()]:
            parameter.requires_grad_(False)
        return _train(learner, data, settings=chosen, rng=np.random.default_rng(seed), progress=progress)


def some_of_each(labels: Ints, most: int) -> Ints:
    """Rows of `most` pictures at the most (but one of each class), shared out evenly and spread over each class."""
    places = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    each = max(1, most // len(places))
    spread = [np.linspace(0, len(rows) - 1, min(len(rows), each)).round().astype(int) for rows in places]
    return np.concatenate([rows[chosen] for rows, chosen in zip(places, spread, strict=True)])


def features_of(network: LiteNet, views: Sequence[Pixels], *, batch: int = 8) -> Floats:
    """Features [n, 1280] of square views of one size."""
    with torch.no_grad():
        parts = [
            network(scaled(np.stack(views[start : start + batch]))).numpy() for start in range(0, len(views), batch)
        ]
    return np.concatenate(parts)


def _train(
    learner: _Learner,
    data: Labelled,
    *,
    settings: TuningSettings,
    rng: np.random.Generator,
    progress: Callable[[int], None] | None,
) -> tuple[LiteNet, Head]:
    steps = max(1, settings.views // settings.batch)
    optimiser, schedule = _optimiser(learner, settings, steps)
    mean = copy.deepcopy(learner)
    order = drawn_evenly(data.weight, rng)
    for step in range(steps):
        views, labels = _batch(data, list(islice(order, settings.batch)), settings, rng=rng)
        hidden = _frozen_part(learner.network, views, settings.frozen)
        loss = functional.cross_entropy(learner(hidden, settings.frozen), labels, label_smoothing=settings.smoothing)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        _average(mean, learner, min(settings.average, (1 + step) / (10 + step)))
        if progress is not None:
            progress(settings.batch)
    return mean.network.eval(), mean.head()


def _frozen_part(network: LiteNet, views: Tensor, blocks: int) -> Tensor:
    """What leaves the blocks that do not learn, eight views at a time: they widen a batch to tensors so large that the
    operating system hands out and clears their memory anew each time, which takes half as long again as the sums."""
    with torch.no_grad():
        return torch.cat([network.trunk(part, blocks) for part in views.split(8)])


def drawn_evenly(weight: NDArray[np.float64], rng: np.random.Generator) -> Iterator[int]:
    """Rows for ever, in rounds of as many as there are, each as often as its weight says to within one (systematic
    sampling, Madow & Madow 1944): drawn one by one, a fifth of the pictures would not be seen in nearly two rounds."""
    share = np.cumsum(weight) / weight.sum() * len(weight)
    share[-1] = len(weight)
    while True:
        picked = np.searchsorted(share, np.arange(len(weight)) + rng.random(), side="right")
        yield from rng.permutation(np.minimum(picked, len(weight) - 1)).tolist()


def _batch(
    data: Labelled, rows: Sequence[int], settings: TuningSettings, *, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    others = [data.pictures[row] for row in rng.integers(len(data.labels), size=4)]
    views = [
        changed(data.pictures[row], settings.train_size, rng, changes=settings.changes, backgrounds=others)
        for row in rows
    ]
    return scaled(np.stack(views)), torch.from_numpy(data.labels[list(rows)])


def _optimiser(
    learner: _Learner, settings: TuningSettings, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    tuned = [parameter for parameter in learner.network.parameters() if parameter.requires_grad]
    groups = [
        {"params": tuned, "lr": settings.rate, "weight_decay": settings.weight_decay},
        {"params": [learner.projection, learner.offset], "lr": settings.rate, "weight_decay": settings.weight_decay},
        {"params": [learner.proxies, learner.scale], "lr": settings.head_rate, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups)
    warm = max(LEAST_WARM_UP, round(settings.warm_up * steps))

    def factor(step: int) -> float:
        cosine = 0.5 * (1 + np.cos(np.pi * max(0, step - warm) / max(1, steps - warm)))
        return min(1.0, (step + 1) / warm) * (0.02 + 0.98 * float(cosine))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def _average(mean: _Learner, learner: _Learner, decay: float) -> None:
    with torch.no_grad():
        for kept, new in zip(mean.parameters(), learner.parameters(), strict=True):
            if new.requires_grad:
                kept.lerp_(new, 1 - decay)


@contextmanager
def _reproducible(threads: int, seed: int) -> Iterator[None]:
    """Deterministic algorithms, but without their filling of new memory, which takes a seventh of the time and guards
    only against code that reads what it has not written."""
    before, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(deterministic)
        torch.utils.deterministic.fill_uninitialized_memory = filled
