"""Boxes and cartons."""

from merx_pipelines.drawn.colours import Rgb
from merx_pipelines.drawn.labels import Area, front
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import blob, box, corners, oval
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

CARD: Rgb = (172, 150, 120)
CLEAR: Rgb = (222, 230, 236)


def _carton(sheet: Sheet, look: Look, area: Area, deep: float = 9.0, *, printed: Area | None = None) -> None:
    """A box seen a little from the right and from above."""
    left, top, right, bottom = area
    up = deep * 0.62
    sheet.fill(
        corners((left, top), (left + deep, top - up), (right + deep, top - up), (right, top)),
        colour=look.body.rgb,
        light="top",
    )
    sheet.fill(
        corners((right, top), (right + deep, top - up), (right + deep, bottom - up), (right, bottom)),
        colour=look.body.rgb,
        light="side",
    )
    front(sheet, look, box(*area), printed or area)
    sheet.line(
        ((right, top), (right, bottom)), ((left, top), (right, top)), colour=lighter(look.body.rgb, 0.35), width=0.5
    )


def carton_box(sheet: Sheet, look: Look) -> None:
    tall = look.seed % 3
    _carton(sheet, look, Area(20 - tall * 4, 14 + (2 - tall) * 3, 72 + tall * 4, 93), 9)


def flat_box(sheet: Sheet, look: Look) -> None:
    """A frozen meal."""
    _carton(sheet, look, Area(7, 36, 86, 93), 7)


def pizza(sheet: Sheet, look: Look) -> None:
    _carton(sheet, look, Area(8, 14, 87, 93), 5, printed=Area(9, 15, 86, 54))
    rounds: tuple[tuple[float, Rgb], ...] = ((27.0, (196, 132, 66)), (23.5, (206, 70, 40)), (22.0, (242, 196, 92)))
    for half, colour in rounds:
        sheet.fill(oval(47, 71, half * 1.1, half * 0.74), colour=colour, light="dull")
    for x, y in ((35, 66), (52, 60), (46, 72), (62, 70), (34, 77), (54, 82)):
        sheet.fill(oval(x, y, 4.6, 3.2), colour=(184, 48, 36), light="dull")


def long_box(sheet: Sheet, look: Look) -> None:
    """Foil or film on a roll."""
    _carton(sheet, look, Area(5, 58, 90, 84), 6)
    sheet.fill(corners((5, 84), (90, 84), (88, 89), (7, 89)), colour=look.accent.rgb, light="side")


def tissue_box(sheet: Sheet, look: Look) -> None:
    sheet.fill(
        blob((36, 44), (30, 22), (44, 26), (50, 12), (58, 24), (72, 20), (64, 44)), colour=(246, 246, 248), light="film"
    )
    _carton(sheet, look, Area(12, 46, 80, 92), 10)
    sheet.fill(oval(50, 43, 20, 2), colour=(250, 250, 250), light="flat")


def cigarettes(sheet: Sheet, look: Look) -> None:
    _carton(sheet, look, Area(28, 22, 68, 92), 8)
    sheet.line(((28, 42), (68, 42)), colour=darker(look.body.rgb, 0.35), width=0.8)


def carton(sheet: Sheet, look: Look) -> None:
    """A gable top: milk, cream, juice."""
    side, roof = corners((64, 34), (77, 30), (77, 88), (64, 93)), corners((64, 34), (77, 30), (70, 15), (60, 15))
    sheet.fill(side, colour=look.body.rgb, light="side")
    sheet.fill(roof, colour=lighter(look.body.rgb, 0.1), light="side")
    sheet.fill(corners((24, 34), (64, 34), (60, 16), (30, 16)), colour=lighter(look.body.rgb, 0.2), light="flat")
    sheet.fill(corners((30, 8), (70, 8), (70, 16), (30, 16)), colour=look.accent.rgb, light="flat")
    front(sheet, look, corners((24, 34), (64, 34), (64, 93), (24, 93)), Area(25, 36, 63, 92))
    sheet.fill(oval(45, 26, 6.5, 5.5), colour=(245, 245, 245), light="ball")


def juice_box(sheet: Sheet, look: Look) -> None:
    _carton(sheet, look, Area(26, 24, 66, 93), 11)
    sheet.line(((58, 20), (62, 6), (76, 3)), colour=(250, 250, 250), width=3.4)
    sheet.line(((58, 20), (62, 6), (76, 3)), colour=look.tint.rgb, width=1.4)


def brick(sheet: Sheet, look: Look) -> None:
    """Butter, cream cheese: a wrapped block lying down."""
    _carton(sheet, look, Area(7, 52, 80, 90), 14)


def gift_card(sheet: Sheet, look: Look) -> None:
    front(sheet, look, box(8, 28, 92, 82, 5), Area(12, 29, 88, 81), light="flat")
    sheet.fill(box(8, 31, 92, 34), colour=darker(look.body.rgb, 0.5), light="plain")
