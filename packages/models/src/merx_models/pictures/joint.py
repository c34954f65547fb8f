"""One space for words and pictures, learned from a catalogue's own pictures and descriptions.

Canonical correlation (Hotelling 1936) with ridge (Vinod 1976): the directions in which the vectors of a picture and of
its description move together. Closed form: seconds for a catalogue, the same every time.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from merx_models.text_encoder import unit

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Side:
    mean: Floats
    projection: Floats

    def place(self, vectors: Floats) -> Floats:
        return unit(np.asarray((vectors - self.mean) @ self.projection, np.float32))


class JointSpace:
    """Picture vectors [n, P] and text vectors [n, T] as unit vectors [n, dim] that can be compared with each other."""

    def __init__(self, picture: _Side, text: _Side) -> None:
        self._picture, self._text = picture, text

    @classmethod
    def fit(
        cls, pictures: Floats, texts: Floats, *, dim: int = 64, ridge: float = 0.1, power: float = 1.0
    ) -> "JointSpace":
        """Row i of `pictures` and of `texts` belong together. `ridge` is in units of the mean variance of a side;
        a direction counts by its correlation to the `power` (Gong et al. 2014). ValueError under two pairs."""
        if len(pictures) != len(texts) or len(pictures) < 2:
            raise ValueError(f"{len(pictures)} pictures and {len(texts)} texts: two pairs are the least")
        left, right = pictures.astype(np.float64), texts.astype(np.float64)
        means = left.mean(axis=0), right.mean(axis=0)
        left, right = left - means[0], right - means[1]
        whiten = [_whitening(side, ridge) for side in (left, right)]
        u, correlation, v = linalg.svd(whiten[0].T @ (left.T @ right / len(left)) @ whiten[1], full_matrices=False)
        kept = min(dim, int((correlation > 1e-6).sum()))
        weight = correlation[:kept] ** power
        sides = (
            _Side(mean.astype(np.float32), (white @ axes[:, :kept] * weight).astype(np.float32))
            for mean, white, axes in zip(means, whiten, (u, v.T), strict=True)
        )
        return cls(*sides)

    @property
    def dim(self) -> int:
        return int(self._picture.projection.shape[1])

    def pictures(self, vectors: Floats) -> Floats:
        return self._picture.place(vectors)

    def texts(self, vectors: Floats) -> Floats:
        return self._text.place(vectors)

    def together(self, picture: Floats, text: Floats, *, words: float = 0.5) -> Floats:
        """The query "this, in red": picture vectors [n, P] mixed with text vectors [n, T], which count `words`."""
        return unit((1 - words) * self.pictures(picture) + words * self.texts(text))

    def save(self, path: Path) -> None:
        np.savez(
            path,
            picture_mean=self._picture.mean,
            picture=self._picture.projection,
            text_mean=self._text.mean,
            text=self._text.projection,
        )

    @classmethod
    def load(cls, path: Path) -> "JointSpace":
        with np.load(path) as stored:
            picture = _Side(stored["picture_mean"], stored["picture"])
            return cls(picture, _Side(stored["text_mean"], stored["text"]))


def _whitening(centred: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    covariance = centred.T @ centred / len(centred)
    covariance += (ridge * np.trace(covariance) / len(covariance) + 1e-9) * np.eye(len(covariance))
    values, axes = linalg.eigh(covariance)
    return np.asarray((axes / np.sqrt(values)) @ axes.T)
