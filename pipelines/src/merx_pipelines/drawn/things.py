"""What is neither eaten nor in a pack: papers, flowers, clothes, toys, household things."""

from merx_pipelines.drawn.colours import Rgb, ink_on, mix
from merx_pipelines.drawn.fruit import LEAF
from merx_pipelines.drawn.labels import Area, mark, sticker
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import blob, box, corners, lathe, leaf, oval
from merx_pipelines.drawn.sheet import Sheet, darker, lighter


def magazine(sheet: Sheet, look: Look) -> None:
    sheet.fill(corners((78, 10), (82, 13), (82, 95), (78, 92)), colour=(226, 226, 224), light="side")
    sheet.fill(box(20, 10, 78, 92), colour=look.body.rgb)
    sheet.fill(box(20, 10, 78, 28), colour=look.accent.rgb)
    sheet.words(look.words, (22, 12, 76, 26), ink_on(look.accent.rgb), lines=2)
    skin: Rgb = ((236, 190, 160), (176, 120, 84), (120, 78, 54))[look.seed % 3]
    sheet.fill(
        blob((26, 92), (26, 92), (30, 74), (50, 66), (70, 74), (74, 92), (74, 92)), colour=look.tint.rgb, light="round"
    )
    sheet.fill(oval(50, 48, 15, 18), colour=(60, 40, 30), light="ball")
    sheet.fill(box(45, 56, 55, 70, 4), oval(50, 51, 11, 14), colour=skin, light="dull")
    for y in (36, 42, 48, 78, 84):
        sheet.line(((23, y), (23 + 8 + (look.seed >> y % 7) % 6, y)), colour=ink_on(look.body.rgb), width=1.8)


def newspaper(sheet: Sheet, look: Look) -> None:
    paper: Rgb = (236, 234, 226)
    sheet.fill(corners((14, 16), (82, 12), (88, 90), (18, 94)), colour=darker(paper, 0.12), light="flat")
    sheet.fill(box(12, 14, 84, 92), colour=paper, light="flat")
    sheet.words("The Daily " + (look.badge or "News"), (16, 17, 80, 28), (30, 30, 32), lines=1)
    sheet.line(((15, 30), (81, 30)), colour=(60, 60, 62), width=0.8)
    sheet.fill(box(46, 34, 80, 58), colour=mix(look.tint.rgb, (150, 150, 150), 0.6), light="film")
    rows = [
        ((x, y), (x + 28 + (look.seed >> y % 9) % 4, y)) for x, low in ((15, 35), (47, 63)) for y in range(low, 90, 3)
    ]
    sheet.line(*rows, colour=(128, 128, 128), width=0.8)


def card(sheet: Sheet, look: Look) -> None:
    """A greeting card, standing a little open."""
    sheet.fill(corners((74, 14), (86, 20), (86, 96), (74, 92)), colour=(236, 234, 228), light="side")
    sheet.fill(box(18, 14, 74, 92), colour=lighter(look.tint.rgb, 0.55), light="flat")
    chance = look.chance()
    for _ in range(7):
        x, y = chance.uniform(26, 66), chance.uniform(44, 82)
        sheet.fill(
            *(oval(x + dx * 3.6, y + dy * 3.6, 3) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))),
            colour=look.tint.rgb,
            light="dull",
        )
        sheet.fill(oval(x, y, 2), colour=(250, 220, 90), light="plain")
    sheet.line(((21, 17), (71, 17), (71, 89), (21, 89), (21, 17)), colour=darker(look.tint.rgb, 0.1), width=0.8)
    sheet.words("Thinking of you" if look.seed % 2 else "Happy Birthday", (24, 22, 68, 38), darker(look.tint.rgb, 0.35))


def flowers(sheet: Sheet, look: Look) -> None:
    """A bunch in paper."""
    chance = look.chance()
    sheet.fill(*(leaf(50, 60, 44, 13, turn) for turn in (-150, -125, -55, -30)), colour=LEAF, light="dull")
    sheet.fill(corners((24, 46), (76, 46), (58, 95), (42, 95)), colour=lighter(look.body.rgb, 0.5), light="film")
    for x, y in ((28, 36), (72, 36), (38, 24), (62, 24), (50, 14), (34, 48), (66, 48), (50, 34), (50, 50)):
        colour = mix(look.tint.rgb, (255, 255, 255), chance.uniform(0, 0.3))
        petals = [oval(x + dx, y + dy, 6.4) for dx, dy in ((0, -7), (4, 5.6), (-6.6, -2), (6.6, -2), (-4, 5.6))]
        sheet.fill(*petals[:3], colour=darker(colour, 0.16), light="ball")
        sheet.fill(*petals[3:], colour=colour, light="ball")
        sheet.fill(oval(x, y, 4.6), colour=darker(colour, 0.25) if look.seed % 2 else (246, 208, 80), light="ball")
    sheet.line(((40, 76), (60, 76)), colour=look.accent.rgb, width=4)


