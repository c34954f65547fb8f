"""Lists to rank, cut from purchase sequences: the next product among products drawn at random, with their features."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from merx_models.linear import LinearScorer
from merx_models.neighbours import fit_cosine, fit_transitions
from merx_models.ranking_rows import Floats, Ints, RankingRows, padded

COLUMNS = (
    "popularity",
    "ends_popularity",
    "cosine",
    "transition",
    "last_cosine",
    "last_transition",
    "attributes_mean",
    "attributes_max",
    "attributes_last",
    "attribute_popularity",
    "attribute_count",
    "history_length",
)
TRAIN_TARGETS, FOLDS = 2, 5
NEGATIVES = {"train": 5, "validation": 20, "test": 20}
MAX_HISTORY = 20
_CHUNK = 512
Sequences = list[NDArray[np.int32]]


@dataclass(frozen=True)
class Shop:
    """Sequences of product rows, oldest first, and the attributes of each product (-1 pads)."""

    name: str
    sequences: Sequences
    attributes: Ints

    @property
    def products(self) -> int:
        return len(self.attributes)


@dataclass(frozen=True)
class Lists:
    train: RankingRows
    validation: RankingRows
    test: RankingRows


@dataclass(frozen=True)
class Asked:
    """Histories, and under each the product bought next."""

    histories: Sequences
    targets: Ints
    owner: Ints


def read_shop(path: Path) -> Shop:
    """`path` is a file of lines "shopper item item ...", gzipped or not; attributes may lie beside it."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as stream:
        lines = [line.split()[1:] for line in stream]
    names = sorted({item for line in lines for item in line}, key=lambda name: (len(name), name))
    row_of = {name: row for row, name in enumerate(names)}
    sequences = [np.array([row_of[item] for item in line], np.int32) for line in lines if len(line) >= 4]
    stem = path.name.split(".", maxsplit=1)[0]
    beside = path.with_name(f"{stem}_item2attributes.json.gz")
    described = json.loads(gzip.decompress(beside.read_bytes())) if beside.exists() else {}
    codes = [described.get(name, []) for name in names]
    table = np.full((len(names), max(1, *map(len, codes))), -1, np.int64)
    for row, own in enumerate(codes):
        table[row, : len(own)] = own
    return Shop(stem, sequences, table)


def make_lists(shop: Shop, seed: int) -> Lists:
    """Last item test, the one before validation, up to two before that training; statistics of these only.

    A training row is described by statistics that leave out its own shopper (five folds): counted with them, the answer
    would stand in the question.
    """
    rng = np.random.default_rng(seed)
    parts = [sequence[:-2] for sequence in shop.sequences]
    everything = Statistics.of(shop, parts)
    ends = {"validation": -2, "test": -1}
    found = {
        name: _lists(shop, _last(shop, end), everything, rng=rng, count=NEGATIVES[name]) for name, end in ends.items()
    }
    return Lists(train=_training(shop, parts, rng), validation=found["validation"], test=found["test"])


def _training(shop: Shop, parts: Sequences, rng: np.random.Generator) -> RankingRows:
    fold_of = rng.integers(0, FOLDS, len(parts))
    pieces: list[RankingRows] = []
    for fold in range(FOLDS):
        others = Statistics.of(shop, [part for part, own in zip(parts, fold_of, strict=True) if own != fold])
        asked = _targets(parts, np.flatnonzero(fold_of == fold))
        pieces.append(_lists(shop, asked, others, rng=rng, count=NEGATIVES["train"]))
    shifts = np.cumsum([0, *(len(piece.histories) for piece in pieces)])
    return RankingRows(
        np.concatenate([piece.features for piece in pieces]),
        np.concatenate([piece.candidates for piece in pieces]),
        np.concatenate([piece.labels for piece in pieces]),
        np.concatenate([piece.group + shift for piece, shift in zip(pieces, shifts[:-1], strict=True)]),
        histories=np.concatenate([piece.histories for piece in pieces]),
    )


def _targets(parts: Sequences, shoppers: NDArray[np.intp]) -> Asked:
    histories, targets, owner = [], [], []
    for shopper in shoppers:
        part = parts[shopper]
        for place in range(max(1, len(part) - TRAIN_TARGETS), len(part)):
            histories.append(part[:place])
            targets.append(int(part[place]))
            owner.append(int(shopper))
    return Asked(histories, np.array(targets, np.int64), np.array(owner, np.int64))


def _last(shop: Shop, end: int) -> Asked:
    histories = [sequence[:end] for sequence in shop.sequences]
    targets = np.array([sequence[end] for sequence in shop.sequences], np.int64)
    return Asked(histories, targets, np.arange(len(histories)))


