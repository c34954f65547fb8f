"""Single fruits and vegetables, each on a sheet of its own, in a colour."""

import numpy as np

from merx_pipelines.drawn.colours import Rgb
from merx_pipelines.drawn.outlines import blob, box, leaf, oval, star
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

STALK: Rgb = (96, 72, 40)
LEAF: Rgb = (70, 138, 54)


def apple(sheet: Sheet, colour: Rgb) -> None:
    body = blob(
        (50, 24),
        (68, 14),
        (90, 28),
        (92, 54),
        (80, 82),
        (62, 94),
        (50, 90),
        (38, 94),
        (20, 82),
        (8, 54),
        (10, 28),
        (32, 14),
    )
    sheet.fill(body, colour=colour, light="ball")
    sheet.fill(oval(50, 23, 13, 5), colour=darker(colour, 0.35), light="plain", strength=0.6)
    sheet.line(((50, 25), (52, 12), (57, 4)), colour=STALK, width=4)
    sheet.fill(leaf(54, 13, 26, 12, -18), colour=LEAF)


def pear(sheet: Sheet, colour: Rgb) -> None:
    body = blob(
        (50, 10), (62, 16), (66, 36), (82, 58), (80, 84), (60, 96), (40, 96), (20, 84), (18, 58), (34, 36), (38, 16)
    )
    sheet.fill(body, colour=colour, light="ball")
    sheet.line(((50, 12), (53, 2)), colour=STALK, width=4)


def orange(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(50, 52, 44, 43), colour=colour, light="dull")
    sheet.fill(oval(38, 34, 12, 9), colour=lighter(colour), light="plain", strength=0.55)
    sheet.fill(star(52, 14, 6), colour=LEAF, light="plain")


def peach(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(50, 54, 43, 42), colour=colour, light="ball")
    sheet.line(((54, 13), (44, 30), (42, 52), (47, 76)), colour=darker(colour, 0.3), width=3)
    sheet.fill(leaf(54, 14, 30, 14, -24), colour=LEAF)


def berries(sheet: Sheet, colour: Rgb) -> None:
    body = blob((50, 20), (74, 18), (88, 36), (78, 66), (50, 96), (22, 66), (12, 36), (26, 18))
    sheet.fill(body, colour=colour, light="ball")
    seeds = [
        oval(x, y, 1.8, 2.6)
        for x, y in ((34, 40), (50, 38), (66, 40), (42, 54), (58, 54), (34, 62), (50, 68), (65, 62), (50, 82))
    ]
    sheet.fill(*seeds, colour=lighter(colour, 0.6), light="plain")
    sheet.fill(*(leaf(50, 20, 28, 13, turn) for turn in (-170, -120, -60, -10, 40, 140)), colour=LEAF)


def cherry(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(50, 52, 44, 42), colour=colour, light="ball")


def grapes(sheet: Sheet, colour: Rgb) -> None:
    sheet.line(((50, 4), (51, 26)), colour=STALK, width=4)
    for row, count in enumerate((4, 5, 4, 3, 2, 1)):
        for place in range(count):
            sheet.fill(oval(50 + (place - (count - 1) / 2) * 17, 24 + row * 13.2, 10.5), colour=colour, light="ball")


def banana(sheet: Sheet, colour: Rgb) -> None:
    for drop in (0, 9, 18):
        body = blob(
            (20, 10 + drop / 3),
            (20, 10 + drop / 3),
            (28, 12),
            (36, 40 + drop),
            (62, 62 + drop),
            (93, 58 + drop),
            (95, 64 + drop),
            (95, 64 + drop),
            (70, 80 + drop),
            (38, 74 + drop),
            (18, 44 + drop),
        )
        sheet.fill(body, colour=darker(colour, 0.18 - drop / 120), light="dull")
        sheet.line(
            ((24, 20), (30, 44 + drop), (56, 70 + drop), (90, 63 + drop)), colour=darker(colour, 0.22), width=1.6
        )
        sheet.fill(oval(94, 61 + drop, 2.6, 4), colour=STALK, light="plain")
    sheet.fill(box(18, 6, 29, 16, 3), colour=darker(LEAF, 0.2))


def pineapple(sheet: Sheet, colour: Rgb) -> None:
    body = oval(50, 64, 27, 34)
    sheet.fill(
        *(leaf(50, 36, 36, 11, turn) for turn in (-150, -130, -110, -90, -70, -50, -30)),
        colour=darker(LEAF, 0.15),
        light="flat",
    )
    sheet.fill(body, colour=colour, light="ball")
    for slant in (-1, 1):
        lines = [((50 + slant * (step - 34), 34), (50 + slant * (step + 14), 96)) for step in range(-10, 40, 11)]
        for start, end in lines:
            sheet.line(_inside(start, end), colour=darker(colour, 0.4), width=1.5)


