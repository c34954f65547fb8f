"""What the bakery, the butcher and the deli counter sell."""

from collections.abc import Callable

from merx_pipelines.drawn.colours import Rgb, ink_on, mix
from merx_pipelines.drawn.emblems import cheese as wedge_of_cheese
from merx_pipelines.drawn.emblems import cookie
from merx_pipelines.drawn.fruit import cherry
from merx_pipelines.drawn.labels import Area, sticker
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import blob, box, leaf, oval
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

CRUST: Rgb = (204, 142, 76)
TRAY: Rgb = (242, 242, 240)


def fresh_label(sheet: Sheet, look: Look, area: Area) -> None:
    """The scale's white label on what the shop packs itself."""
    sheet.fill(box(*area, 1), colour=(252, 252, 250), light="flat")
    sheet.fill(box(*area.at(0, 0, 1, 0.24), 1), colour=look.body.rgb, light="flat")
    sheet.words(look.badge, area.at(0.1, 0.03, 0.9, 0.21), ink_on(look.body.rgb), lines=1)
    sheet.words(look.words, area.at(0.06, 0.28, 0.94, 0.68), (40, 40, 44), lines=2)
    left, top, right, bottom = area.at(0.1, 0.74, 0.9, 0.94)
    bars = [
        ((left + (right - left) * step / 12, top), (left + (right - left) * step / 12, bottom))
        for step in range(13)
        if (look.seed >> step) % 3
    ]
    sheet.line(*bars or [((left, top), (left, bottom))], colour=(40, 40, 44), width=0.7)


def _tray(sheet: Sheet, look: Look) -> None:
    sheet.fill(box(5, 26, 95, 92, 9), colour=(30, 32, 36) if look.seed % 2 else TRAY, light="flat")
    sheet.fill(box(10, 31, 90, 87, 6), colour=(52, 54, 58) if look.seed % 2 else (250, 250, 250), light="side")


def _wrapped(sheet: Sheet, look: Look) -> None:
    sheet.fill(box(5, 26, 95, 92, 9), colour=(255, 255, 255), light="film", strength=0.18)
    fresh_label(sheet, look, Area(54, 32, 88, 58))


def steak_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    red: Rgb = (176, 44, 44) if look.seed % 3 else (222, 136, 126)
    steak = blob((14, 52), (26, 36), (52, 34), (82, 44), (86, 66), (70, 84), (44, 74), (22, 80))
    sheet.fill(steak, colour=(244, 226, 206), light="flat")
    sheet.fill((steak - (52, 58)) * 0.9 + (52, 60), colour=red, light="dull")
    marbling = [
        ((24, 58), (38, 50), (52, 56)),
        ((46, 46), (60, 50), (72, 48)),
        ((40, 66), (56, 66), (74, 72)),
        ((30, 70), (36, 66)),
        ((64, 60), (78, 58)),
    ]
    sheet.line(*marbling, colour=(240, 206, 190), width=1.5)
    _wrapped(sheet, look)


def mince_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    chance = look.chance()
    reds: tuple[Rgb, ...] = ((150, 38, 38), (190, 62, 56), (218, 112, 100))
    for red in (*reds, *reds[::-1]):
        strands = []
        for number in range(16):
            x, y = chance.uniform(12, 76), 37 + number * 2.9
            strands.append(((x, y), (x + 5, y + chance.uniform(-3, 3)), (x + 11, y + chance.uniform(-2, 2))))
        sheet.line(*strands, colour=red, width=4.4)
    _wrapped(sheet, look)


def chicken_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    for x, y in ((26, 48), (50, 52), (36, 70), (66, 72)):
        sheet.fill(
            blob((x - 15, y), (x - 4, y - 12), (x + 14, y - 8), (x + 19, y + 4), (x + 6, y + 12), (x - 10, y + 10)),
            colour=(240, 196, 176),
            light="ball",
        )
        sheet.line(((x - 9, y - 1), (x + 4, y - 4), (x + 14, y)), colour=(248, 222, 208), width=1.4)
    _wrapped(sheet, look)


def fish_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    flesh: Rgb = (240, 136, 96) if look.tint.name == "pink" else (238, 222, 210)
    for y in (46, 72):
        fillet = blob((12, y), (30, y - 12), (66, y - 10), (88, y + 3), (66, y + 11), (28, y + 11))
        sheet.fill(fillet, colour=flesh, light="dull")
        sheet.line(
            *(((x, y - 9), (x + 6, y), (x, y + 9)) for x in range(26, 74, 9)), colour=lighter(flesh, 0.5), width=1.2
        )
    _wrapped(sheet, look)