@dataclass(frozen=True)
class Statistics:
    """What is counted over the sequences of some shoppers."""

    cosine: LinearScorer
    transitions: LinearScorer
    popularity: Floats
    ends: Floats
    attribute_popularity: Floats
    attributes: sparse.csr_matrix

    @classmethod
    def of(cls, shop: Shop, parts: Sequence[NDArray[np.int32]]) -> "Statistics":
        count = np.bincount(np.concatenate(parts), minlength=shop.products)
        ends = np.bincount(np.concatenate([part[-2:] for part in parts]), minlength=shop.products)
        unit, has = _unit_attributes(shop)
        sold = (count @ has) / np.maximum(has.sum(axis=0), 1)
        return cls(
            cosine=fit_cosine(parts, shop.products),
            transitions=fit_transitions(parts, shop.products),
            popularity=np.log1p(count).astype(np.float32),
            ends=np.log1p(ends).astype(np.float32),
            attribute_popularity=np.asarray((has @ np.log1p(np.asarray(sold).ravel())), dtype=np.float32).ravel(),
            attributes=unit,
        )


def _unit_attributes(shop: Shop) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Rows of unit length with rare attributes heavy, so that a product of rows is a cosine; and plain membership."""
    row, place = np.nonzero(shop.attributes >= 0)
    code = shop.attributes[row, place]
    shape = (shop.products, int(code.max(initial=0)) + 1)
    has = sparse.csr_matrix((np.ones(len(row)), (row, code)), shape=shape)
    rarity = np.log(shop.products / np.maximum(np.asarray(has.sum(axis=0)).ravel(), 1))
    weighted = has @ sparse.diags(rarity)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.diags(1.0 / np.maximum(length, 1e-9)) @ weighted, has


def _lists(shop: Shop, asked: Asked, known: Statistics, *, rng: np.random.Generator, count: int) -> RankingRows:
    candidates = np.empty((len(asked.targets), count + 1), np.int64)
    candidates[:, 0] = asked.targets
    for number, owner in enumerate(asked.owner):
        drawn = rng.integers(0, shop.products, count)
        own = np.isin(drawn, shop.sequences[owner])
        while own.any():
            drawn[own] = rng.integers(0, shop.products, int(own.sum()))
            own = np.isin(drawn, shop.sequences[owner])
        candidates[number, 1:] = drawn
    labels = np.zeros(candidates.shape, np.float32)
    labels[:, 0] = 1.0
    group = np.repeat(np.arange(len(candidates)), count + 1)
    features = _features(shop, asked.histories, candidates, known)
    histories = padded([history.astype(np.int64) for history in asked.histories], MAX_HISTORY)
    return RankingRows(features, candidates.ravel(), labels.ravel(), group, histories=histories)


def _features(shop: Shop, histories: Sequences, candidates: Ints, known: Statistics) -> Floats:
    """[G * n, F] in the order of COLUMNS."""
    found = np.empty((*candidates.shape, len(COLUMNS)), np.float32)
    column = {name: position for position, name in enumerate(COLUMNS)}
    found[:, :, column["popularity"]] = known.popularity[candidates]
    found[:, :, column["ends_popularity"]] = known.ends[candidates]
    found[:, :, column["attribute_popularity"]] = known.attribute_popularity[candidates]
    found[:, :, column["attribute_count"]] = (shop.attributes >= 0).sum(axis=1)[candidates]
    found[:, :, column["history_length"]] = np.array([len(history) for history in histories])[:, None]
    last = [history[-1:] for history in histories]
    for name, scorer, seeds in (
        ("cosine", known.cosine, histories),
        ("transition", known.transitions, histories),
        ("last_cosine", known.cosine, last),
        ("last_transition", known.transitions, last),
    ):
        for start in range(0, len(histories), _CHUNK):
            scores = scorer.batch_scores(seeds[start : start + _CHUNK])
            chosen = candidates[start : start + _CHUNK]
            found[start : start + _CHUNK, :, column[name]] = np.take_along_axis(scores, chosen, axis=1)
    _attribute_features(histories, candidates, known, found=found[:, :, column["attributes_mean"] :])
    return found.reshape(-1, len(COLUMNS))


def _attribute_features(histories: Sequences, candidates: Ints, known: Statistics, *, found: Floats) -> None:
    """Cosine of attributes between candidate and history: mean, best and latest, in the first three columns."""
    dense = known.attributes.toarray().astype(np.float32)
    for number, history in enumerate(histories):
        alike = dense[candidates[number]] @ dense[history[-MAX_HISTORY:]].T
        found[number, :, 0] = alike.mean(axis=1)
        found[number, :, 1] = alike.max(axis=1)
        found[number, :, 2] = alike[:, -1]
