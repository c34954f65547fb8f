"""Fruit and vegetables as they lie in the shop."""

from collections.abc import Callable
from math import cos, pi, sin

from merx_pipelines.drawn.colours import Rgb, mix
from merx_pipelines.drawn.counter import fresh_label
from merx_pipelines.drawn.emblems import nut
from merx_pipelines.drawn.fruit import (
    LEAF,
    apple,
    banana,
    berries,
    carrot,
    cherry,
    chilli,
    corn,
    cucumber,
    grapes,
    mushroom,
    onion,
    orange,
    peach,
    pear,
    pepper,
    pineapple,
    potato,
    tomato,
)
from merx_pipelines.drawn.labels import Area, sticker
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import blob, box, leaf, oval, star
from merx_pipelines.drawn.packs import CLEAR
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

Draw = Callable[[Sheet, Look], None]
_RUFFLE = blob(
    *(
        (cos(step * pi / 8) * (1 if step % 2 else 1.22), sin(step * pi / 8) * (1 if step % 2 else 1.2))
        for step in range(16)
    )
)
"""The edge of a leaf of lettuce, about the origin."""


def heap(single: Callable[[Sheet, Rgb], None], *, most: int = 3, size: float = 52) -> Draw:
    """One to `most` of the thing, by the product."""
    places = {
        1: ((50, 60, 1.45),),
        2: ((35, 58, 1.1), (64, 66, 1.1)),
        3: ((34, 48, 1.0), (66, 50, 1.0), (50, 68, 1.08)),
    }

    def draw(sheet: Sheet, look: Look) -> None:
        chance = look.chance()
        for x, y, grown in places[1 + look.seed % most]:
            side = size * grown * chance.uniform(0.94, 1.04)
            ripe = mix(look.tint.rgb, (216, 214, 90), 0.4) if look.tint.name == "green" else look.tint.rgb
            colour = mix(ripe, (255, 240, 190) if chance.random() < 0.5 else (60, 30, 20), chance.uniform(0, 0.14))
            single(sheet.part(x - side / 2, y - side / 2, side), colour)

    return draw


def avocado(sheet: Sheet, _look: Look) -> None:
    for x, halved in ((34, False), (66, True)):
        body = blob(
            (x, 22), (x + 10, 28), (x + 21, 60), (x + 16, 84), (x, 92), (x - 16, 84), (x - 21, 60), (x - 10, 28)
        )
        sheet.fill(body, colour=(52, 72, 36), light="ball")
        if halved:
            sheet.fill((body - (x, 60)) * 0.86 + (x, 60), colour=(208, 214, 116), light="dull")
            sheet.fill(oval(x, 68, 10), colour=(122, 76, 40), light="ball")


def kiwi(sheet: Sheet, _look: Look) -> None:
    sheet.fill(oval(38, 56, 30, 26, -12), colour=(128, 98, 56), light="dull")
    sheet.fill(oval(66, 68, 24), colour=(128, 98, 56), light="plain")
    sheet.fill(oval(66, 68, 22), colour=(134, 184, 60), light="dull")
    sheet.fill(oval(66, 68, 7, 6), colour=(232, 240, 196), light="plain")
    sheet.fill(
        *(star(66, 68, 15, 14, 0.72)[step : step + 1] + oval(0, 0, 1.1, 1.6) for step in range(1, 28, 2)),
        colour=(40, 44, 24),
        light="plain",
    )


def melon(sheet: Sheet, look: Look) -> None:
    rind = mix(look.tint.rgb, (214, 204, 150), 0.5)
    sheet.fill(oval(50, 56, 38, 37), colour=rind, light="dull")
    for half in (4, 14, 24, 32):
        ring = oval(50, 56, half, 36)
        sheet.line(ring[18:], ring[:18], colour=lighter(rind, 0.4), width=0.9)


