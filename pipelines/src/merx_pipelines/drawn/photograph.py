"""Drawn products as if photographed at home: queries to try picture search with, where there are no photographs."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from merx_models.pictures.patterns import PATTERNS, swatch
from merx_models.pictures.views import Changes, Pixels, changed, product_mask
from merx_pipelines.drawn.picture import MARK

_ROOM = 1.25
"""How much wider the scene is than the picture: what a turned or shifted view still shows."""
_CHANGES = Changes(least_area=0.55, stretch=1.12, turn_degrees=14.0, mirror=0.0, light=0.25, erase=0.0)
_QUALITY = 80


def photograph(picture: bytes, *, seed: int) -> bytes:
    """A JPEG of the same size: the thing elsewhere, turned, in other light, partly covered; the same for the seed.

    The picture is one of `draw`'s: a thing on white. Its mark is left out, or it would be what searches find.
    """
    rng = np.random.default_rng(seed)
    image = Image.open(BytesIO(picture)).convert("RGB")
    side = image.width
    left, top, _, _ = (round(share * side / 100) for share in MARK)
    image.paste((255, 255, 255), (left, top, side, side))
    wide = round(side * _ROOM)
    scene = Image.new("RGB", (wide, wide), (255, 255, 255))
    x, y = rng.integers(0, wide - side, 2, endpoint=True).tolist()
    scene.paste(image, (x, y))
    placed = _placed(np.asarray(scene), _clutter(wide, rng), foot=y + 0.86 * side)
    return _taken(changed(placed, side, rng, changes=_CHANGES), rng)


def _placed(scene: Pixels, behind: Pixels, *, foot: float) -> Pixels:
    """The thing before the background; grey below the row `foot` is its shadow and darkens what it falls on."""
    from scipy import ndimage

    mask = product_mask(scene)
    if mask is None:
        return scene
    # White things are in part taken for background: their holes are closed, and the white rim is cut.
    closed = ndimage.binary_fill_holes(ndimage.binary_closing(mask, iterations=4))
    thing = ndimage.binary_erosion(closed)
    low, high = scene.min(axis=2), scene.max(axis=2)
    grey = (high - low < 14) & (low > 130) & (np.arange(len(scene))[:, None] > foot)
    darkened = behind * (scene / np.float32(255))
    placed = np.where((thing & ~grey)[:, :, None], scene, np.where(closed[:, :, None], darkened, behind))
    return placed.astype(np.uint8)


def _clutter(side: int, rng: np.random.Generator) -> Pixels:
    """Cloth with things out of focus on it."""
    cloth = swatch(PATTERNS[int(rng.integers(len(PATTERNS)))], rng)
    image = Image.fromarray(cloth).resize((side, side), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 7))):
        x, y = rng.uniform(-0.1, 1.0, 2) * side
        across, down = rng.uniform(0.1, 0.4, 2) * side
        red, green, blue = rng.integers(20, 220, 3).tolist()
        shape = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        shape((x, y, x + across, y + down), fill=(red, green, blue))
    blurred = np.array(image.filter(ImageFilter.GaussianBlur(side * rng.uniform(0.008, 0.02))))
    # Burnt-out white would look like the void of a catalogue picture.
    return np.asarray(np.minimum(blurred, 225), np.uint8)


def _taken(view: Pixels, rng: np.random.Generator) -> bytes:
    """What a small camera makes of it: a little out of focus, with noise."""
    image = Image.fromarray(view).filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.8))))
    noisy = np.asarray(image, np.float32) + rng.normal(0, rng.uniform(1, 7), (*view.shape[:2], 1))
    packed = BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(packed, "JPEG", quality=_QUALITY)
    return packed.getvalue()
