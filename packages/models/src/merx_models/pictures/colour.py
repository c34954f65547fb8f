"""The colours of the thing in a picture, by name, measured from its pixels in CIE Lab (1976, D65)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from merx_models.pictures.views import Pixels, product_mask

Floats = NDArray[np.float64]

NAMED = {
    "black": ((0, 0, 0), (32, 32, 34)),
    "grey": ((90, 90, 92), (130, 130, 130), (175, 175, 175)),
    "white": ((255, 255, 255), (232, 232, 230)),
    "red": ((200, 25, 35), (150, 15, 25), (225, 60, 60)),
    "orange": ((250, 130, 20), (225, 110, 40)),
    "yellow": ((250, 220, 40), (240, 225, 110), (215, 185, 30)),
    "green": ((30, 130, 50), (110, 170, 60), (20, 75, 35), (130, 200, 120)),
    "turquoise": ((60, 190, 185), (20, 130, 135)),
    "blue": ((30, 80, 190), (20, 40, 100), (110, 165, 225)),
    "purple": ((110, 40, 140), (75, 30, 95), (165, 120, 200)),
    "pink": ((240, 150, 180), (230, 80, 150), (250, 200, 210)),
    "brown": ((110, 65, 30), (75, 45, 25), (150, 100, 55)),
    "beige": ((225, 205, 170), (200, 175, 140)),
}
"""The eleven basic colour terms (Berlin & Kay 1969), turquoise and beige, each by a few typical sRGB values."""
WORKED_SIDE = 64
"""Pixels a side to which a picture is reduced before its colours are counted."""


@dataclass(frozen=True, slots=True)
class Colour:
    """`share` of the thing's area, 0 to 1; `typical` is the mean of that area in sRGB."""

    name: str
    share: float
    typical: tuple[int, int, int]


def colours(picture: Pixels, *, least_share: float = 0.1) -> list[Colour]:
    """The colours of at least `least_share` of the product, largest first, never empty.

    What is white behind a catalogue picture does not count; in a photograph the middle counts more than the border.
    """
    reduced = _reduced(picture)
    pixels = reduced.reshape(-1, 3)
    weight = _weight(reduced).ravel()
    weight = weight / weight.sum()
    names, prototypes = _prototypes()
    distance = np.linalg.norm(lab(pixels)[:, None] - prototypes[None], axis=2)
    found = names[distance.argmin(axis=1)]
    shares = np.bincount(found, weights=weight, minlength=len(NAMED)).astype(np.float64)
    order = np.argsort(-shares, kind="stable")
    kept = [place for place in order if shares[place] >= least_share] or [order[0]]
    return [_colour(int(place), shares, pixels, np.where(found == place, weight, 0.0)) for place in kept]


def lab(pixels: NDArray[np.uint8]) -> Floats:
    """From sRGB [n, 3] to L* (0 to 100), a*, b* under D65 (IEC 61966-2-1; CIE 15)."""
    value = pixels.astype(np.float64) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = linear @ (to_xyz / to_xyz.sum(axis=1, keepdims=True)).T
    cubic = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = cubic.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def _reduced(picture: Pixels) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((WORKED_SIDE, WORKED_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


def _weight(reduced: Pixels) -> Floats:
    mask = product_mask(reduced)
    if mask is not None:
        return mask.astype(np.float64)
    height, width = reduced.shape[:2]
    down = np.linspace(-1, 1, height)[:, None] if height > 1 else np.zeros((1, 1))
    across = np.linspace(-1, 1, width)[None] if width > 1 else np.zeros((1, 1))
    return np.exp(-(down**2 + across**2) / 0.5)


def _prototypes() -> tuple[NDArray[np.int64], Floats]:
    names = np.array([place for place, values in enumerate(NAMED.values()) for _ in values])
    return names, lab(np.array([value for values in NAMED.values() for value in values], np.uint8))


def _colour(place: int, shares: Floats, pixels: NDArray[np.uint8], weight: Floats) -> Colour:
    mean = (weight[:, None] * pixels).sum(axis=0) / max(weight.sum(), 1e-12)
    red, green, blue = (round(value) for value in mean.tolist())
    return Colour(list(NAMED)[place], float(shares[place]), (red, green, blue))
