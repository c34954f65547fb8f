"""The pattern of a thing (plain, striped, checked, dotted, printed), learned from swatches that are drawn by code.

Catalogues seldom say it, and no set of labelled pictures comes with a package: so the labels are made with the
pictures. What it is worth on a shop's photographs must be measured there; the confidences tell what it is unsure of.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from merx_models.pictures.backbone import Backbone
from merx_models.pictures.views import Changes, Pixels, changed

Floats = NDArray[np.float32]
PATTERNS = ("plain", "striped", "checked", "dotted", "printed")
DRAWN_SIDE = 192
Shade = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class PatternHead:
    """Multinomial logistic regression: features [n, F] @ `weights` [F, C] + `bias` [C]."""

    names: tuple[str, ...]
    weights: Floats
    bias: Floats

    @classmethod
    def fit(cls, backbone: Backbone, *, each: int = 80, seed: int = 0) -> "PatternHead":
        """Learn from `each` drawn swatches of every pattern; features are brought to one spread first."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        views, labels = swatches(each, size=backbone.size, seed=seed)
        features = backbone.features(views)
        spread = StandardScaler().fit(features)
        fitted = LogisticRegression(C=0.01, max_iter=500).fit(spread.transform(features), labels)
        weights = (fitted.coef_ / spread.scale_).T
        bias = fitted.intercept_ - spread.mean_ @ weights
        return cls(PATTERNS, weights.astype(np.float32), bias.astype(np.float32))

    def probabilities(self, features: Floats) -> Floats:
        scores = features @ self.weights + self.bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def save(self, path: Path) -> None:
        np.savez(path, names=np.array(self.names), weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> "PatternHead":
        with np.load(path) as stored:
            return cls(tuple(stored["names"].tolist()), stored["weights"], stored["bias"])


def swatches(each: int, *, size: int, seed: int) -> tuple[Pixels, NDArray[np.int64]]:
    """`each` views of every pattern, uint8[n, size, size, 3], in random colours, sizes, places and light."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(PATTERNS)), each)
    changes = Changes(least_area=0.5, turn_degrees=30.0)
    views = [changed(swatch(PATTERNS[label], rng), size, rng, changes=changes) for label in labels]
    return np.stack(views), labels


def swatch(pattern: str, rng: np.random.Generator) -> Pixels:
    """A piece of cloth of the pattern, as a thing on white or filling the picture."""
    ground, figure = _two_colours(rng)
    side = DRAWN_SIDE
    image = Image.new("RGB", (side, side), ground)
    if pattern != "plain":
        _draw(image, pattern, figure, rng)
    cloth = np.asarray(image, np.float32) + rng.normal(0, rng.uniform(0, 8), (side, side, 1))
    first, last = rng.uniform(0.75, 1.1, 2).tolist()
    cloth *= np.linspace(first, last, side)[:, None, None]
    found = np.clip(cloth, 0, 255).astype(np.uint8)
    return found if rng.random() < 0.5 else np.where(_shape(side, rng)[:, :, None], found, np.uint8(255))


def _two_colours(rng: np.random.Generator) -> tuple[Shade, Shade]:
    while True:
        first, second = rng.integers(0, 256, (2, 3)).tolist()
        if sum(abs(a - b) for a, b in zip(first, second, strict=True)) > 150:
            return (first[0], first[1], first[2]), (second[0], second[1], second[2])


def _draw(image: Image.Image, pattern: str, figure: Shade, rng: np.random.Generator) -> None:
    pen = ImageDraw.Draw(image)
    step = int(rng.integers(14, 44))
    thick = max(2, int(step * rng.uniform(0.2, 0.6)))
    if pattern == "striped":
        _stripes(pen, figure, step, thick, upright=bool(rng.random() < 0.5))
    elif pattern == "checked":
        for upright in (True, False):
            _stripes(pen, figure, step, thick, upright=upright)
    elif pattern == "dotted":
        for row in range(0, DRAWN_SIDE + step, step):
            for column in range((row // step % 2) * (step // 2), DRAWN_SIDE + step, step):
                _disc(pen, (column, row), thick / 2 + 1, figure)
    else:
        _print(pen, rng)


def _stripes(pen: ImageDraw.ImageDraw, figure: Shade, step: int, thick: int, *, upright: bool) -> None:
    for start in range(0, DRAWN_SIDE, step):
        low, high = (start, 0), (start + thick, DRAWN_SIDE)
        pen.rectangle((low, high) if upright else (low[::-1], high[::-1]), fill=figure)


def _disc(pen: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, fill: Shade) -> None:
    x, y = centre
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _print(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Flowers of a few colours and sizes, strewn."""
    for _ in range(int(rng.integers(8, 20))):
        x, y = rng.uniform(0, DRAWN_SIDE, 2)
        petal = rng.uniform(5, 16)
        red, green, blue = rng.integers(0, 256, 3).tolist()
        for angle in np.linspace(0, 2 * np.pi, int(rng.integers(4, 8)), endpoint=False):
            _disc(pen, (x + petal * np.cos(angle), y + petal * np.sin(angle)), petal * 0.7, (red, green, blue))
        _disc(pen, (x, y), petal * 0.5, (255 - red, 255 - green, 255 - blue))


def _shape(side: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    radii = rng.uniform(0.55, 0.95, 2)
    power = rng.choice([2.0, 6.0])
    return np.asarray(np.abs(down / radii[0]) ** power + np.abs(across / radii[1]) ** power < 1)
