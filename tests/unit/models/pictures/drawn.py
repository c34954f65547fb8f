"""Pictures drawn by code: things of one shape and colour, on white or before something."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from merx_models.pictures.views import Pixels

SHADES = {"red": (200, 25, 35), "blue": (30, 80, 190), "green": (30, 130, 50), "yellow": (250, 220, 40)}


def thing(colour: str, shape: str = "disc", *, side: int = 96, seed: int = 0, on_white: bool = True) -> Pixels:
    """A disc or a box, somewhere near the middle."""
    rng = np.random.default_rng(seed)
    ground = (
        Image.new("RGB", (side, side), "white")
        if on_white
        else Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)).resize((side, side))
    )
    pen = ImageDraw.Draw(ground)
    left, top = rng.integers(side // 8, side // 4, 2).tolist()
    box = (left, top, left + side // 2, top + side // 2)
    if shape == "disc":
        pen.ellipse(box, fill=SHADES[colour])
    else:
        pen.rectangle(box, fill=SHADES[colour])
    return np.asarray(ground)


def encoded(picture: Pixels, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **options)
    return stream.getvalue()


def write_folder(
    root: Path, *, each: int = 4, parts: tuple[str, ...] = ("train", "validation", "test"), side: int = 96
) -> Path:
    """Four classes ("Round/red", ...) of drawn things, with a catalogue picture and words for each."""
    for number, (part, group, colour) in enumerate(
        (part, group, colour) for part in parts for group in ("Round", "Square") for colour in ("red", "blue")
    ):
        folder = root / part / group / colour
        folder.mkdir(parents=True)
        shape = "disc" if group == "Round" else "box"
        for place in range(each):
            picture = thing(colour, shape, side=side, seed=100 * number + place, on_white=place % 2 == 0)
            (folder / f"{place}.png").write_bytes(encoded(picture))
    for group, shape in (("Round", "disc"), ("Square", "box")):
        for colour in ("red", "blue"):
            folder = root / "catalogue" / group / colour
            folder.mkdir(parents=True)
            (folder / "it.png").write_bytes(encoded(thing(colour, shape, side=side)))
    (root / "classes.csv").write_text(
        "class,description,pack_type\n"
        "Round/red,a round red ball,net\nRound/blue,a round blue ball,net\n"
        "Square/red,a square red box,carton\nSquare/blue,a square blue box,\n"
    )
    return root
