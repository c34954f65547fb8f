"""Views of one picture: the whole of it for looking things up, changed crops for learning.

Pictures are uint8 arrays [height, width, 3], RGB. Views are square.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Luma of ITU-R BT.601."""
WHITE = 235
"""From here a pixel counts as the white of a catalogue picture's background, in every channel."""
NEARER, NEARER_ON_PLAIN = 1.8, 1.2
"""Zoom of the nearer views: a thing in a shop fills about half of a photograph's side, a picture taken of it before a
plain ground is cut to it already."""
SAME_COLOUR = 24
"""Pixels that differ by less in every channel have one colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How far a view may depart from its picture: what a hand-held photograph changes and a product does not."""

    least_area: float = 0.35
    stretch: float = 1.33
    turn_degrees: float = 12.0
    mirror: float = 0.5
    light: float = 0.3
    erase: float = 0.25
    replace_background: float = 0.5


def whole(picture: Pixels, size: int, *, zoom: float = 1.0) -> Pixels:
    """The picture fitted into a square, the rest filled with the mean colour of its border; `zoom` cuts the margin."""
    height, width = picture.shape[:2]
    side = max(height, width) / zoom
    left, top = (width - side) / 2, (height - side) / 2
    scale = side / size
    placed = _image(picture).resize(
        (max(1, round(min(width, side) / scale)), max(1, round(min(height, side) / scale))),
        Image.Resampling.BILINEAR,
        box=(max(left, 0.0), max(top, 0.0), min(left + side, width), min(top + side, height)),
    )
    canvas = Image.new("RGB", (size, size), _colour(border(picture).mean(axis=0)))
    canvas.paste(placed, ((size - placed.width) // 2, (size - placed.height) // 2))
    return np.asarray(canvas)


def crops(picture: Pixels, size: int) -> Pixels:
    """Four views to average over, uint8[4, size, size, 3]: whole and nearer, each also mirrored."""
    plain = np.stack(
        [whole(picture, size), whole(picture, size, zoom=NEARER_ON_PLAIN if on_plain(picture) else NEARER)]
    )
    return np.concatenate([plain, plain[:, :, ::-1]])


def changed(
    picture: Pixels, size: int, rng: np.random.Generator, *, changes: Changes, backgrounds: Sequence[Pixels] = ()
) -> Pixels:
    """A random view: part, stretched, turned, mirrored, in other light, with a patch missing, or with what was white
    behind the product replaced by a part of one of `backgrounds`."""
    if backgrounds and rng.random() < changes.replace_background:
        picture = _elsewhere(picture, backgrounds[int(rng.integers(len(backgrounds)))], rng)
    view = _part(picture, size, rng, changes)
    view = _other_light(view, rng, changes.light)
    if rng.random() < changes.erase:
        _erase(view, rng)
    return view.astype(np.uint8)


def border(picture: Pixels) -> NDArray[np.float32]:
    """The outermost pixels, float32[n, 3]."""
    edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.concatenate(edges).astype(np.float32)


def on_plain(picture: Pixels) -> bool:
    """Whether at least four fifths of the outermost pixels have one colour."""
    edge = border(picture)
    return bool((np.abs(edge - np.median(edge, axis=0)).max(axis=1) < SAME_COLOUR).mean() >= 0.8)


def product_mask(picture: Pixels) -> NDArray[np.bool_] | None:
    """Where the product is in a picture on white; None where the background is not white."""
    from scipy import ndimage

    white: NDArray[np.bool_] = np.asarray((picture >= WHITE).all(axis=2))
    if np.concatenate((white[0], white[-1], white[:, 0], white[:, -1])).mean() < 0.8:
        return None
    regions, _ = ndimage.label(white)
    outside = np.unique(np.concatenate((regions[0], regions[-1], regions[:, 0], regions[:, -1])))
    background: NDArray[np.bool_] = np.isin(regions, outside[outside > 0])
    return None if background.mean() > 0.98 else np.asarray(~background)


def _elsewhere(picture: Pixels, background: Pixels, rng: np.random.Generator) -> Pixels:
    mask = product_mask(picture)
    if mask is None:
        return picture
    height, width = mask.shape
    behind = _part(background, max(height, width), rng, Changes())[:height, :width]
    return np.where(mask[:, :, None], picture, behind.astype(np.uint8))


def _part(picture: Pixels, size: int, rng: np.random.Generator, changes: Changes) -> NDArray[np.float32]:
    """One affine map from the view to the picture: crop, stretch, turn and mirror at the price of one resampling."""
    height, width = picture.shape[:2]
    area = rng.uniform(changes.least_area, 1.0)
    stretch = np.exp(rng.uniform(-1, 1) * np.log(changes.stretch) / 2)
    wide, high = width * np.sqrt(area) * stretch, height * np.sqrt(area) / stretch
    wide, high = min(wide, width), min(high, height)
    centre = np.array([rng.uniform(wide / 2, width - wide / 2), rng.uniform(high / 2, height - high / 2)])
    turn = np.deg2rad(rng.uniform(-1, 1) * changes.turn_degrees)
    if rng.random() < changes.mirror:
        wide = -wide
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    steps = rotation @ np.diag([wide / size, high / size])
    offset = centre - steps @ np.array([size / 2, size / 2])
    fill = _colour(border(picture).mean(axis=0))
    data = (steps[0, 0], steps[0, 1], offset[0], steps[1, 0], steps[1, 1], offset[1])
    image = _image(picture).transform(
        (size, size), Image.Transform.AFFINE, data, resample=Image.Resampling.BILINEAR, fillcolor=fill
    )
    return np.asarray(image, dtype=np.float32)


def _other_light(view: NDArray[np.float32], rng: np.random.Generator, most: float) -> NDArray[np.float32]:
    """Brightness, contrast, saturation, and the tint of the lamp."""
    bright, contrast, saturation = rng.uniform(1 - most, 1 + most, 3)
    tint = rng.uniform(1 - most / 4, 1 + most / 4, 3).astype(np.float32)
    grey = (view @ GREY)[:, :, None]
    mixed = grey + (view - grey) * np.float32(saturation)
    mean = float(grey.mean())
    return np.clip((mean + (mixed - mean) * np.float32(contrast)) * np.float32(bright) * tint, 0, 255)


def _erase(view: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Random erasing (Zhong et al. 2020): a patch of 4 to 20 % of the view becomes noise."""
    size = len(view)
    side = int(size * np.sqrt(rng.uniform(0.04, 0.2)))
    top, left = rng.integers(0, size - side, 2)
    view[top : top + side, left : left + side] = rng.uniform(0, 255, (side, side, 3))


def _image(picture: Pixels) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(picture))


def _colour(values: NDArray[np.float32]) -> tuple[int, int, int]:
    red, green, blue = (round(float(value)) for value in values)
    return red, green, blue
