"""The candidate models of a blend, each chosen on validation items, and their weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from scipy import sparse

from merx_models.attributes import AttributeSettings, fit_attributes
from merx_models.blend import Blend, CandidateModel, tune, tuning_rows
from merx_models.full_ranking import best_of
from merx_models.graph import GraphModel, GraphSettings
from merx_models.linear import LinearScorer, positions
from merx_models.neighbours import CosineSettings, TransitionSettings, fit_cosine, fit_transitions
from merx_models.product_index import Rows
from merx_models.ridge import RidgeSettings, fit_ridge
from merx_models.sequence import SequenceModel, SequenceSettings

Fits = Iterator[Callable[[], LinearScorer]]


@dataclass(frozen=True)
class Purchases:
    """Histories to learn from, what each of `shoppers` bought next (validation), and the labels of the products."""

    histories: Sequence[Rows]
    shoppers: Sequence[Rows]
    wanted: Rows
    products: int
    labels: sparse.csr_matrix | None = None


def fit_counted(purchases: Purchases, *, told: Callable[[str], None] = print) -> dict[str, CandidateModel]:
    """The models in closed form: cosine, transitions, ridge and, where there are labels, likeness."""
    grids: dict[str, Callable[[Purchases], Fits]] = {
        "cosine": _cosines,
        "transitions": _transitions,
        "ridge": _ridges,
    }
    if purchases.labels is not None:
        grids["attributes"] = _attributes
    models: dict[str, CandidateModel] = {}
    for name, grid in grids.items():
        told(name)
        chosen = best_of(grid(purchases), purchases.shoppers, purchases.wanted)
        models[name] = best_of(_decays(chosen), purchases.shoppers, purchases.wanted)
    return models


def fit_sequence(purchases: Purchases, *, seed: int, threads: int = 1) -> SequenceModel:
    """The Transformer over the history."""
    settings = SequenceSettings(seed=seed, threads=threads)
    return SequenceModel.fit(purchases.histories, purchases.products, labels=purchases.labels, settings=settings)


def fit_graph(purchases: Purchases, *, seed: int, threads: int = 1) -> GraphModel:
    """The graph of shoppers, products and labels."""
    settings = GraphSettings(seed=seed, threads=threads)
    return GraphModel.fit(purchases.histories, purchases.products, labels=purchases.labels, settings=settings)


def weigh(models: Mapping[str, CandidateModel], purchases: Purchases, *, most: int = 12_000) -> Blend:
    """The blend with the best NDCG at 10 on (at most `most`, evenly spaced) validation shoppers."""
    step = max(1, -(-len(purchases.shoppers) // most))
    return Blend(models, tune(tuning_rows(models, purchases.shoppers[::step], purchases.wanted[::step])))


def _cosines(purchases: Purchases) -> Fits:
    for shrink in (2.0, 5.0, 10.0, 20.0):
        settings = CosineSettings(shrink=shrink)
        yield partial(fit_cosine, purchases.histories, purchases.products, settings=settings)


def _transitions(purchases: Purchases) -> Fits:
    for lag_decay, backward in product((0.7, 0.9), (0.0, 0.3, 0.6)):
        settings = TransitionSettings(lag_decay=lag_decay, backward=backward)
        yield partial(fit_transitions, purchases.histories, purchases.products, settings=settings)


def _ridges(purchases: Purchases) -> Fits:
    for penalty in (2.0, 8.0):
        settings = RidgeSettings(penalty=penalty)
        yield partial(fit_ridge, purchases.histories, purchases.products, settings=settings)


def _attributes(purchases: Purchases) -> Fits:
    _, _, rows = positions(purchases.histories)
    bought = np.bincount(rows, minlength=purchases.products)
    for popularity in (0.2, 0.4, 0.6):
        settings = AttributeSettings(popularity=popularity)
        yield partial(fit_attributes, purchases.labels, bought, settings=settings)


def _decays(model: LinearScorer) -> Fits:
    for decay in (0.4, 0.5, 0.6, 0.7, 0.8):
        yield partial(replace, model, decay=decay)
