"""Bags, wrappers and the packs of the cold shelf."""

from merx_pipelines.drawn.colours import Rgb
from merx_pipelines.drawn.labels import Area, front, sticker
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import blob, box, corners, lathe, oval
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

CARD: Rgb = (172, 150, 120)
CLEAR: Rgb = (222, 230, 236)


def bag(sheet: Sheet, look: Look) -> None:
    """A pillow of film with sealed ends: crisps."""
    outline = blob(
        (18, 8),
        (18, 8),
        (50, 10),
        (82, 8),
        (82, 8),
        (84, 16),
        (87, 34),
        (88, 60),
        (84, 84),
        (82, 93),
        (82, 93),
        (50, 91),
        (18, 93),
        (18, 93),
        (16, 84),
        (12, 60),
        (13, 34),
        (16, 16),
    )
    front(sheet, look, outline, Area(20, 17, 80, 86), light="film")
    for y in (9.5, 11.5, 13.5, 87.5, 89.5, 91.5):
        sheet.line(((18, y), (82, y)), colour=lighter(look.body.rgb, 0.5), width=0.5)


def pouch(sheet: Sheet, look: Look) -> None:
    """Stands by itself, with a zip."""
    outline = blob(
        (22, 9),
        (22, 9),
        (78, 9),
        (78, 9),
        (79, 40),
        (84, 82),
        (80, 93),
        (80, 93),
        (50, 96),
        (20, 93),
        (20, 93),
        (16, 82),
        (21, 40),
    )
    front(sheet, look, outline, Area(22, 20, 78, 90), light="film")
    sheet.line(((22, 15), (78, 15)), ((22, 17.4), (78, 17.4)), colour=lighter(look.body.rgb, 0.55), width=0.7)
    sheet.fill(oval(50, 12, 3.4, 1.6), colour=(255, 255, 255), light="plain")


def sack(sheet: Sheet, look: Look) -> None:
    """Paper, folded above: flour, sugar, dry pet food."""
    outline = blob(
        (22, 20),
        (22, 20),
        (78, 20),
        (78, 20),
        (81, 40),
        (82, 70),
        (79, 93),
        (79, 93),
        (50, 94),
        (21, 93),
        (21, 93),
        (18, 70),
        (19, 40),
    )
    front(sheet, look, outline, Area(22, 24, 78, 91), light="dull")
    sheet.fill(corners((22, 20), (27, 9), (73, 9), (78, 20)), colour=lighter(look.body.rgb, 0.15), light="side")
    sheet.line(((24, 15), (76, 15)), colour=darker(look.body.rgb, 0.25), width=0.8)


def packet(sheet: Sheet, look: Look) -> None:
    """A flat sachet."""
    front(sheet, look, box(24, 16, 76, 93, 1), Area(26, 20, 74, 90), light="film")
    sheet.line(
        *(((24 + step * 4, 16), (24 + step * 4, 19)) for step in range(14)), colour=lighter(look.body.rgb), width=0.6
    )


def pasta_bag(sheet: Sheet, look: Look) -> None:
    """Film with a window on what is inside."""
    outline = blob(
        (24, 8),
        (24, 8),
        (76, 8),
        (76, 8),
        (79, 30),
        (79, 70),
        (76, 93),
        (76, 93),
        (24, 93),
        (24, 93),
        (21, 70),
        (21, 30),
    )
    sheet.fill(outline, colour=(240, 204, 110), light="film")
    chance = look.chance()
    strands = [
        ((24 + step * 2.9 + chance.uniform(-1, 1), 14), (24 + step * 2.9 + chance.uniform(-1, 1), 90))
        for step in range(19)
    ]
    sheet.line(*strands, colour=(204, 158, 66), width=0.8)
    front(sheet, look, box(21.5, 26, 78.5, 74), Area(23, 26, 77, 74), light="film")


def bread_bag(sheet: Sheet, look: Look) -> None:
    """A loaf in printed film with a twisted end."""
    sheet.fill(blob((84, 58), (96, 46), (98, 70), (98, 70)), colour=lighter(look.body.rgb, 0.4), light="film")
    loaf = blob((10, 42), (20, 32), (50, 30), (78, 32), (87, 44), (88, 74), (84, 90), (50, 92), (14, 90), (8, 74))
    sheet.fill(loaf, colour=(206, 150, 84), light="bake")
    printed = blob(
        (24, 31),
        (24, 31),
        (50, 30),
        (76, 32),
        (76, 32),
        (78, 60),
        (76, 91),
        (76, 91),
        (50, 92),
        (24, 91),
        (24, 91),
        (22, 60),
    )
    front(sheet, look, printed, Area(26, 35, 74, 90), light="film")