def ham(sheet: Sheet, look: Look) -> None:
    sheet.fill(
        blob((12, 56), (24, 30), (54, 22), (84, 34), (92, 60), (78, 86), (44, 92), (20, 82)),
        colour=(190, 92, 70),
        light="ball",
    )
    sheet.fill(oval(36, 62, 22, 24, -14), colour=(248, 214, 200), light="plain")
    sheet.fill(oval(36, 62, 19, 21, -14), colour=(228, 130, 124), light="dull")
    sheet.fill(oval(36, 62, 5, 4.4), colour=(244, 236, 222), light="ball")
    fresh_label(sheet, look, Area(58, 44, 86, 66))


def roast_chicken(sheet: Sheet, look: Look) -> None:
    sheet.fill(oval(50, 80, 44, 13), colour=(44, 42, 42), light="flat")
    gold: Rgb = (186, 106, 40)
    for side in (-1, 1):
        sheet.line(((50 + side * 30, 66), (50 + side * 42, 52)), colour=(240, 230, 214), width=5)
    sheet.fill(
        blob((14, 66), (26, 40), (50, 30), (74, 40), (86, 66), (70, 82), (50, 86), (30, 82)), colour=gold, light="ball"
    )
    for side in (-1, 1):
        x = 50 + side * 25
        sheet.fill(
            blob((x - side * 12, 82), (x - side * 10, 58), (x + side * 6, 50), (x + side * 13, 62), (x + side * 6, 80)),
            colour=darker(gold, 0.1),
            light="ball",
        )
    fresh_label(sheet, look, Area(37, 70, 63, 90))


def deli_meat(sheet: Sheet, look: Look) -> None:
    """Slices from the counter, on paper."""
    sheet.fill(blob((4, 60), (22, 30), (80, 26), (97, 60), (84, 92), (18, 94)), colour=(246, 240, 226), light="flat")
    rosy: Rgb = (226, 146, 138) if look.seed % 2 else (232, 196, 166)
    for x, y in ((30, 70), (42, 62), (54, 58), (66, 62), (62, 72), (48, 76)):
        sheet.fill(oval(x, y + 0.8, 20, 13, -8), colour=darker(rosy, 0.25), light="plain")
        sheet.fill(oval(x, y, 20, 13, -8), colour=rosy, light="dull")
    fresh_label(sheet, look, Area(34, 12, 66, 34))


def loaf(sheet: Sheet, _look: Look) -> None:
    body = blob((8, 58), (14, 38), (34, 32), (66, 32), (86, 38), (92, 58), (88, 84), (80, 90), (20, 90), (12, 84))
    sheet.fill(body, colour=CRUST, light="bake")
    for x in (26, 42, 58, 74):
        sheet.fill(leaf(x - 7, 54, 26, 9, -50), colour=(240, 212, 158), light="plain")


def baguette(sheet: Sheet, _look: Look) -> None:
    for y in (44, 66):
        sheet.fill(
            blob((3, y + 12), (16, y), (50, y - 5), (86, y - 8), (97, y - 2), (86, y + 9), (50, y + 15), (14, y + 18)),
            colour=CRUST,
            light="bake",
        )
        sheet.fill(
            *(leaf(x, y + 8 - x / 12, 17, 5, -30) for x in (16, 32, 48, 64, 78)), colour=(240, 212, 158), light="plain"
        )


def bun(sheet: Sheet, _look: Look) -> None:
    for x, y in ((32, 56), (68, 56), (50, 72)):
        sheet.fill(
            blob(
                (x - 25, y + 8),
                (x - 18, y - 14),
                (x, y - 20),
                (x + 18, y - 14),
                (x + 25, y + 8),
                (x + 18, y + 17),
                (x - 18, y + 17),
            ),
            colour=CRUST,
            light="bake",
        )
        sheet.fill(
            *(oval(x + dx, y + dy, 1.4, 0.9, 30) for dx, dy in ((-8, -8), (0, -13), (8, -8), (-2, -4), (12, -2))),
            colour=(250, 236, 204),
            light="plain",
        )


def _ring(sheet: Sheet, colour: Rgb, look: Look, *, glazed: bool) -> None:
    sheet.fill(oval(50, 56, 42, 36), colour=colour, light="dull")
    if glazed:
        sheet.fill(
            blob((50, 22), (74, 26), (88, 46), (84, 66), (66, 70), (50, 76), (34, 70), (16, 66), (12, 46), (26, 26)),
            colour=look.tint.rgb,
            light="ball",
        )
        chance = look.chance()
        for colours in ((250, 220, 80), (90, 180, 220), (255, 255, 255)):
            sheet.fill(
                *(
                    oval(chance.uniform(18, 82), chance.uniform(28, 66), 2.6, 0.9, chance.uniform(0, 180))
                    for _ in range(8)
                ),
                colour=colours,
                light="plain",
            )
    sheet.fill(oval(50, 52, 13, 10), colour=darker(colour, 0.25), light="plain")
    sheet.fill(oval(50, 53, 12, 8.6), colour=(250, 250, 250), light="plain")


