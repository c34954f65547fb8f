"""What is sold as it is: fruit and vegetables, bread and cakes, meat and fish on trays."""

from collections.abc import Callable
from random import Random

from merx_pipelines.drawn.colours import Rgb, mix
from merx_pipelines.drawn.emblems import (
    LEAF,
    apple,
    banana,
    berries,
    carrot,
    cherry,
    chilli,
    cookie,
    corn,
    cucumber,
    grapes,
    mushroom,
    nut,
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
from merx_pipelines.drawn.packs import CLEAR, fresh_label
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

Draw = Callable[[Sheet, Look], None]
CRUST: Rgb = (204, 142, 76)
TRAY: Rgb = (242, 242, 240)


def heap(single: Callable[[Sheet, Rgb], None], *, most: int = 3, size: float = 52) -> Draw:
    """One to `most` of the thing, by the product."""
    places = {1: ((50, 60, 1.45),), 2: ((35, 58, 1.1), (64, 66, 1.1)), 3: ((34, 48, 1.0), (66, 50, 1.0), (50, 68, 1.08))}

    def draw(sheet: Sheet, look: Look) -> None:
        chance = Random(look.seed)
        for x, y, grown in places[1 + look.seed % most]:
            side = size * grown * chance.uniform(0.94, 1.04)
            colour = mix(look.tint.rgb, (255, 240, 190) if chance.random() < 0.5 else (60, 30, 20), chance.uniform(0, 0.14))
            single(sheet.part(x - side / 2, y - side / 2, side), colour)

    return draw


def avocado(sheet: Sheet, look: Look) -> None:
    for x, halved in ((34, False), (66, True)):
        body = blob((x, 22), (x + 10, 28), (x + 21, 60), (x + 16, 84), (x, 92), (x - 16, 84), (x - 21, 60), (x - 10, 28))
        sheet.fill(body, colour=(52, 72, 36), light="ball")
        if halved:
            sheet.fill((body - (x, 60)) * 0.86 + (x, 60), colour=(208, 214, 116), light="dull")
            sheet.fill(oval(x, 68, 10), colour=(122, 76, 40), light="ball")


def kiwi(sheet: Sheet, look: Look) -> None:
    sheet.fill(oval(38, 56, 30, 26, -12), colour=(128, 98, 56), light="dull")
    sheet.fill(oval(66, 68, 24), colour=(128, 98, 56), light="plain")
    sheet.fill(oval(66, 68, 22), colour=(134, 184, 60), light="dull")
    sheet.fill(oval(66, 68, 7, 6), colour=(232, 240, 196), light="plain")
    sheet.fill(*(star(66, 68, 15, 14, 0.72)[step : step + 1] + oval(0, 0, 1.1, 1.6) for step in range(1, 28, 2)), colour=(40, 44, 24), light="plain")


def melon(sheet: Sheet, look: Look) -> None:
    rind = mix(look.tint.rgb, (214, 204, 150), 0.5)
    sheet.fill(oval(50, 56, 38, 37), colour=rind, light="dull")
    for half in (4, 14, 24, 32):
        ring = oval(50, 56, half, 36)
        sheet.line(ring[18:], ring[:18], colour=lighter(rind, 0.4), width=0.9)


def watermelon(sheet: Sheet, look: Look) -> None:
    whole = oval(46, 50, 40, 32)
    sheet.fill(whole, colour=(66, 130, 58), light="dull")
    for half in (6, 18, 29, 37):
        ring = oval(46, 50, half, 31.5)
        sheet.line(ring[9:27], colour=(30, 78, 40), width=2.4)
        sheet.line(ring[27:], ring[:9], colour=(30, 78, 40), width=2.4)
    for grow, colour in ((1.0, (40, 100, 48)), (0.93, (226, 238, 200)), (0.86, (222, 60, 66))):
        wedge = blob((42, 62), (42, 62), (68, 58), (96, 64), (96, 64), (84, 86), (66, 94), (50, 84))
        sheet.fill((wedge - (69, 66)) * grow + (69, 66), colour=colour, light="plain")
    sheet.fill(*(oval(x, y, 1.2, 2) for x, y in ((56, 68), (66, 66), (78, 67), (62, 76), (72, 77), (67, 84))), colour=(40, 24, 22), light="plain")


def pumpkin(sheet: Sheet, look: Look) -> None:
    sheet.line(((50, 34), (49, 22), (55, 15)), colour=(104, 112, 50), width=7)
    for x, half in ((22, 15), (78, 15), (34, 18), (66, 18), (50, 18)):
        sheet.fill(oval(x, 60, half, 31 - abs(x - 50) / 5), colour=look.tint.rgb, light="ball")


def squash(sheet: Sheet, look: Look) -> None:
    body = blob((44, 8), (56, 8), (60, 30), (64, 44), (78, 66), (70, 90), (50, 94), (30, 90), (22, 66), (36, 44), (40, 30))
    sheet.fill(body, colour=mix(look.tint.rgb, (226, 190, 130), 0.4), light="ball")
    sheet.fill(box(46, 3, 54, 10, 2), colour=LEAF, light="round")


def celery(sheet: Sheet, look: Look) -> None:
    for x, turn in ((30, -12), (40, -6), (50, 0), (60, 6), (70, 12)):
        sheet.line(((50 + (x - 50) * 0.5, 94), (x, 34)), colour=(176, 206, 116), width=9)
        sheet.line(((49 + (x - 50) * 0.5, 94), (x - 1, 34)), colour=(206, 226, 156), width=1.4)
        sheet.fill(*(leaf(x, 38, 24, 14, turn + more) for more in (-125, -90, -55)), colour=darker(LEAF, 0.1 * (x % 20) / 10), light="dull")
    sheet.line(((34, 70), (66, 70)), colour=look.body.rgb, width=4)


def broccoli(sheet: Sheet, look: Look) -> None:
    white = look.tint.name == "white"
    crown: Rgb = (240, 234, 210) if white else (62, 122, 54)
    if white:
        sheet.fill(*(leaf(50, 90, 56, 30, turn) for turn in (-165, -135, -45, -15)), colour=(124, 172, 84), light="dull")
    sheet.fill(blob((40, 56), (40, 56), (60, 56), (60, 56), (58, 92), (50, 95), (42, 92)), colour=(176, 202, 128), light="round")
    chance = Random(look.seed)
    for x, y, radius in ((24, 52, 15), (76, 52, 15), (36, 38, 17), (64, 38, 17), (50, 30, 16), (50, 54, 18)):
        sheet.fill(oval(x, y, radius), colour=crown, light="ball")
        buds = [oval(x + chance.uniform(-1, 1) * radius * 0.75, y + chance.uniform(-1, 1) * radius * 0.75, 1.9) for _ in range(12)]
        sheet.fill(*buds, colour=darker(crown, 0.16), light="plain")


def lettuce(sheet: Sheet, look: Look) -> None:
    chance = Random(look.seed)
    green = mix(look.tint.rgb, (150, 196, 84), 0.55)
    for ring, count in ((40, 9), (30, 8), (20, 6), (10, 4)):
        for turn in range(count):
            angle = turn * 360 / count + chance.uniform(-12, 12)
            sheet.fill(leaf(50, 58, ring + 4, ring * 0.95 + 4, angle), colour=mix(green, (236, 244, 180), (42 - ring) / 60 + chance.uniform(0, 0.1)), light="dull")
    sheet.fill(oval(50, 57, 8), colour=(228, 238, 170), light="ball")


def radish(sheet: Sheet, look: Look) -> None:
    for x, y in ((32, 62), (66, 60), (49, 74)):
        sheet.fill(*(leaf(x, y - 12, 32, 13, turn) for turn in (-115, -90, -65)), colour=LEAF, light="dull")
        sheet.line(((x, y + 10), (x - 2, y + 22)), colour=(240, 220, 220), width=1.6)
        sheet.fill(oval(x, y, 15), colour=(196, 34, 70), light="ball")


def herbs(sheet: Sheet, look: Look) -> None:
    chance = Random(look.seed)
    for turn in range(-30, 31, 10):
        sheet.line(((50, 92), (50 + turn * 1.1, 40)), colour=(110, 156, 70), width=1.8)
    for _ in range(26):
        x, y = chance.uniform(18, 82), chance.uniform(14, 50)
        sheet.fill(star(x, y, chance.uniform(6, 10), 5, 0.55), colour=mix((44, 112, 48), (130, 180, 80), chance.random()), light="dull")
    sheet.line(((41, 74), (59, 74)), colour=look.body.rgb, width=5)


def nuts(sheet: Sheet, look: Look) -> None:
    chance = Random(look.seed)
    for y in (50, 60, 70, 80):
        for x in range(28 - (y - 50) // 3, 72 + (y - 50) // 3, 14):
            nut(sheet.part(x + chance.uniform(-8, 0), y + chance.uniform(-12, -6), 24), (200, 150, 90))


def punnet(sheet: Sheet, look: Look) -> None:
    """Berries in a clear box."""
    chance = Random(look.seed)
    single, size = (cherry, 15.0) if look.tint.name in ("blue", "black", "purple") else (berries, 24.0)
    colour: Rgb = (58, 70, 128) if single is cherry else (206, 28, 44)
    sheet.fill(box(10, 36, 90, 92, 6), colour=CLEAR, light="flat")
    step = size * 0.72
    for row in range(int(46 / step) + 1):
        for place in range(int(70 / step)):
            x, y = 13 + place * step + row % 2 * step / 2, 34 + row * step
            single(sheet.part(x + chance.uniform(-1, 1), y + chance.uniform(-1, 1), size), colour)
    sheet.fill(box(10, 36, 90, 92, 6), colour=(255, 255, 255), light="film", strength=0.22)
    sheet.line(((8, 40), (92, 40)), colour=lighter(CLEAR), width=2.4)
    sticker(sheet, look, Area(30, 56, 70, 84), light="flat")


def fruit_tray(sheet: Sheet, look: Look) -> None:
    """Pieces under a clear lid."""
    chance = Random(look.seed)
    sheet.fill(box(8, 30, 92, 92, 9), colour=(60, 62, 66), light="flat")
    mixed: tuple[Rgb, ...] = ((222, 60, 66), (244, 160, 70), (150, 196, 90), (250, 216, 90), (128, 60, 130), look.tint.rgb)
    for colour in mixed:
        x, y = chance.uniform(12, 60), chance.uniform(32, 60)
        pieces = [box(px, py, px + 13, py + 12, 3) for px, py in ((x + chance.uniform(0, 16), y + chance.uniform(0, 16)) for _ in range(4))]
        for piece in pieces:
            sheet.fill(piece, colour=colour, light="dull", within=box(11, 33, 89, 89, 7))
    sheet.fill(box(8, 30, 92, 92, 9), colour=(255, 255, 255), light="film", strength=0.24)
    fresh_label(sheet, look, Area(30, 42, 70, 74))


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
    marbling = [((24, 58), (38, 50), (52, 56)), ((46, 46), (60, 50), (72, 48)), ((40, 66), (56, 66), (74, 72)), ((30, 70), (36, 66)), ((64, 60), (78, 58))]
    sheet.line(*marbling, colour=(240, 206, 190), width=1.5)
    _wrapped(sheet, look)


def mince_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    chance = Random(look.seed)
    for row in range(9):
        for shade in range(3):
            strands = []
            for _ in range(4):
                x, y = chance.uniform(12, 76), 36 + row * 5.4 + chance.uniform(-2, 2)
                strands.append(((x, y), (x + 5, y + chance.uniform(-3, 3)), (x + 11, y + chance.uniform(-2, 2))))
            sheet.line(*strands, colour=((156, 40, 40), (190, 62, 56), (218, 112, 100))[shade], width=4.2)
    _wrapped(sheet, look)


def chicken_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    for x, y in ((26, 48), (50, 52), (36, 70), (66, 72)):
        sheet.fill(blob((x - 15, y), (x - 4, y - 12), (x + 14, y - 8), (x + 19, y + 4), (x + 6, y + 12), (x - 10, y + 10)), colour=(240, 196, 176), light="ball")
        sheet.line(((x - 9, y - 1), (x + 4, y - 4), (x + 14, y)), colour=(248, 222, 208), width=1.4)
    _wrapped(sheet, look)


def fish_tray(sheet: Sheet, look: Look) -> None:
    _tray(sheet, look)
    flesh: Rgb = (240, 136, 96) if look.tint.name == "pink" else (238, 222, 210)
    for y in (46, 72):
        fillet = blob((12, y), (30, y - 12), (66, y - 10), (88, y + 3), (66, y + 11), (28, y + 11))
        sheet.fill(fillet, colour=flesh, light="dull")
        sheet.line(*(((x, y - 9), (x + 6, y), (x, y + 9)) for x in range(26, 74, 9)), colour=lighter(flesh, 0.5), width=1.2)
    _wrapped(sheet, look)


def ham(sheet: Sheet, look: Look) -> None:
    sheet.fill(blob((12, 56), (24, 30), (54, 22), (84, 34), (92, 60), (78, 86), (44, 92), (20, 82)), colour=(190, 92, 70), light="ball")
    sheet.fill(oval(36, 62, 22, 24, -14), colour=(248, 214, 200), light="plain")
    sheet.fill(oval(36, 62, 19, 21, -14), colour=(228, 130, 124), light="dull")
    sheet.fill(oval(36, 62, 5, 4.4), colour=(244, 236, 222), light="ball")
    fresh_label(sheet, look, Area(58, 44, 86, 66))


def roast_chicken(sheet: Sheet, look: Look) -> None:
    sheet.fill(oval(50, 80, 44, 13), colour=(44, 42, 42), light="flat")
    gold: Rgb = (186, 106, 40)
    for side in (-1, 1):
        sheet.line(((50 + side * 30, 66), (50 + side * 42, 52)), colour=(240, 230, 214), width=5)
    sheet.fill(blob((14, 66), (26, 40), (50, 30), (74, 40), (86, 66), (70, 82), (50, 86), (30, 82)), colour=gold, light="ball")
    for side in (-1, 1):
        x = 50 + side * 25
        sheet.fill(blob((x - side * 12, 82), (x - side * 10, 58), (x + side * 6, 50), (x + side * 13, 62), (x + side * 6, 80)), colour=darker(gold, 0.1), light="ball")
    fresh_label(sheet, look, Area(37, 70, 63, 90))


def deli_meat(sheet: Sheet, look: Look) -> None:
    """Slices from the counter, on paper."""
    sheet.fill(blob((4, 60), (22, 30), (80, 26), (97, 60), (84, 92), (18, 94)), colour=(246, 240, 226), light="flat")
    rosy: Rgb = (226, 146, 138) if look.seed % 2 else (232, 196, 166)
    for x, y in ((30, 70), (42, 62), (54, 58), (66, 62), (62, 72), (48, 76)):
        sheet.fill(oval(x, y + 0.8, 20, 13, -8), colour=darker(rosy, 0.25), light="plain")
        sheet.fill(oval(x, y, 20, 13, -8), colour=rosy, light="dull")
    fresh_label(sheet, look, Area(34, 12, 66, 34))


def loaf(sheet: Sheet, look: Look) -> None:
    body = blob((8, 58), (14, 38), (34, 32), (66, 32), (86, 38), (92, 58), (88, 84), (80, 90), (20, 90), (12, 84))
    sheet.fill(body, colour=CRUST, light="bake")
    for x in (26, 42, 58, 74):
        sheet.fill(leaf(x - 7, 54, 26, 9, -50), colour=(240, 212, 158), light="plain")


def baguette(sheet: Sheet, look: Look) -> None:
    for y in (44, 66):
        sheet.fill(blob((3, y + 12), (16, y), (50, y - 5), (86, y - 8), (97, y - 2), (86, y + 9), (50, y + 15), (14, y + 18)), colour=CRUST, light="bake")
        sheet.fill(*(leaf(x, y + 8 - x / 12, 17, 5, -30) for x in (16, 32, 48, 64, 78)), colour=(240, 212, 158), light="plain")


def bun(sheet: Sheet, look: Look) -> None:
    for x, y in ((32, 56), (68, 56), (50, 72)):
        sheet.fill(blob((x - 25, y + 8), (x - 18, y - 14), (x, y - 20), (x + 18, y - 14), (x + 25, y + 8), (x + 18, y + 17), (x - 18, y + 17)), colour=CRUST, light="bake")
        sheet.fill(*(oval(x + dx, y + dy, 1.4, 0.9, 30) for dx, dy in ((-8, -8), (0, -13), (8, -8), (-2, -4), (12, -2))), colour=(250, 236, 204), light="plain")


def _ring(sheet: Sheet, colour: Rgb, glaze: Rgb | None, seed: int) -> None:
    sheet.fill(oval(50, 56, 42, 36), colour=colour, light="dull")
    if glaze:
        sheet.fill(blob((50, 22), (74, 26), (88, 46), (84, 66), (66, 70), (50, 76), (34, 70), (16, 66), (12, 46), (26, 26)), colour=glaze, light="ball")
        chance = Random(seed)
        for colours in ((250, 220, 80), (90, 180, 220), (255, 255, 255)):
            sheet.fill(*(oval(chance.uniform(18, 82), chance.uniform(28, 66), 2.6, 0.9, chance.uniform(0, 180)) for _ in range(8)), colour=colours, light="plain")
    sheet.fill(oval(50, 52, 13, 10), colour=darker(colour, 0.25), light="plain")
    sheet.fill(oval(50, 53, 12, 8.6), colour=(250, 250, 250), light="plain")


def donut(sheet: Sheet, look: Look) -> None:
    _ring(sheet, (214, 158, 92), look.tint.rgb, look.seed)


def bagel(sheet: Sheet, look: Look) -> None:
    _ring(sheet, CRUST, None, look.seed)
    sheet.fill(*(oval(50 + 30 * dx, 50 + 20 * dy, 1.5, 1, 30) for dx, dy in ((-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7), (1, 0), (0.6, 0.9), (-0.6, 0.9), (-0.4, -1.1))), colour=(250, 236, 204), light="plain")


def pie(sheet: Sheet, look: Look) -> None:
    sheet.fill(blob((6, 56), (6, 56), (94, 56), (94, 56), (82, 86), (18, 86)), colour=(190, 194, 200), light="metal")
    sheet.fill(oval(50, 54, 45, 19), colour=CRUST, light="dull")
    inner = oval(50, 53, 37, 14)
    sheet.fill(inner, colour=mix(look.tint.rgb, (120, 40, 30), 0.3), light="dull")
    for step in range(-3, 4):
        x = 50 + step * 12
        for lean in (14, -14):
            lattice = blob(*((px, py) for px, py in ((x - 2.4 - lean, 36), (x + 2.4 - lean, 36), (x + 2.4 + lean, 70), (x - 2.4 + lean, 70)) for _ in range(2)))
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


def croissant(sheet: Sheet, look: Look) -> None:
    for x, y, across, turn in ((16, 72, 13, 40), (84, 72, 13, -40), (28, 58, 18, 25), (72, 58, 18, -25), (50, 52, 21, 0)):
        sheet.fill(oval(x, y, across, across * 1.05, turn), colour=(206, 134, 58), light="bake")
        sheet.line(((x - across * 0.5, y - across * 0.6), (x - across * 0.2, y + across * 0.8)), colour=(150, 84, 30), width=1.2)


def sandwich(sheet: Sheet, look: Look) -> None:
    for lift, colour in ((0, (236, 206, 156)), (-9, (226, 146, 138)), (-14, (110, 168, 60)), (-19, (250, 206, 90)), (-24, (236, 206, 156))):
        layer = blob(*((x, y + lift) for x, y in ((8, 80), (62, 60), (94, 82), (40, 96)) for _ in range(2)))
        sheet.fill(layer, colour=darker(colour, 0.2), light="plain")
        sheet.fill(layer - (0, 3), colour=colour, light="flat")


def cookies(sheet: Sheet, look: Look) -> None:
    for x, y in ((6, 34), (44, 30), (26, 48)):
        cookie(sheet.part(x, y, 48), (206, 150, 86))


def cheese(sheet: Sheet, look: Look) -> None:
    wedge = sheet.part(8, 12, 84)
    from merx_pipelines.drawn.emblems import cheese as draw_wedge

    draw_wedge(wedge, mix(look.tint.rgb, (246, 206, 110), 0.6))
    sticker(sheet, look, Area(30, 58, 66, 78), light="flat")


_HEAPED: dict[str, Draw] = {
    "apple": heap(apple), "pear": heap(pear), "orange": heap(orange), "peach": heap(peach), "tomato": heap(tomato), "onion": heap(onion),
    "potato": heap(potato), "pepper": heap(pepper, most=2), "mushroom": heap(mushroom), "carrot": heap(carrot, size=60),
    "corn": heap(corn, most=2, size=62), "cucumber": heap(cucumber, size=62), "chilli": heap(chilli), "banana": heap(banana, most=1),
    "grapes": heap(grapes, most=1, size=56), "pineapple": heap(pineapple, most=1, size=58),
}  # fmt: skip
SHAPES: dict[str, Draw] = _HEAPED | {
    "avocado": avocado, "kiwi": kiwi, "melon": melon, "watermelon": watermelon, "pumpkin": pumpkin, "squash": squash, "celery": celery,
    "broccoli": broccoli, "lettuce": lettuce, "radish": radish, "herbs": herbs, "nuts": nuts, "berries": punnet, "fruit_tray": fruit_tray,
    "steak_tray": steak_tray, "mince_tray": mince_tray, "chicken_tray": chicken_tray, "fish_tray": fish_tray, "ham": ham,
    "roast_chicken": roast_chicken, "deli_meat": deli_meat, "loaf": loaf, "baguette": baguette, "bun": bun, "donut": donut,
    "bagel": bagel, "pie": pie, "cake": cake, "croissant": croissant, "sandwich": sandwich, "cookie": cookies, "cheese": cheese,
}  # fmt: skip