def watermelon(sheet: Sheet, _look: Look) -> None:
    whole = oval(46, 50, 40, 32)
    sheet.fill(whole, colour=(66, 130, 58), light="dull")
    for half in (6, 18, 29, 37):
        ring = oval(46, 50, half, 31.5)
        sheet.line(ring[9:27], colour=(30, 78, 40), width=2.4)
        sheet.line(ring[27:], ring[:9], colour=(30, 78, 40), width=2.4)
    for grow, colour in ((1.0, (40, 100, 48)), (0.93, (226, 238, 200)), (0.86, (222, 60, 66))):
        wedge = blob((42, 62), (42, 62), (68, 58), (96, 64), (96, 64), (84, 86), (66, 94), (50, 84))
        sheet.fill((wedge - (69, 66)) * grow + (69, 66), colour=colour, light="plain")
    sheet.fill(
        *(oval(x, y, 1.2, 2) for x, y in ((56, 68), (66, 66), (78, 67), (62, 76), (72, 77), (67, 84))),
        colour=(40, 24, 22),
        light="plain",
    )


def pumpkin(sheet: Sheet, look: Look) -> None:
    sheet.line(((50, 34), (49, 22), (55, 15)), colour=(104, 112, 50), width=7)
    for x, half in ((22, 15), (78, 15), (34, 18), (66, 18), (50, 18)):
        sheet.fill(oval(x, 60, half, 31 - abs(x - 50) / 5), colour=look.tint.rgb, light="ball")


def squash(sheet: Sheet, look: Look) -> None:
    body = blob(
        (44, 8), (56, 8), (60, 30), (64, 44), (78, 66), (70, 90), (50, 94), (30, 90), (22, 66), (36, 44), (40, 30)
    )
    sheet.fill(body, colour=mix(look.tint.rgb, (226, 190, 130), 0.4), light="ball")
    sheet.fill(box(46, 3, 54, 10, 2), colour=LEAF, light="round")


def celery(sheet: Sheet, look: Look) -> None:
    for x, turn in ((30, -12), (40, -6), (50, 0), (60, 6), (70, 12)):
        sheet.line(((50 + (x - 50) * 0.5, 94), (x, 34)), colour=(176, 206, 116), width=9)
        sheet.line(((49 + (x - 50) * 0.5, 94), (x - 1, 34)), colour=(206, 226, 156), width=1.4)
        sheet.fill(
            *(leaf(x, 38, 24, 14, turn + more) for more in (-125, -90, -55)),
            colour=darker(LEAF, 0.1 * (x % 20) / 10),
            light="dull",
        )
    sheet.line(((34, 70), (66, 70)), colour=look.body.rgb, width=4)


def broccoli(sheet: Sheet, look: Look) -> None:
    white = look.tint.name == "white"
    crown: Rgb = (240, 234, 210) if white else (62, 122, 54)
    if white:
        sheet.fill(
            *(leaf(50, 90, 56, 30, turn) for turn in (-165, -135, -45, -15)), colour=(124, 172, 84), light="dull"
        )
    sheet.fill(
        blob((40, 56), (40, 56), (60, 56), (60, 56), (58, 92), (50, 95), (42, 92)),
        colour=(176, 202, 128),
        light="round",
    )
    chance = look.chance()
    for x, y, radius in ((24, 52, 15), (76, 52, 15), (36, 38, 17), (64, 38, 17), (50, 30, 16), (50, 54, 18)):
        sheet.fill(oval(x, y, radius), colour=crown, light="ball")
        buds = [
            oval(x + chance.uniform(-1, 1) * radius * 0.75, y + chance.uniform(-1, 1) * radius * 0.75, 1.9)
            for _ in range(12)
        ]
        sheet.fill(*buds, colour=darker(crown, 0.16), light="plain")


def lettuce(sheet: Sheet, look: Look) -> None:
    chance = look.chance()
    green = mix(look.tint.rgb, (150, 196, 84), 0.55)
    for ring, count in ((31, 10), (21, 7), (9, 4)):
        veins = []
        for place in range(count):
            angle = place * 2 * pi / count + chance.uniform(-0.15, 0.15)
            x, y = 50 + ring * cos(angle), 58 + ring * 0.82 * sin(angle)
            colour = mix(green, (236, 244, 184), (34 - ring) / 44 + chance.uniform(0, 0.1))
            sheet.fill(_RUFFLE * (9 + ring * 0.33) + (x, y), colour=colour, light="ball")
            veins.append(((50 + (x - 50) * 0.5, 58 + (y - 58) * 0.5), (x, y)))
        sheet.line(*veins, colour=lighter(green), width=0.9)