def plant(sheet: Sheet, look: Look) -> None:
    for turn in range(-165, -10, 17):
        sheet.fill(
            leaf(50, 62, 46 - abs(turn + 90) / 8, 15, turn),
            colour=mix((58, 128, 56), (120, 180, 80), (turn % 40) / 60),
            light="dull",
        )
    sheet.fill(lathe((58, 24), (64, 23), (93, 17)), colour=(186, 94, 58), light="round")
    sheet.fill(box(24, 56, 76, 64, 2), colour=(200, 108, 70), light="round")
    sticker(sheet, look, Area(42, 70, 58, 86), light="flat")


def balloon(sheet: Sheet, look: Look) -> None:
    sheet.line(((50, 66), (46, 78), (53, 86), (50, 97)), colour=(130, 130, 130), width=0.8)
    sheet.fill(
        blob((50, 6), (76, 14), (82, 38), (66, 60), (52, 68), (48, 68), (34, 60), (18, 38), (24, 14)),
        colour=look.tint.rgb,
        light="ball",
    )
    sheet.fill(corners((47, 66), (53, 66), (56, 71), (44, 71)), colour=darker(look.tint.rgb), light="flat")


def clothing(sheet: Sheet, look: Look) -> None:
    shirt = blob(
        *(
            (x, y)
            for x, y in (
                (34, 14),
                (66, 14),
                (94, 32),
                (84, 50),
                (74, 44),
                (74, 93),
                (26, 93),
                (26, 44),
                (16, 50),
                (6, 32),
            )
            for _ in range(2)
        )
    )
    sheet.fill(shirt, colour=look.tint.rgb, light="film")
    sheet.fill(oval(50, 14, 13, 8), colour=darker(look.tint.rgb, 0.45), light="flat", within=shirt)
    sheet.line(((26, 44), (27, 70)), ((74, 44), (73, 70)), colour=darker(look.tint.rgb, 0.25), width=0.8)
    mark(sheet, look, Area(38, 40, 62, 54))


def toy(sheet: Sheet, look: Look) -> None:
    """A teddy bear or a car."""
    if look.seed % 2:
        _car(sheet, look)
        return
    fur = mix(look.tint.rgb, (176, 122, 70), 0.6)
    sheet.fill(
        oval(28, 16, 10),
        oval(72, 16, 10),
        oval(24, 60, 9, 18, 30),
        oval(76, 60, 9, 18, -30),
        oval(32, 86, 14, 9),
        oval(68, 86, 14, 9),
        colour=darker(fur, 0.1),
        light="dull",
    )
    sheet.fill(oval(50, 68, 25, 26), colour=fur, light="ball")
    sheet.fill(oval(50, 30, 27, 24), colour=fur, light="ball")
    sheet.fill(oval(50, 38, 12, 9), oval(50, 72, 14, 15), colour=lighter(fur, 0.55), light="dull")
    sheet.fill(oval(40, 26, 3), oval(60, 26, 3), oval(50, 34, 4, 3), colour=(30, 26, 26), light="ball")
    sheet.fill(leaf(50, 52, 14, 10, 0), leaf(50, 52, 14, 10, 180), colour=look.accent.rgb, light="flat")


def _car(sheet: Sheet, look: Look) -> None:
    sheet.fill(
        blob((5, 66), (10, 56), (26, 52), (36, 38), (62, 37), (76, 52), (92, 58), (95, 68), (92, 76), (8, 76)),
        colour=look.tint.rgb,
        light="bake",
    )
    sheet.fill(
        corners((33, 52), (40, 42), (49, 42), (49, 52)),
        corners((52, 52), (52, 42), (61, 42), (69, 52)),
        colour=(196, 222, 238),
        light="flat",
    )
    sheet.line(((10, 64), (92, 64)), colour=look.accent.rgb, width=2.4)
    for x in (27, 74):
        sheet.fill(oval(x, 76, 11), colour=(34, 34, 38), light="ball")
        sheet.fill(oval(x, 76, 5), colour=(206, 210, 214), light="metal")


def battery(sheet: Sheet, look: Look) -> None:
    for x in (32, 68):
        sheet.fill(box(x - 5, 14, x + 5, 24, 1.5), colour=(200, 204, 210), light="metal")
        sheet.fill(box(x - 15, 20, x + 15, 93, 2), colour=(190, 126, 60), light="metal")
        sheet.fill(box(x - 15, 38, x + 15, 93, 2), colour=(40, 40, 44), light="round")
        sheet.words(look.badge, (x - 12, 56, x + 12, 70), (240, 240, 240), lines=1)
        sheet.words("+", (x - 6, 24, x + 6, 36), (60, 36, 16))


