"""The printed front of a pack: the brand's two colours in the brand's layout, its mark, the title, and an emblem."""

from collections.abc import Callable
from typing import NamedTuple

from merx_pipelines.drawn.colours import Rgb, ink_on, mix
from merx_pipelines.drawn.emblems import emblem
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import Outline, band, blob, box, oval, star
from merx_pipelines.drawn.sheet import Sheet, lighter


class Area(NamedTuple):
    """The upright rectangle of a front that is seen straight on."""

    left: float
    top: float
    right: float
    bottom: float

    def at(self, left: float, top: float, right: float, bottom: float) -> "Area":
        """A part of it, in shares of its width and height."""
        wide, high = self.right - self.left, self.bottom - self.top
        return Area(self.left + left * wide, self.top + top * high, self.left + right * wide, self.top + bottom * high)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class _Pack(NamedTuple):
    """What a layout prints on."""

    sheet: Sheet
    look: Look
    outline: Outline
    area: Area
    light: str


def front(sheet: Sheet, look: Look, outline: Outline, area: Area, *, light: str = "flat") -> None:
    """Fill the outline with the brand's colour and print on it, inside the area."""
    sheet.fill(outline, colour=look.body.rgb, light=light)
    wide = area.right - area.left > 1.35 * (area.bottom - area.top)
    (_wide if wide else _LAYOUTS[look.layout % len(_LAYOUTS)])(_Pack(sheet, look, outline, area, light))


def sticker(sheet: Sheet, look: Look, area: Area, *, bow: float = 0.0, light: str = "round") -> None:
    """A label stuck on a thing of another colour, around it where `bow` is not 0."""
    outline = band(*area, bow) if bow else box(*area, 2)
    front(sheet, look, outline, Area(area.left, area.top + bow, area.right, area.bottom + bow / 2), light=light)


def mark(sheet: Sheet, look: Look, area: Area) -> None:
    """The brand's mark with its name or number."""
    ground: Rgb = look.accent.rgb if look.accent.name != "white" else look.tint.rgb
    x, y = area.middle
    half, high = (area.right - area.left) / 2, (area.bottom - area.top) / 2
    plates = (
        oval(x, y, half, high),
        box(x - half, y - high * 0.8, x + half, y + high * 0.8, high * 0.4),
        blob(
            *(
                (px, py)
                for px, py in (
                    (x - half, y),
                    (x - half * 0.7, y - high),
                    (x + half * 0.7, y - high),
                    (x + half, y),
                    (x + half * 0.7, y + high),
                    (x - half * 0.7, y + high),
                )
                for _ in range(2)
            )
        ),
        box(x - half, y - high * 0.7, x + half, y + high * 0.7),
    )
    plate = plates[look.mark % len(plates)]
    sheet.fill(
        plate,
        colour=mix(ground, (255, 255, 255), 0.85) if ink_on(ground) != (255, 255, 255) else lighter(ground, 0.75),
        light="plain",
    )
    sheet.fill((plate - (x, y)) * 0.9 + (x, y), colour=ground, light="plain")
    sheet.words(look.badge or look.words, area.at(0.16, 0.24, 0.84, 0.76), ink_on(ground), lines=1)


def picture(sheet: Sheet, look: Look, area: Area) -> None:
    """The emblem as large as fits; without one, a star in the contents' colour."""
    side = min(area.right - area.left, area.bottom - area.top)
    x, y = area.middle
    if look.emblem:
        emblem(sheet.part(x - side / 2, y - side / 2, side), look.emblem)
    else:
        colour = look.accent.rgb if look.tint.name in ("white", look.body.name) else look.tint.rgb
        sheet.fill(star(x, y, side * 0.42, 12, 0.8), colour=colour, light="dull")
        sheet.fill(oval(x, y, side * 0.24), colour=lighter(colour, 0.6), light="plain")


def _wide(pack: _Pack) -> None:
    """Lying packs: words on the left, the picture on the right."""
    sheet, look, outline, area, light = pack
    left, top, right, bottom = area.at(0.58, -0.2, 1.2, 1.2)
    lean = (look.layout - 2) * (right - left) * 0.12
    for more, colour in ((-2.5, look.tint.rgb), (0.0, look.accent.rgb)):
        panel = ((left + more + lean, top), (right, top), (right, bottom), (left + more - lean, bottom))
        sheet.fill(blob(*(point for point in panel for _ in range(2))), colour=colour, light=light, within=outline)
    picture(sheet, look, area.at(0.64, 0.14, 0.98, 0.86))
    mark(sheet, look, area.at(0.05, 0.08, 0.36, 0.32))
    sheet.words(look.words, area.at(0.05, 0.4, 0.5, 0.92), ink_on(look.body.rgb))


