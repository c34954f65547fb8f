"""Small pictures on labels, by name: fruit, vegetables, animals, and signs for what has no shape."""

from collections.abc import Callable

import numpy as np

from merx_pipelines.drawn.colours import Rgb
from merx_pipelines.drawn.fruit import (
    apple,
    banana,
    berries,
    carrot,
    chilli,
    corn,
    cucumber,
    grapes,
    mushroom,
    onion,
    orange,
    pea,
    peach,
    pear,
    pineapple,
    potato,
    tomato,
)
from merx_pipelines.drawn.outlines import blob, leaf, oval, star
from merx_pipelines.drawn.sheet import Sheet, darker, lighter


def fish(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(blob((74, 50), (96, 30), (96, 30), (90, 50), (96, 72), (96, 72)), colour=darker(colour, 0.2))
    sheet.fill(blob((4, 52), (26, 32), (56, 32), (80, 50), (56, 70), (26, 70)), colour=colour, light="dull")
    sheet.fill(oval(20, 48, 3), colour=(30, 30, 34), light="plain")


def shrimp(sheet: Sheet, colour: Rgb) -> None:
    sheet.line(((78, 24), (46, 16), (22, 36), (24, 64), (50, 78), (68, 70)), colour=colour, width=19)
    sheet.line(
        ((62, 12), (58, 28)),
        ((40, 12), (44, 30)),
        ((18, 30), (34, 40)),
        ((14, 54), (34, 54)),
        ((26, 78), (38, 62)),
        colour=lighter(colour),
        width=2.5,
    )
    sheet.fill(leaf(66, 70, 30, 18, 20), colour=darker(colour))


def drumstick(sheet: Sheet, colour: Rgb) -> None:
    sheet.line(((52, 54), (88, 86)), colour=(240, 230, 214), width=9)
    sheet.fill(oval(86, 90, 6), oval(91, 84, 6), colour=(240, 230, 214))
    sheet.fill(
        blob((14, 22), (40, 8), (66, 26), (70, 52), (66, 68), (50, 66), (24, 62), (8, 44)), colour=colour, light="ball"
    )


def cat(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((14, 6), (14, 6), (40, 22), (60, 22), (86, 6), (86, 6), (92, 56), (70, 90), (30, 90), (8, 56)),
        colour=colour,
        light="dull",
    )
    _face(sheet, colour)
    sheet.line(((8, 66), (34, 70)), ((66, 70), (92, 66)), colour=lighter(colour, 0.7), width=1.6)


def dog(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(50, 50, 34, 42), colour=colour, light="dull")
    sheet.fill(
        blob((24, 12), (6, 24), (4, 60), (18, 66), (28, 40)),
        blob((76, 12), (94, 24), (96, 60), (82, 66), (72, 40)),
        colour=darker(colour, 0.4),
    )
    sheet.fill(oval(50, 70, 19, 15), colour=lighter(colour, 0.6), light="dull")
    _face(sheet, colour)


def _face(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(34, 46, 5, 6), oval(66, 46, 5, 6), oval(50, 64, 6, 4.5), colour=(34, 28, 28), light="plain")
    sheet.line(((40, 76), (50, 72), (60, 76)), colour=darker(colour, 0.6), width=2)


def cheese(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob(*((x, y) for x, y in ((4, 50), (62, 20), (96, 44)) for _ in range(2))),
        colour=lighter(colour, 0.3),
        light="flat",
    )
    front = blob(*((x, y) for x, y in ((4, 50), (96, 44), (96, 76), (4, 84)) for _ in range(2)))
    sheet.fill(front, colour=colour, light="flat")
    sheet.fill(
        oval(24, 66, 7, 6),
        oval(52, 58, 5),
        oval(74, 66, 9, 7),
        oval(44, 76, 4),
        colour=darker(colour, 0.25),
        light="dull",
    )


def nut(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((20, 30), (40, 30), (52, 42), (70, 44), (88, 62), (82, 86), (58, 88), (46, 72), (26, 66), (10, 48)),
        colour=colour,
        light="dull",
    )
    dents = [
        oval(x, y, 2.5, 1.6, 40)
        for x, y in ((26, 42), (38, 52), (30, 56), (62, 58), (72, 68), (60, 74), (76, 80), (48, 60))
    ]
    sheet.fill(*dents, colour=darker(colour), light="plain", strength=0.7)


def cookie(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(oval(50, 50, 44, 43), colour=colour, light="dull")
    for x, y in ((34, 34), (60, 28), (72, 52), (46, 56), (28, 62), (58, 74), (80, 40)):
        sheet.fill(oval(x, y, 6, 5, x), colour=(70, 42, 26), light="ball")


def wheat(sheet: Sheet, colour: Rgb) -> None:
    sheet.line(((50, 98), (50, 30)), colour=darker(colour, 0.2), width=3)
    grains = [leaf(50, y, 26, 13, turn) for y in (30, 46, 62, 78) for turn in (-40, -140)]
    sheet.fill(*grains, leaf(50, 28, 26, 12, -90), colour=colour)


def bowl(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(
        blob((6, 46), (6, 46), (94, 46), (94, 46), (84, 76), (64, 90), (36, 90), (16, 76)),
        colour=(236, 234, 228),
        light="round",
    )
    sheet.fill(oval(50, 46, 44, 13), colour=(250, 249, 246), light="plain")
    sheet.fill(oval(50, 47, 38, 10), colour=colour, light="dull")
    sheet.fill(oval(38, 45, 7, 3), oval(60, 48, 8, 3), oval(50, 42, 5, 2), colour=lighter(colour), light="plain")
    for x in (38, 52, 66):
        sheet.line(((x, 30), (x + 4, 22), (x - 2, 14), (x + 2, 6)), colour=(226, 226, 226), width=2.4)


def cow(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(leaf(32, 34, 30, 18, 190), leaf(68, 34, 30, 18, -10), colour=(96, 70, 56))
    sheet.fill(blob((30, 16), (50, 10), (70, 16), (72, 56), (64, 74), (36, 74), (28, 56)), colour=colour, light="dull")
    sheet.fill(blob((28, 18), (46, 14), (44, 40), (36, 52), (28, 46)), colour=(70, 50, 42))
    sheet.fill(oval(50, 78, 22, 14), colour=(232, 170, 164), light="dull")
    sheet.fill(
        oval(40, 46, 4, 5), oval(61, 46, 4, 5), oval(43, 78, 3), oval(57, 78, 3), colour=(34, 28, 28), light="plain"
    )


def bean(sheet: Sheet, colour: Rgb) -> None:
    for x, y, turn in ((36, 40, -30), (62, 60, 40)):
        sheet.fill(oval(x, y, 26, 18, turn), colour=colour, light="ball")
        sheet.fill(oval(x, y, 22, 2.2, turn), colour=(48, 26, 14), light="plain")


def flake(sheet: Sheet, colour: Rgb) -> None:
    for turn in range(0, 180, 60):
        cos, sin = float(np.cos(np.deg2rad(turn))), float(np.sin(np.deg2rad(turn)))
        sheet.line(((50 - 42 * cos, 50 - 42 * sin), (50 + 42 * cos, 50 + 42 * sin)), colour=colour, width=6)
    sheet.fill(star(50, 50, 26, 6, 0.5), colour=colour, light="plain")


def drop(sheet: Sheet, colour: Rgb) -> None:
    sheet.fill(blob((50, 4), (50, 4), (76, 48), (74, 80), (50, 94), (26, 80), (24, 48)), colour=colour, light="ball")


Emblem = Callable[[Sheet, Rgb], None]
EMBLEMS: dict[str, tuple[Emblem, Rgb]] = {
    "apple": (apple, (196, 34, 40)),
    "pear": (pear, (176, 188, 66)),
    "orange": (orange, (242, 136, 30)),
    "peach": (peach, (242, 158, 84)),
    "berries": (berries, (206, 28, 44)),
    "grapes": (grapes, (104, 54, 130)),
    "banana": (banana, (246, 208, 60)),
    "pineapple": (pineapple, (226, 170, 40)),
    "tomato": (tomato, (210, 42, 32)),
    "corn": (corn, (246, 204, 56)),
    "pea": (pea, (92, 158, 50)),
    "potato": (potato, (196, 152, 96)),
    "mushroom": (mushroom, (206, 178, 146)),
    "carrot": (carrot, (238, 122, 30)),
    "cucumber": (cucumber, (72, 132, 50)),
    "onion": (onion, (204, 138, 62)),
    "chilli": (chilli, (206, 30, 30)),
    "fish": (fish, (92, 142, 178)),
    "shrimp": (shrimp, (242, 146, 110)),
    "drumstick": (drumstick, (190, 112, 48)),
    "cat": (cat, (120, 112, 108)),
    "dog": (dog, (166, 112, 62)),
    "cheese": (cheese, (246, 190, 54)),
    "nut": (nut, (200, 150, 90)),
    "cookie": (cookie, (198, 142, 80)),
    "wheat": (wheat, (222, 176, 82)),
    "bowl": (bowl, (214, 120, 44)),
    "cow": (cow, (244, 240, 234)),
    "bean": (bean, (92, 54, 30)),
    "flake": (flake, (96, 170, 222)),
    "drop": (drop, (70, 150, 214)),
}


def emblem(sheet: Sheet, name: str) -> None:
    """The thing in its natural colour."""
    draw, colour = EMBLEMS[name]
    draw(sheet, colour)