def cheese_bag(sheet: Sheet, look: Look) -> None:
    """Shreds behind a window."""
    pouch(sheet, look)
    window = oval(50, 76, 24, 13)
    sheet.fill(window, colour=(248, 206, 96), light="dull")
    chance = look.chance()
    shreds = []
    for _ in range(22):
        x, y, lean = chance.uniform(31, 62), chance.uniform(68, 84), chance.uniform(-3, 3)
        shreds.append(((x, y), (x + 8, y + lean)))
    sheet.line(*shreds[::2], colour=(255, 228, 150), width=1.5)
    sheet.line(*shreds[1::2], colour=(222, 160, 52), width=1.3)


def slices(sheet: Sheet, look: Look) -> None:
    """A clear pack of square slices with a label."""
    for step in range(5):
        sheet.fill(
            box(20 - step, 26 - step * 2.2, 82 - step, 92 - step * 2.2, 3),
            colour=darker(look.tint.rgb, 0.06 * (4 - step)),
            light="flat",
        )
    sheet.fill(box(12, 14, 84, 90, 4), colour=CLEAR, light="film", strength=0.25)
    sticker(sheet, look, Area(22, 26, 72, 76), light="flat")


def vacuum(sheet: Sheet, look: Look) -> None:
    """Sliced meat: round slices fanned under film, a label above."""
    sheet.fill(box(10, 10, 90, 93, 6), colour=CLEAR, light="film")
    rosy: Rgb = (224, 142, 132)
    for x, y in ((36, 72), (44, 70), (52, 68), (60, 70)):
        sheet.fill(oval(x, y, 21, 19), colour=darker(rosy, 0.16), light="plain")
        sheet.fill(oval(x, y - 0.6, 20, 18), colour=rosy, light="dull")
    sheet.fill(box(12, 50, 88, 92, 5), colour=(255, 255, 255), light="film", strength=0.22)
    front(sheet, look, box(10, 10, 90, 52, 4), Area(16, 11, 84, 52), light="flat")


def bacon(sheet: Sheet, look: Look) -> None:
    sheet.fill(box(8, 16, 92, 92, 4), colour=CLEAR, light="film")
    for step in range(6):
        y = 56 + step * 5.6
        sheet.fill(box(12, y, 88, y + 6.6, 2), colour=(176, 56, 52), light="flat")
        sheet.line(
            ((12, y + 1.6), (36, y + 3), (60, y + 1), (88, y + 2.6)),
            ((12, y + 5), (44, y + 4.4), (88, y + 5.4)),
            colour=(244, 214, 200),
            width=1.5,
        )
    front(sheet, look, box(8, 16, 92, 56, 3), Area(14, 17, 86, 56), light="flat")


def hot_dogs(sheet: Sheet, look: Look) -> None:
    sheet.fill(box(8, 12, 92, 93, 6), colour=CLEAR, light="film")
    for step in range(6):
        sheet.fill(box(13 + step * 12.6, 22, 24 + step * 12.6, 88, 5.4), colour=(192, 96, 72), light="round")
    sheet.fill(box(10, 14, 90, 92, 5), colour=(255, 255, 255), light="film", strength=0.15)
    front(sheet, look, box(8, 38, 92, 76, 1), Area(16, 38, 84, 76), light="film")


def chub(sheet: Sheet, look: Look) -> None:
    """A clipped sausage of film: ground sausage, cookie dough."""
    sheet.fill(
        corners((3, 40), (12, 52), (12, 60), (3, 72)),
        corners((97, 40), (88, 52), (88, 60), (97, 72)),
        colour=look.accent.rgb,
        light="film",
    )
    outline = blob((8, 56), (13, 40), (24, 36), (76, 36), (87, 40), (92, 56), (87, 72), (76, 77), (24, 77), (13, 72))
    front(sheet, look, outline, Area(18, 37, 82, 76), light="dull")


def tube_dough(sheet: Sheet, look: Look) -> None:
    """A cardboard can of dough, with metal ends."""
    sheet.fill(box(33, 8, 67, 93, 3), colour=(196, 200, 206), light="metal")
    front(sheet, look, box(33, 12, 67, 89), Area(34.5, 14, 65.5, 87), light="round")
    sheet.line(((33, 70), (67, 34)), colour=lighter(look.body.rgb, 0.3), width=0.7)


def candy_bar(sheet: Sheet, look: Look) -> None:
    """A wrapper with crimped ends."""
    ends = [(5.0, 36.0), (8, 41), (5, 46), (8, 51), (5, 56), (8, 61), (5, 66)]
    right = [(100 - x, y) for x, y in reversed(ends)]
    outline = corners(*ends, (14, 68), (86, 68), *right, (86, 34), (14, 34))
    front(sheet, look, outline, Area(14, 34, 86, 68), light="dull")
    sheet.line(((12, 35), (12, 67)), ((88, 35), (88, 67)), colour=darker(look.body.rgb), width=0.7)