def _banded(pack: _Pack) -> None:
    sheet, look, outline, area, light = pack
    middle = area.at(-0.3, 0.5, 1.3, 0.76)
    sheet.fill(box(*middle), colour=look.accent.rgb, light=light, within=outline)
    sheet.fill(box(*area.at(-0.3, 0.77, 1.3, 0.8)), colour=look.tint.rgb, light=light, within=outline)
    picture(sheet, look, area.at(0.1, 0.2, 0.9, 0.5))
    mark(sheet, look, area.at(0.24, 0.03, 0.76, 0.17))
    sheet.words(look.words, area.at(0.08, 0.52, 0.92, 0.74), ink_on(look.accent.rgb))


def _swept(pack: _Pack) -> None:
    sheet, look, outline, area, light = pack
    left, top, right, bottom = area.at(-0.3, 0, 1.3, 1)
    high, wide = bottom - top, right - left
    for lift, colour in ((0.03, look.tint.rgb), (0.0, look.accent.rgb)):
        start, crest, end = (top + high * (share - lift) for share in (0.62, 0.54, 0.7))
        edge = ((left, start), (left, start), (left + wide * 0.4, crest), (right, end), (right, end))
        below = ((right, bottom + 20), (right, bottom + 20), (left, bottom + 20), (left, bottom + 20))
        sheet.fill(blob(*edge, *below), colour=colour, light=light, within=outline)
    mark(sheet, look, area.at(0.1, 0.05, 0.62, 0.2))
    sheet.words(look.words, area.at(0.08, 0.23, 0.92, 0.49), ink_on(look.body.rgb))
    picture(sheet, look, area.at(0.3, 0.55, 0.95, 0.95))


def _rounded(pack: _Pack) -> None:
    sheet, look, outline, area, light = pack
    window = area.at(0.06, 0.42, 0.94, 0.97)
    x, y = window.middle
    radius = min(window.right - window.left, window.bottom - window.top) / 2
    sheet.fill(oval(x, y, radius * 1.12), colour=look.accent.rgb, light=light, within=outline)
    sheet.fill(oval(x, y, radius), colour=lighter(look.tint.rgb, 0.8), light=light, within=outline)
    picture(sheet, look, Area(x - radius * 0.68, y - radius * 0.68, x + radius * 0.68, y + radius * 0.68))
    mark(sheet, look, area.at(0.27, 0.02, 0.73, 0.14))
    sheet.words(look.words, area.at(0.06, 0.16, 0.94, 0.38), ink_on(look.body.rgb))


def _framed(pack: _Pack) -> None:
    sheet, look, outline, area, light = pack
    sheet.fill(box(*area.at(0.05, 0.2, 0.95, 0.93), 3), colour=look.accent.rgb, light=light, within=outline)
    paper: Rgb = (250, 246, 236)
    sheet.fill(box(*area.at(0.08, 0.22, 0.92, 0.91), 2), colour=paper, light=light, within=outline)
    ink = look.body.rgb if ink_on(look.body.rgb) == (255, 255, 255) else (52, 44, 42)
    sheet.words(look.words, area.at(0.13, 0.27, 0.87, 0.5), ink)
    picture(sheet, look, area.at(0.2, 0.52, 0.8, 0.88))
    mark(sheet, look, area.at(0.22, 0.04, 0.78, 0.18))


def _slanted(pack: _Pack) -> None:
    sheet, look, outline, area, light = pack
    for start, end, colour in ((0.3, 0.62, look.accent.rgb), (0.64, 0.69, look.tint.rgb)):
        left, top, right, bottom = area.at(-0.3, start, 1.3, end)
        tilt = (right - left) * 0.11
        slant = blob(
            *(
                (x, y)
                for x, y in ((left, top + tilt), (right, top - tilt), (right, bottom - tilt), (left, bottom + tilt))
                for _ in range(2)
            )
        )
        sheet.fill(slant, colour=colour, light=light, within=outline)
    sheet.words(look.words, area.at(0.08, 0.36, 0.92, 0.58), ink_on(look.accent.rgb))
    mark(sheet, look, area.at(0.08, 0.06, 0.58, 0.21))
    picture(sheet, look, area.at(0.3, 0.68, 0.94, 0.98))


_LAYOUTS: tuple[Callable[[_Pack], None], ...] = (_banded, _swept, _rounded, _framed, _slanted)