def bulb(sheet: Sheet, _look: Look) -> None:
    sheet.fill(
        blob((50, 6), (76, 16), (82, 40), (66, 60), (61, 72), (39, 72), (34, 60), (18, 40), (24, 16)),
        colour=(250, 240, 200),
        light="ball",
    )
    sheet.line(((42, 68), (44, 42), (50, 50), (56, 42), (58, 68)), colour=(220, 170, 70), width=1)
    sheet.fill(box(39, 71, 61, 89, 2), colour=(190, 194, 200), light="metal")
    sheet.line(*(((39, y), (61, y + 2)) for y in (74, 79, 84)), colour=(120, 124, 130), width=1)
    sheet.fill(box(45, 88, 55, 93, 2), colour=(50, 50, 54), light="round")


def plates(sheet: Sheet, look: Look) -> None:
    for y in range(84, 56, -5):
        sheet.fill(oval(50, y, 44, 15), colour=darker((236, 236, 236), 0.1), light="flat")
        sheet.fill(oval(50, y - 2, 44, 15), colour=(250, 250, 250), light="flat")
    sheet.fill(
        oval(50, 57, 38, 12),
        colour=lighter(look.tint.rgb, 0.2) if look.tint.name != "white" else look.body.rgb,
        light="flat",
    )
    sheet.fill(oval(50, 58, 31, 9), colour=(250, 250, 250), light="side")
    sheet.fill(oval(50, 58.6, 30, 8.6), colour=(248, 248, 248), light="flat")


def blister(sheet: Sheet, look: Look) -> None:
    """On a card, under a blister: brushes, razors, combs."""
    sheet.fill(box(24, 6, 76, 94, 3), colour=look.body.rgb, light="flat")
    sheet.words(look.words, (28, 10, 72, 24), ink_on(look.body.rgb), lines=2)
    sheet.fill(box(36, 26, 64, 92, 8), colour=lighter(look.body.rgb, 0.7), light="flat")
    sheet.fill(
        blob((46, 30), (54, 30), (54, 48), (53, 60), (56, 74), (54, 88), (46, 88), (44, 74), (47, 60), (46, 48)),
        colour=look.tint.rgb,
        light="gloss",
    )
    sheet.line(*(((x, y), (x + 7, y)) for x in (54,) for y in range(32, 48, 2)), colour=(240, 246, 250), width=1.4)


def makeup(sheet: Sheet, look: Look) -> None:
    """A lipstick."""
    sheet.fill(
        blob((41, 40), (41, 40), (41, 20), (50, 9), (59, 18), (59, 40), (59, 40)),
        colour=mix(look.tint.rgb, (190, 20, 50), 0.4),
        light="gloss",
    )
    sheet.fill(box(39, 38, 61, 56, 1), colour=(220, 184, 96), light="metal")
    sheet.fill(box(35, 54, 65, 93, 2), colour=look.body.rgb, light="gloss")
    mark(sheet, look, Area(37, 66, 63, 78))


def fuel(sheet: Sheet, look: Look) -> None:
    sheet.line(((72, 40), (86, 44), (86, 74), (78, 78), (74, 70)), colour=(44, 44, 48), width=4)
    sheet.fill(box(22, 8, 70, 92, 4), colour=look.tint.rgb, light="round")
    sheet.fill(box(28, 16, 64, 38, 2), colour=(232, 240, 236), light="flat")
    sheet.words("FUEL", (31, 19, 61, 35), (40, 60, 60), lines=1)
    sheet.fill(box(18, 90, 74, 95, 1), colour=(70, 72, 76), light="flat")
    sheet.words(look.words, (27, 44, 65, 62), ink_on(look.tint.rgb))
    mark(sheet, look, Area(30, 66, 62, 82))


def tool(sheet: Sheet, look: Look) -> None:
    """A pan."""
    sheet.line(((62, 56), (95, 28)), colour=(40, 40, 44), width=8)
    sheet.fill(oval(42, 66, 38, 26), colour=(58, 60, 66), light="metal")
    sheet.fill(oval(42, 62, 38, 25), colour=(150, 154, 160), light="flat")
    sheet.fill(oval(42, 62, 34, 21.4), colour=mix(look.tint.rgb, (60, 60, 64), 0.6), light="side")
    sheet.fill(oval(36, 56, 15, 7, -20), colour=(255, 255, 255), light="plain", strength=0.14)
