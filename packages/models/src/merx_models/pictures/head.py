"""From features of a network to unit vectors in which products of one class lie together, and to classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from merx_models.text_encoder import unit

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """`projection` [F, d] and `offset` [d] lead to the space; `proxies` [C, d] are unit vectors, one per class, and a
    probability is softmax(`scale` x cosine): the normalised softmax of Zhai & Wu (2019)."""

    projection: Floats
    offset: Floats
    proxies: Floats
    scale: float

    @property
    def dim(self) -> int:
        return int(self.projection.shape[1])

    def embed(self, features: Floats) -> Floats:
        """Features [n, F] to unit vectors [n, d]."""
        return unit(features @ self.projection + self.offset)

    def probabilities(self, vectors: Floats) -> Floats:
        """Unit vectors [n, d] to the probabilities of the classes [n, C]."""
        scores = self.scale * (vectors @ self.proxies.T)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def save(self, path: Path) -> None:
        np.savez(
            path, projection=self.projection, offset=self.offset, proxies=self.proxies, scale=np.float32(self.scale)
        )

    @classmethod
    def load(cls, path: Path) -> "Head":
        with np.load(path) as stored:
            parts = stored["projection"], stored["offset"], stored["proxies"]
            return cls(*parts, scale=float(stored["scale"]))


def first_head(features: Floats, labels: Ints, *, dim: int = 256, shrinkage: float = 0.3, scale: float = 16.0) -> Head:
    """Closed-form start: linear discriminants (Fisher 1936) with the scatter within classes shrunk to a multiple of the
    identity, since there are fewer pictures than it has entries; proxies are the class means.

    `features` [n, F], `labels` [n] from 0 up, each at least once. d is `dim`, or F where that is less.
    """
    classes = int(labels.max()) + 1
    means = np.stack([features[labels == label].mean(axis=0) for label in range(classes)])
    mean = features.mean(axis=0)
    within = np.cov((features - means[labels]).T.astype(np.float64), bias=True)
    shrunk = (1 - shrinkage) * within + shrinkage * (np.trace(within) / len(within) + 1e-9) * np.eye(len(within))
    whiten = linalg.cholesky(linalg.inv(shrunk), lower=True)
    spread = np.concatenate([(features - mean) @ whiten * 0.3, (means - mean) @ whiten])
    _, axes = linalg.eigh(np.cov(spread.T))
    projection = (whiten @ axes[:, ::-1][:, :dim]).astype(np.float32)
    projection /= np.sqrt(((features - mean) @ projection).var(axis=0).mean())
    offset = -(mean @ projection).astype(np.float32)
    vectors = unit(np.asarray(features @ projection + offset, np.float32))
    return Head(projection, offset, class_means(vectors, labels, classes), scale)


def class_means(vectors: Floats, labels: Ints, classes: int) -> Floats:
    """Unit vectors [C, d] in the middle of each class."""
    sums = np.zeros((classes, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return unit(sums)


def coarse_probabilities(fine: Floats, coarse_of: Sequence[int]) -> Floats:
    """Probabilities [n, C] of fine classes summed to those of the coarse classes they belong to."""
    found = np.zeros((len(fine), max(coarse_of) + 1), np.float32)
    for place, coarse in enumerate(coarse_of):
        found[:, coarse] += fine[:, place]
    return found