def radish(sheet: Sheet, _look: Look) -> None:
    for x, y in ((32, 62), (66, 60), (49, 74)):
        sheet.fill(*(leaf(x, y - 12, 32, 13, turn) for turn in (-115, -90, -65)), colour=LEAF, light="dull")
        sheet.line(((x, y + 10), (x - 2, y + 22)), colour=(240, 220, 220), width=1.6)
        sheet.fill(oval(x, y, 15), colour=(196, 34, 70), light="ball")


def herbs(sheet: Sheet, look: Look) -> None:
    chance = look.chance()
    for turn in range(-30, 31, 10):
        sheet.line(((50, 92), (50 + turn * 1.1, 40)), colour=(110, 156, 70), width=1.8)
    for _ in range(26):
        x, y = chance.uniform(18, 82), chance.uniform(14, 50)
        sheet.fill(
            star(x, y, chance.uniform(6, 10), 5, 0.55),
            colour=mix((44, 112, 48), (130, 180, 80), chance.random()),
            light="dull",
        )
    sheet.line(((41, 74), (59, 74)), colour=look.body.rgb, width=5)


def nuts(sheet: Sheet, look: Look) -> None:
    chance = look.chance()
    for y in (52, 65, 78):
        for x in range(28 - (y - 50) // 3, 72 + (y - 50) // 3, 16):
            nut(sheet.part(x + chance.uniform(-8, 0), y + chance.uniform(-12, -6), 28), (200, 150, 90))


def punnet(sheet: Sheet, look: Look) -> None:
    """Berries in a clear box."""
    chance = look.chance()
    single, size = (cherry, 15.0) if look.tint.name in ("blue", "black", "purple") else (berries, 26.0)
    colour: Rgb = (58, 70, 128) if single is cherry else (206, 28, 44)
    sheet.fill(box(10, 36, 90, 92, 6), colour=CLEAR, light="flat")
    step = size * 0.78
    for row in range(round(48 / step)):
        for place in range(int(70 / step)):
            x, y = 13 + place * step + row % 2 * step / 2, 34 + row * step
            single(sheet.part(x + chance.uniform(-1, 1), y + chance.uniform(-1, 1), size), colour)
    sheet.fill(box(10, 36, 90, 92, 6), colour=(255, 255, 255), light="film", strength=0.22)
    sheet.line(((8, 40), (92, 40)), colour=lighter(CLEAR), width=2.4)
    sticker(sheet, look, Area(30, 56, 70, 84), light="flat")


def fruit_tray(sheet: Sheet, look: Look) -> None:
    """Pieces under a clear lid."""
    chance = look.chance()
    sheet.fill(box(8, 28, 92, 92, 9), colour=(60, 62, 66), light="flat")
    pieces: tuple[Rgb, ...] = (
        (222, 60, 66),
        (244, 160, 70),
        (150, 196, 90),
        (250, 216, 90),
        (236, 226, 180),
        look.tint.rgb,
    )
    for number, colour in enumerate(pieces):
        left, top = 12 + number % 3 * 26, 32 + number // 3 * 28
        for _ in range(5):
            x, y = left + chance.uniform(0, 13), top + chance.uniform(0, 15)
            sheet.fill(box(x, y, x + 12, y + 11, 3), colour=colour, light="dull")
    sheet.fill(box(8, 28, 92, 92, 9), colour=(255, 255, 255), light="film", strength=0.2)
    fresh_label(sheet, look, Area(34, 10, 66, 34))


_HEAPED: dict[str, Draw] = {
    "apple": heap(apple), "pear": heap(pear), "orange": heap(orange), "peach": heap(peach), "tomato": heap(tomato),
    "onion": heap(onion), "potato": heap(potato), "pepper": heap(pepper, most=2), "mushroom": heap(mushroom),
    "carrot": heap(carrot, size=60), "corn": heap(corn, most=2, size=62), "cucumber": heap(cucumber, size=62),
    "chilli": heap(chilli), "banana": heap(banana, most=1), "grapes": heap(grapes, most=1, size=56),
    "pineapple": heap(pineapple, most=1, size=58),
}  # fmt: skip
SHAPES: dict[str, Draw] = _HEAPED | {
    "avocado": avocado, "kiwi": kiwi, "melon": melon, "watermelon": watermelon, "pumpkin": pumpkin, "squash": squash,
    "celery": celery, "broccoli": broccoli, "lettuce": lettuce, "radish": radish, "herbs": herbs, "nuts": nuts,
    "berries": punnet, "fruit_tray": fruit_tray,
}  # fmt: skip