def gum(sheet: Sheet, look: Look) -> None:
    """A slim pack, two sticks out."""
    for x in (34, 52):
        sheet.fill(box(x, 14, x + 13, 60, 1), colour=(216, 220, 224), light="metal")
    front(sheet, look, box(24, 32, 76, 90, 2), Area(26, 33, 74, 89), light="flat")


def tube(sheet: Sheet, look: Look) -> None:
    """Toothpaste, lying."""
    outline = blob((6, 36), (6, 36), (30, 38), (78, 45), (84, 49), (84, 67), (78, 71), (30, 78), (6, 80), (6, 80))
    front(sheet, look, outline, Area(12, 41, 76, 76), light="dull")
    sheet.fill(box(83, 48, 96, 68, 2), colour=look.accent.rgb, light="flat")
    sheet.line(((8, 36), (8, 80)), colour=lighter(look.body.rgb), width=1)


def egg_carton(sheet: Sheet, look: Look) -> None:
    """Open, two rows of eggs, the label in the lid."""
    grey: Rgb = (178, 174, 166)
    sheet.fill(corners((10, 56), (16, 18), (84, 18), (90, 56)), colour=grey, light="flat")
    sticker(sheet, look, Area(24, 23, 76, 47), light="flat")
    shell: Rgb = (224, 178, 138) if look.seed % 2 else (248, 242, 232)
    for y, spread in ((55, 13.0), (64, 14.0)):
        for place in range(6):
            sheet.fill(oval(50 + (place - 2.5) * spread, y, 6.4, 8.4), colour=shell, light="ball")
    sheet.fill(
        blob(*((x, y) for x, y in ((6, 66), (94, 66), (89, 91), (11, 91)) for _ in range(2))),
        colour=darker(grey, 0.06),
        light="flat",
    )
    for place in range(6):
        sheet.fill(oval(50 + (place - 2.5) * 13.4, 81, 5.6, 8.4), colour=grey, light="dull")


def roll_pack(sheet: Sheet, look: Look) -> None:
    """Paper on rolls, wrapped in printed film."""
    for y in (93, 62):
        for x in (24, 50, 76):
            sheet.fill(
                lathe((y - 30, 13), (y - 27, 13), (y - 3, 13), (y, 11), centre=x), colour=(244, 244, 246), light="round"
            )
    for x in (24, 50, 76):
        sheet.fill(oval(x, 33, 13, 4.6), colour=(250, 250, 250), light="flat")
        sheet.fill(oval(x, 33, 4.2, 1.6), colour=CARD, light="side")
    front(sheet, look, box(10.5, 42, 89.5, 86, 2), Area(17, 43, 83, 86), light="film")


def ice_bag(sheet: Sheet, look: Look) -> None:
    outline = blob((40, 14), (62, 14), (78, 28), (86, 60), (82, 90), (50, 94), (18, 90), (14, 60), (24, 28))
    sheet.fill(outline, colour=(214, 232, 244), light="film")
    chance = look.chance()
    cubes = [
        box(x, y, x + 9, y + 8, 2) for x, y in ((chance.uniform(18, 72), chance.uniform(34, 82)) for _ in range(26))
    ]
    sheet.fill(*cubes[::2], colour=(240, 248, 253), light="film", within=outline, strength=0.8)
    sheet.fill(*cubes[1::2], colour=(178, 210, 232), light="film", within=outline, strength=0.7)
    sheet.fill(blob((42, 16), (30, 4), (50, 7), (70, 4), (60, 16)), colour=(200, 222, 238), light="film")
    sheet.words("ICE" if "ice" in look.words.lower() else look.words, (28, 44, 72, 68), (28, 86, 166), lines=1)


def salad_bag(sheet: Sheet, look: Look) -> None:
    """Leaves in clear film."""
    outline = blob(
        (20, 8),
        (20, 8),
        (80, 8),
        (80, 8),
        (85, 40),
        (86, 70),
        (80, 93),
        (80, 93),
        (20, 93),
        (20, 93),
        (14, 70),
        (15, 40),
    )
    sheet.fill(outline, colour=(148, 190, 98), light="film")
    chance = look.chance()
    greens: tuple[Rgb, ...] = ((98, 156, 58), (58, 118, 46), (170, 204, 104), (120, 40, 66), (236, 140, 54))
    for number, green in enumerate(greens[: 3 + look.seed % 3]):
        pieces = [
            oval(
                chance.uniform(18, 82),
                chance.uniform(36, 90),
                chance.uniform(4, 10) / (1 + number // 3),
                chance.uniform(2, 5),
                chance.uniform(0, 180),
            )
            for _ in range(12)
        ]
        sheet.fill(*pieces, colour=green, light="film", within=outline)
    front(sheet, look, box(16, 12, 84, 52, 1), Area(18, 13, 82, 52), light="film")
    sheet.fill(outline, colour=(255, 255, 255), light="film", strength=0.1)