def _inside(start: tuple[float, float], end: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """The part of a line that lies in the pineapple."""
    points = np.linspace(start, end, 30)
    kept = points[((points - (50, 64)) ** 2 / (26.0**2, 33.0**2)).sum(axis=1) < 1]
    return tuple(map(tuple, kept.tolist())) if len(kept) > 1 else ((50, 64), (50, 64))


def tomato(sheet: Sheet, colour: Rgb) -> None:
    body = blob((50, 20), (80, 18), (94, 46), (84, 80), (50, 92), (16, 80), (6, 46), (20, 18))
    sheet.fill(body, colour=colour, light="ball")
    sheet.fill(star(50, 22, 20, 6, 0.28), colour=LEAF)
    sheet.line(((50, 22), (53, 8)), colour=darker(LEAF, 0.2), width=4)


def corn(sheet: Sheet, colour: Rgb) -> None:
    cob = blob((50, 4), (64, 22), (68, 60), (60, 92), (40, 92), (32, 60), (36, 22))
    sheet.fill(cob, colour=colour, light="round")
    kernels = [
        oval(50 + (column - 2) * (7.2 - abs(row - 5) * 0.25), 14 + row * 8.2, 3.0, 3.5)
        for row in range(9)
        for column in range(5)
    ]
    sheet.fill(*kernels, colour=lighter(colour, 0.45), within=cob, light="plain", strength=0.8)
    for side in (-1, 1):
        husk = blob(
            (50 + side * 2, 98),
            (50 + side * 2, 98),
            (50 + side * 30, 78),
            (50 + side * 38, 34),
            (50 + side * 38, 34),
            (50 + side * 20, 58),
            (50 + side * 8, 84),
        )
        sheet.fill(husk, colour=LEAF, light="round")


def pea(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((4, 40), (4, 40), (40, 30), (80, 42), (97, 62), (97, 62), (60, 76), (24, 66)),
        colour=darker(colour, 0.2),
        light="dull",
    )
    for x, y in ((28, 49), (44, 50), (60, 54), (75, 58)):
        sheet.fill(oval(x, y, 9.5), colour=lighter(colour, 0.15), light="ball")


def potato(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((18, 36), (46, 18), (82, 28), (95, 54), (80, 80), (44, 84), (14, 72), (6, 52)), colour=colour, light="dull"
    )
    eyes = [oval(x, y, 3, 1.4, 20) for x, y in ((34, 44), (60, 38), (74, 56), (46, 66), (24, 58))]
    sheet.fill(*eyes, colour=darker(colour, 0.4), light="plain", strength=0.7)


def mushroom(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((38, 52), (38, 52), (62, 52), (62, 52), (66, 90), (50, 96), (34, 90)),
        colour=lighter(colour, 0.5),
        light="round",
    )
    sheet.fill(blob((50, 12), (84, 26), (94, 54), (70, 62), (30, 62), (6, 54), (16, 26)), colour=colour, light="ball")


def carrot(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(*(leaf(50, 24, 28, 9, turn) for turn in (-140, -115, -90, -65, -40)), colour=LEAF)
    body = blob((36, 24), (50, 18), (64, 24), (62, 50), (51, 97), (51, 97), (38, 50))
    sheet.fill(body, colour=colour, light="round")
    sheet.line(((39, 38), (52, 40)), ((48, 54), (60, 52)), ((43, 68), (52, 70)), colour=darker(colour, 0.25), width=1.6)


def cucumber(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((4, 60), (14, 44), (50, 36), (88, 26), (97, 36), (90, 50), (52, 64), (14, 74)),
        colour=darker(colour, 0.15),
        light="dull",
    )
    sheet.line(((12, 60), (50, 48), (90, 36)), ((14, 67), (52, 57), (88, 45)), colour=lighter(colour, 0.3), width=1.4)


def onion(sheet: Sheet, colour: Rgb) -> None:
    body = blob(
        (50, 6), (50, 6), (55, 22), (84, 36), (92, 62), (72, 88), (50, 92), (28, 88), (8, 62), (16, 36), (45, 22)
    )
    sheet.fill(body, colour=colour, light="ball")
    for reach in (-26, -12, 4, 18, 30):
        sheet.line(
            ((50, 14), (50 + reach * 0.8, 38), (50 + reach, 64), (50 + reach * 0.4, 90)),
            colour=darker(colour, 0.22),
            width=1.1,
        )


def chilli(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((22, 18), (38, 14), (46, 30), (60, 62), (94, 88), (94, 88), (50, 84), (26, 54)),
        colour=colour,
        light="ball",
    )
    sheet.line(((30, 18), (26, 4)), colour=LEAF, width=6)


def pepper(sheet: Sheet, colour: Rgb) -> None:
    for lobe in (
        blob((30, 20), (14, 26), (12, 60), (26, 92), (42, 90), (46, 40)),
        blob((70, 20), (86, 26), (88, 60), (74, 92), (58, 90), (54, 40)),
        blob((50, 20), (68, 22), (70, 60), (62, 94), (38, 94), (30, 60), (32, 22)),
    ):
        sheet.fill(lobe, colour=colour, light="ball")
    sheet.line(((50, 24), (49, 12), (56, 5)), colour=LEAF, width=7)