def donut(sheet: Sheet, look: Look) -> None:
    _ring(sheet, (214, 158, 92), look, glazed=True)


def bagel(sheet: Sheet, look: Look) -> None:
    _ring(sheet, CRUST, look, glazed=False)
    sheet.fill(
        *(
            oval(50 + 30 * dx, 50 + 20 * dy, 1.5, 1, 30)
            for dx, dy in ((-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7), (1, 0), (0.6, 0.9), (-0.6, 0.9), (-0.4, -1.1))
        ),
        colour=(250, 236, 204),
        light="plain",
    )


def pie(sheet: Sheet, look: Look) -> None:
    sheet.fill(blob((6, 56), (6, 56), (94, 56), (94, 56), (82, 86), (18, 86)), colour=(190, 194, 200), light="metal")
    sheet.fill(oval(50, 54, 45, 19), colour=CRUST, light="dull")
    inner = oval(50, 53, 37, 14)
    sheet.fill(inner, colour=mix(look.tint.rgb, (120, 40, 30), 0.3), light="dull")
    for step in range(-3, 4):
        x = 50 + step * 12
        for lean in (14, -14):
            lattice = blob(
                *(
                    (px, py)
                    for px, py in (
                        (x - 2.4 - lean, 36),
                        (x + 2.4 - lean, 36),
                        (x + 2.4 + lean, 70),
                        (x - 2.4 + lean, 70),
                    )
                    for _ in range(2)
                )
            )
            sheet.fill(lattice, colour=lighter(CRUST, 0.2), within=inner)


def cake(sheet: Sheet, look: Look) -> None:
    icing = lighter(look.tint.rgb, 0.35)
    sheet.fill(oval(50, 86, 46, 8), colour=(214, 218, 222), light="flat")
    sheet.fill(box(14, 44, 86, 86, 4), oval(50, 84, 36, 7), colour=icing, light="round")
    sheet.fill(oval(50, 44, 36, 11), colour=lighter(icing, 0.4), light="flat")
    for x in range(18, 86, 8):
        sheet.fill(oval(x, 82 + 4 * (1 - abs(x - 50) / 34), 4.4), colour=lighter(icing, 0.6), light="ball")
        sheet.fill(oval(x, 46 + 6 * (1 - abs(x - 50) / 34), 4), colour=(250, 246, 238), light="ball")
    for x, y in ((38, 40), (50, 37), (62, 40)):
        cherry(sheet.part(x - 4, y - 4, 9), (200, 24, 40))


def croissant(sheet: Sheet, _look: Look) -> None:
    for x, y, across, turn in (
        (16, 72, 13, 40),
        (84, 72, 13, -40),
        (28, 58, 18, 25),
        (72, 58, 18, -25),
        (50, 52, 21, 0),
    ):
        sheet.fill(oval(x, y, across, across * 1.05, turn), colour=(206, 134, 58), light="bake")
        sheet.line(
            ((x - across * 0.5, y - across * 0.6), (x - across * 0.2, y + across * 0.8)),
            colour=(150, 84, 30),
            width=1.2,
        )


def sandwich(sheet: Sheet, _look: Look) -> None:
    for lift, colour in (
        (0, (236, 206, 156)),
        (-9, (226, 146, 138)),
        (-14, (110, 168, 60)),
        (-19, (250, 206, 90)),
        (-24, (236, 206, 156)),
    ):
        layer = blob(*((x, y + lift) for x, y in ((8, 80), (62, 60), (94, 82), (40, 96)) for _ in range(2)))
        sheet.fill(layer, colour=darker(colour, 0.2), light="plain")
        sheet.fill(layer - (0, 3), colour=colour, light="flat")


def cookies(sheet: Sheet, _look: Look) -> None:
    for x, y in ((6, 34), (44, 30), (26, 48)):
        cookie(sheet.part(x, y, 48), (206, 150, 86))


def cheese(sheet: Sheet, look: Look) -> None:
    wedge = sheet.part(8, 12, 84)
    wedge_of_cheese(wedge, mix(look.tint.rgb, (246, 206, 110), 0.6))
    sticker(sheet, look, Area(30, 58, 66, 78), light="flat")


SHAPES: dict[str, Callable[[Sheet, Look], None]] = {
    "steak_tray": steak_tray, "mince_tray": mince_tray, "chicken_tray": chicken_tray, "fish_tray": fish_tray,
    "ham": ham, "roast_chicken": roast_chicken, "deli_meat": deli_meat, "loaf": loaf, "baguette": baguette,
    "bun": bun, "donut": donut, "bagel": bagel, "pie": pie, "cake": cake, "croissant": croissant,
    "sandwich": sandwich, "cookie": cookies, "cheese": cheese,
}  # fmt: skip
