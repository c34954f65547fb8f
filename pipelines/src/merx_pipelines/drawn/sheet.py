"""What shapes are drawn on: filled outlines with light on them, lines and words, in coordinates of 0 to 100.

Only masks are drawn large and made small, for smooth edges; light and colour are laid on at the picture's own size,
which is several times faster than drawing everything large.
"""

from functools import lru_cache
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from merx_pipelines.drawn.colours import Rgb, mix
from merx_pipelines.drawn.outlines import Outline

FINE = 4
"""Masks are drawn so many times larger."""
_MEASURE = 40
_MAP = 64
Box = tuple[int, int, int, int]


class Sheet:
    """A square part of an image; `part` gives a smaller one with its own 0 to 100."""

    def __init__(self, image: Image.Image, origin: tuple[float, float] = (0.0, 0.0), unit: float = 0.0) -> None:
        self.image = image
        self.origin = np.array(origin)
        self.unit = unit or image.width / 100

    def part(self, left: float, top: float, width: float) -> "Sheet":
        """The square of that width at left, top."""
        x, y = self.origin + np.array((left, top)) * self.unit
        return Sheet(self.image, (float(x), float(y)), self.unit * width / 100)

    def fill(
        self,
        *outlines: Outline,
        colour: Rgb,
        light: str = "flat",
        within: Outline | None = None,
        strength: float = 1.0,
    ) -> None:
        """Paint the outlines, all under one light; `within` cuts them, `strength` below 1 lets the ground through."""
        placed = [outline * self.unit + self.origin for outline in outlines]
        bounds = self._bounds(placed)
        if bounds is None:
            return
        mask = _polygons(placed, bounds)
        if within is not None:
            mask = ImageChops.multiply(mask, _polygons([within * self.unit + self.origin], bounds))
        if strength < 1:
            mask = mask.point([round(value * strength) for value in range(256)])
        self.image.paste(_lit(colour, light, mask.size), bounds[:2], mask)

    def line(self, *paths: Outline | tuple[tuple[float, float], ...], colour: Rgb, width: float = 1.0) -> None:
        """Open lines through points; width in units of the sheet."""
        placed = [np.asarray(path, np.float64) * self.unit + self.origin for path in paths]
        thick = width * self.unit
        bounds = self._bounds(placed, margin=thick)
        if bounds is None:
            return
        left, top, right, bottom = bounds
        large = Image.new("L", ((right - left) * FINE, (bottom - top) * FINE))
        pen = ImageDraw.Draw(large)
        for path in placed:
            points = ((path - (left, top)) * FINE).ravel().tolist()
            pen.line(points, fill=255, width=max(1, round(thick * FINE)), joint="curve")
        self.image.paste(colour, bounds, large.reduce(FINE))

    def words(self, text: str, box: tuple[float, float, float, float], colour: Rgb, *, lines: int = 3) -> None:
        """The text in the middle of the box, as large as fits on so many lines; bars where no letter can be drawn."""
        left, top, right, bottom = box
        words = _latin(text).split()
        if not words:
            middle = (top + bottom) / 2
            self.line(((left, middle), (right, middle)), colour=colour, width=(bottom - top) / 5)
            return
        rows, size = _broken(tuple(words), (right - left) / (bottom - top), lines)
        pixels = min(round(size * (bottom - top) * self.unit), round(26 * self.image.width / 256))
        if pixels < 5:
            return
        pen, font = ImageDraw.Draw(self.image), _font(pixels)
        step = pixels * 1.08
        x = self.origin[0] + (left + right) / 2 * self.unit
        y = self.origin[1] + (top + bottom) / 2 * self.unit - step * (len(rows) - 1) / 2
        for number, row in enumerate(rows):
            # The font has one weight: a second print half a pixel aside makes it bold.
            for aside in (0.0, 0.5):
                pen.text((x + aside, y + number * step), row, fill=colour, font=font, anchor="mm")

    def _bounds(self, placed: list[Outline], margin: float = 0.0) -> Box | None:
        """The whole pixels that hold the outlines; None where they hold none of the picture."""
        low = np.floor(np.min([outline.min(axis=0) for outline in placed], axis=0) - margin)
        high = np.ceil(np.max([outline.max(axis=0) for outline in placed], axis=0) + margin)
        left, top = (max(0, int(value)) for value in low)
        right, bottom = min(self.image.width, int(high[0])), min(self.image.height, int(high[1]))
        return (left, top, right, bottom) if right > left and bottom > top else None


def shadow(image: Image.Image, half: float, foot: float) -> None:
    """What a thing with a foot of 2 `half` units at height `foot` throws on the table."""
    unit = image.width / 100
    wide, high = round(half * 2.9 * unit), round(11 * unit)
    if half > 0:
        mask = _soft_oval().resize((wide, high), Image.Resampling.BILINEAR)
        image.paste((70, 68, 74), (round(51 * unit) - wide // 2, round(foot * unit) - high // 2), mask)


def _polygons(placed: list[Outline], bounds: Box) -> Image.Image:
    left, top, right, bottom = bounds
    large = Image.new("L", ((right - left) * FINE, (bottom - top) * FINE))
    pen = ImageDraw.Draw(large)
    for outline in placed:
        pen.polygon(((outline - (left, top)) * FINE).ravel().tolist(), fill=255)
    return large.reduce(FINE)


def _lit(colour: Rgb, light: str, size: tuple[int, int]) -> Image.Image:
    """The colour under a light: its map says per pixel how far to go to black (0) or to white (255)."""
    if light == "plain":
        return Image.new("RGB", size, colour)
    steps = _map(light).resize(size, Image.Resampling.BILINEAR)
    return Image.merge("RGB", [steps.point(_ramp(channel)) for channel in colour])


@lru_cache(maxsize=256)
def _ramp(channel: int) -> list[int]:
    dark = [round(channel * step / 128) for step in range(128)]
    return dark + [round(channel + (255 - channel) * step / 127) for step in range(128)]


@lru_cache(maxsize=16)
def _map(light: str) -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 1, _MAP), np.linspace(0, 1, _MAP))
    values = np.clip(128 + 127 * _LIGHTS[light](across, down), 0, 255)
    return Image.fromarray(values.astype(np.uint8))


