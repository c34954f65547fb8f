"""A product's picture: the shape on white, its shadow, and the mark that says it is drawn."""

from io import BytesIO

from PIL import Image

from merx_core.catalogue import Product
from merx_pipelines.drawn.kinds import kind_of
from merx_pipelines.drawn.look import Look, look_of
from merx_pipelines.drawn.shapes import SHAPES
from merx_pipelines.drawn.sheet import Sheet, shadow

QUALITY = 85
MARK = (84.0, 93.8, 98.5, 98.8)
"""Where the picture says that it is drawn: left, top, right, bottom in hundredths."""
_FOOT = 93.0
"""Where shapes stand on their sheet."""


def draw(product: Product, *, side: int = 256) -> bytes:
    """A JPEG of `side` pixels square; the same product gives the same bytes."""
    image = paint(look_of(product), side=side)
    packed = BytesIO()
    image.save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue()


def paint(look: Look, *, side: int) -> Image.Image:
    image = Image.new("RGB", (side, side), (255, 255, 255))
    shape = SHAPES[look.shape]
    width = 92 * look.scale
    left, top = 50 - width / 2, _FOOT - width * _FOOT / 100
    shadow(image, shape.foot * width / 100, _FOOT - 0.5)
    sheet = Sheet(image)
    shape.draw(sheet.part(left, top, width), look)
    sheet.words("drawn", MARK, (150, 152, 156), lines=1)
    return image


def pack_type(product: Product) -> str:
    """The name of the shape: the truth for the attribute "pack_type" of a drawn picture."""
    return kind_of(product).shape


def main_colour(product: Product) -> str:
    """The plain name of the colour that most of the thing has."""
    look = look_of(product)
    main = SHAPES[look.shape].main
    return {"body": look.body.name, "tint": look.tint.name}.get(main, main)