Floats = NDArray[np.float64]


def _bump(values: Floats, middle: float, width: float) -> Floats:
    return np.asarray(np.exp(-(((values - middle) / width) ** 2)), np.float64)


def _round(x: Floats, _y: Floats) -> Floats:
    """A dull cylinder: lit from the left, dark at both edges, a little light coming back from the right."""
    return 0.3 * _bump(x, 0.3, 0.16) - 0.42 * x**4 - 0.3 * (1 - x) ** 9 + 0.14 * _bump(x, 0.96, 0.05) - 0.04


def _gloss(x: Floats, y: Floats) -> Floats:
    return _round(x, y) + 0.4 * _bump(x, 0.22, 0.045) + 0.14 * _bump(x, 0.83, 0.03)


def _metal(x: Floats, _y: Floats) -> Floats:
    return (
        0.55 * _bump(x, 0.25, 0.1)
        - 0.3 * _bump(x, 0.5, 0.14)
        + 0.3 * _bump(x, 0.72, 0.08)
        - 0.4 * x**6
        - 0.2 * (1 - x) ** 6
    )


def _ball(x: Floats, y: Floats) -> Floats:
    far = np.hypot(x - 0.36, y - 0.3)
    return 0.5 * _bump(far, 0.0, 0.17) + 0.1 - 0.55 * far**2.2


def _dull_ball(x: Floats, y: Floats) -> Floats:
    far = np.hypot(x - 0.38, y - 0.3)
    return 0.22 * _bump(far, 0.0, 0.3) + 0.04 - 0.5 * far**2


def _film(x: Floats, y: Floats) -> Floats:
    """A filled bag: bulging, with folds that run to the corners."""
    bulge = 0.16 - 0.9 * (np.abs(x - 0.45) ** 2.6 + np.abs(y - 0.45) ** 3.2)
    folds = 0.11 * np.sin(17 * x + 5 * np.sin(6 * y)) * np.abs(y - 0.5) * 2.2 * (0.5 + x)
    return np.asarray(bulge + folds + 0.25 * _bump(x + 0.12 * np.sin(5 * y), 0.2, 0.05), np.float64)


def _flat(x: Floats, y: Floats) -> Floats:
    return 0.08 - 0.1 * x - 0.1 * y


def _side(_x: Floats, y: Floats) -> Floats:
    return -0.3 - 0.08 * y


def _top(x: Floats, _y: Floats) -> Floats:
    return 0.28 - 0.1 * x


def _bake(x: Floats, y: Floats) -> Floats:
    """Crust: brown above, pale at the foot."""
    return (
        0.28 * y
        - 0.2 * _bump(y, 0.0, 0.35)
        - 0.25 * np.abs(x - 0.45) ** 2
        + 0.16 * _bump(np.hypot(x - 0.35, y - 0.3), 0, 0.25)
    )


_LIGHTS = {
    "round": _round, "gloss": _gloss, "metal": _metal, "ball": _ball, "dull": _dull_ball, "film": _film,
    "flat": _flat, "side": _side, "top": _top, "bake": _bake,
}  # fmt: skip


@lru_cache(maxsize=1)
def _soft_oval() -> Image.Image:
    image = Image.new("L", (192, 64))
    ImageDraw.Draw(image).ellipse((34, 20, 158, 44), fill=120)
    return image.filter(ImageFilter.GaussianBlur(9))


@lru_cache(maxsize=128)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font: pictures are the same wherever they are drawn."""
    font = ImageFont.load_default(pixels)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=4096)
def _latin(text: str) -> str:
    """The letters, digits and signs that the font has; accents are taken off."""
    plain = "".join(sign for sign in normalize("NFKD", text[:200]) if not combining(sign))
    return "".join(sign if " " <= sign <= "~" else " " for sign in plain)


@lru_cache(maxsize=4096)
def _broken(words: tuple[str, ...], ratio: float, lines: int) -> tuple[list[str], float]:
    """The words on at most so many lines of a box of width : height `ratio`, and the letters' size in its heights."""
    best: tuple[list[str], float] = ([], 0.0)
    for count in range(1, min(lines, len(words)) + 1):
        rows = _rows(words, count)
        longest = max(_font(_MEASURE).getlength(row) for row in rows) / _MEASURE
        size = min(ratio / longest, 1 / (1.08 * len(rows)))
        if size > best[1] * 1.05:
            best = (rows, size)
    return best


def _rows(words: tuple[str, ...], count: int) -> list[str]:
    """Broken into rows of about the same length."""
    target = len(" ".join(words)) / count
    rows = [""]
    for word in words:
        if rows[-1] and len(rows[-1]) + len(word) / 2 > target and len(rows) < count:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def darker(colour: Rgb, part: float = 0.3) -> Rgb:
    return mix(colour, (20, 16, 18), part)


def lighter(colour: Rgb, part: float = 0.4) -> Rgb:
    return mix(colour, (255, 255, 255), part)
