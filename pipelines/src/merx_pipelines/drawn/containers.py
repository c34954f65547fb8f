"""Round things: bottles, cans, jars, tubs, cups. Each stands on the sheet's height 93."""

from merx_pipelines.drawn.colours import Rgb, ink_on, mix
from merx_pipelines.drawn.labels import Area, front, mark, sticker
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.outlines import Outline, band, blob, box, lathe, oval
from merx_pipelines.drawn.sheet import Sheet, darker, lighter

WATER: Rgb = (206, 230, 244)
TIN: Rgb = (196, 200, 206)


def _bottle(sheet: Sheet, look: Look, outline: Outline, *, contents: Rgb, label: Area, cap: Outline) -> None:
    sheet.fill(outline, colour=contents, light="gloss")
    sticker(sheet, look, label, bow=1.6)
    sheet.fill(cap, colour=_cap(look), light="round")


def _cap(look: Look) -> Rgb:
    return look.accent.rgb if look.seed % 3 else (240, 240, 240)


def bottle(sheet: Sheet, look: Look) -> None:
    """Two litres of soft drink: petaloid foot, waist at the label."""
    outline = lathe(
        (9, 5), (13, 5.4), (20, 9), (32, 17), (40, 18), (41, 17), (66, 17), (67, 18), (82, 18.4), (90, 17), (93, 13)
    )
    contents = mix(look.tint.rgb, (24, 12, 8), 0.12) if look.tint.name != "white" else WATER
    _bottle(sheet, look, outline, contents=contents, label=Area(32.6, 38, 67.4, 67), cap=box(44.4, 4, 55.6, 11, 1.5))
    sheet.line(((42, 84), (40, 92)), ((50, 85), (50, 93)), ((58, 84), (60, 92)), colour=darker(contents), width=1.2)


def water_bottle(sheet: Sheet, look: Look) -> None:
    outline = lathe(
        (9, 4.6),
        (14, 5),
        (22, 12),
        (27, 14),
        (30, 13),
        (44, 13.4),
        (66, 13.4),
        (69, 12.6),
        (72, 13.6),
        (88, 14),
        (93, 11),
    )
    _bottle(sheet, look, outline, contents=WATER, label=Area(36.4, 42, 63.6, 64), cap=box(45, 5, 55, 11, 1.5))
    sheet.line(((37, 32), (63, 32)), ((37, 74), (63, 74)), ((37, 80), (63, 80)), colour=(160, 196, 220), width=1)


def sports_bottle(sheet: Sheet, look: Look) -> None:
    outline = lathe((12, 8), (18, 8.4), (27, 16), (36, 18), (44, 15), (62, 15), (70, 18), (88, 18), (93, 15))
    _bottle(sheet, look, outline, contents=look.tint.rgb, label=Area(34.6, 43, 65.4, 65), cap=box(41, 5, 59, 14, 2))


def glass_bottle(sheet: Sheet, look: Look) -> None:
    """A beer bottle."""
    glass: Rgb = (104, 58, 22) if look.tint.name == "brown" else (34, 92, 52)
    outline = lathe((6, 4.4), (9, 4.8), (28, 5.4), (40, 12), (46, 13.6), (90, 13.6), (93, 12))
    _bottle(sheet, look, outline, contents=glass, label=Area(36.6, 54, 63.4, 82), cap=box(44.6, 4, 55.4, 8.6, 1))
    sheet.fill(band(44.2, 22, 55.8, 30, 0.6), colour=look.body.rgb, light="round")


def wine_bottle(sheet: Sheet, look: Look) -> None:
    outline = lathe((4, 4.2), (30, 4.4), (38, 11), (43, 12.6), (90, 12.6), (93, 11))
    sheet.fill(outline, colour=(34, 48, 34), light="gloss")
    sheet.fill(box(45.4, 3, 54.6, 22, 1), colour=look.accent.rgb, light="round")
    sticker(sheet, look, Area(37.8, 53, 62.2, 82), bow=1)


def jug(sheet: Sheet, look: Look) -> None:
    """A gallon with a handle, of milk or juice."""
    outline = blob(
        (42, 12),
        (42, 12),
        (58, 12),
        (58, 12),
        (62, 22),
        (76, 36),
        (78, 46),
        (78, 88),
        (73, 93),
        (27, 93),
        (22, 88),
        (22, 46),
        (26, 34),
        (40, 20),
    )
    contents = (246, 246, 240) if look.tint.name == "white" else lighter(look.tint.rgb, 0.15)
    sheet.fill(outline, colour=contents, light="gloss")
    sheet.fill(blob((62, 34), (68, 36), (71, 46), (70, 58), (65, 60), (63, 48)), colour=(255, 255, 255), light="plain")
    sheet.line(((61, 31), (59, 46), (62, 62), (74, 66)), colour=darker(contents, 0.15), width=1.2)
    sheet.fill(box(41, 5, 59, 13, 2), colour=look.body.rgb, light="round")
    sticker(sheet, look, Area(24.5, 52, 63, 86), light="flat")


def detergent(sheet: Sheet, look: Look) -> None:
    outline = blob(
        (30, 20), (30, 20), (58, 20), (58, 20), (76, 30), (82, 50), (78, 88), (72, 93), (24, 93), (18, 88), (18, 40)
    )
    sheet.fill(outline, colour=look.body.rgb, light="gloss")
    sheet.fill(blob((62, 34), (71, 40), (73, 56), (66, 64), (62, 50)), colour=(255, 255, 255), light="plain")
    sheet.fill(box(31, 6, 57, 21, 3), colour=look.tint.rgb, light="round")
    sticker(sheet, look, Area(21, 40, 60, 88), light="flat")


def bleach(sheet: Sheet, look: Look) -> None:
    outline = lathe((12, 7), (18, 8), (30, 22), (38, 24), (86, 24), (93, 21))
    sheet.fill(outline, colour=(240, 242, 244), light="gloss")
    sheet.fill(box(41, 5, 59, 14, 2), colour=look.body.rgb, light="round")
    sticker(sheet, look, Area(26.4, 44, 73.6, 84), bow=1.6)


def dish_soap(sheet: Sheet, look: Look) -> None:
    """A shaped flask with a flip cap: dish liquid, shampoo, lotion."""
    outline = lathe((20, 7), (23, 12), (32, 18), (46, 17), (60, 19), (86, 20), (93, 17))
    sheet.fill(outline, colour=lighter(look.tint.rgb, 0.1), light="gloss")
    sheet.fill(box(43, 8, 57, 21, 2), colour=_cap(look), light="round")
    sticker(sheet, look, Area(34, 40, 66, 82), light="flat")


def squeeze(sheet: Sheet, look: Look) -> None:
    outline = lathe((20, 6), (24, 9), (34, 17), (50, 18), (80, 17), (93, 16))
    sheet.fill(outline, colour=look.tint.rgb, light="gloss")
    sheet.fill(lathe((5, 1.2), (8, 1.6), (17, 5.4), (22, 6.6)), colour=_cap(look), light="round")
    sticker(sheet, look, Area(34.4, 42, 65.6, 78), bow=1.2)


def sauce_bottle(sheet: Sheet, look: Look) -> None:
    outline = lathe((12, 5.6), (22, 6), (34, 11), (42, 15.4), (48, 16), (88, 16), (93, 14))
    _bottle(
        sheet,
        look,
        outline,
        contents=mix(look.tint.rgb, (60, 24, 10), 0.25),
        label=Area(34.2, 50, 65.8, 84),
        cap=box(43, 5, 57, 15, 1.5),
    )


def oil_bottle(sheet: Sheet, look: Look) -> None:
    outline = lathe((11, 6), (16, 6.4), (28, 15), (34, 19), (44, 18), (60, 17), (70, 19), (88, 20), (93, 18))
    _bottle(sheet, look, outline, contents=(238, 196, 66), label=Area(32, 44, 68, 78), cap=box(43, 5, 57, 13, 2))


def can(sheet: Sheet, look: Look) -> None:
    """A tin of food, paper around it."""
    sheet.fill(box(27, 14, 73, 92.5, 4), band(27, 88, 73, 90, 4), colour=TIN, light="metal")
    paper = band(27.4, 19, 72.6, 86, 4)
    front(sheet, look, paper, Area(31, 24, 69, 89), light="round")
    _lid(sheet, 15, 23, 5)


def _lid(sheet: Sheet, y: float, half: float, deep: float) -> None:
    x = 50
    sheet.fill(oval(x, y, half, deep), colour=darker(TIN, 0.12), light="flat")
    sheet.fill(oval(x, y, half * 0.92, deep * 0.84), colour=lighter(TIN, 0.35), light="flat")
    sheet.fill(oval(x, y + 0.3, half * 0.78, deep * 0.66), colour=TIN, light="flat")


def flat_can(sheet: Sheet, look: Look) -> None:
    """Tuna, pet food: as much lid as side, and the lid is printed."""
    sheet.fill(band(14, 56, 86, 82, 11), oval(50, 57, 36, 16), colour=TIN, light="metal")
    sheet.fill(band(14.3, 59, 85.7, 81, 11), colour=look.accent.rgb, light="round")
    sheet.words(look.words, (26, 76, 74, 90), ink_on(look.accent.rgb), lines=2)
    sheet.fill(oval(50, 55, 36, 16), colour=lighter(TIN, 0.3), light="flat")
    sheet.fill(oval(50, 55, 32, 13.4), colour=look.body.rgb, light="flat")
    mark(sheet, look, Area(33, 48, 67, 62))


def drink_can(sheet: Sheet, look: Look) -> None:
    outline = lathe((10, 15), (12, 15.6), (19, 19.4), (21, 19.4), (84, 19.4), (86, 19), (93, 14.6))
    sheet.fill(outline, colour=TIN, light="metal")
    front(sheet, look, lathe((17.5, 18.6), (20, 19.4), (84, 19.4), (88, 18)), Area(33, 22, 67, 86), light="gloss")
    _lid(sheet, 10.6, 15, 2.6)


def can_pack(sheet: Sheet, look: Look) -> None:
    """A carton of twelve with one can before it."""
    front(sheet, look, box(6, 40, 76, 88), Area(8, 41, 62, 88), light="flat")
    sheet.fill(
        blob(*((x, y) for x, y in ((6, 40), (14, 33), (84, 33), (76, 40)) for _ in range(2))),
        colour=look.body.rgb,
        light="top",
    )
    sheet.fill(
        blob(*((x, y) for x, y in ((76, 40), (84, 33), (84, 80), (76, 88)) for _ in range(2))),
        colour=look.body.rgb,
        light="side",
    )
    drink_can(sheet.part(52, 44, 50), look)


def jar(sheet: Sheet, look: Look) -> None:
    outline = lathe((20, 19), (24, 20), (32, 26), (38, 27), (86, 27), (93, 23))
    sheet.fill(outline, colour=look.tint.rgb, light="gloss")
    sticker(sheet, look, Area(23.4, 41, 76.6, 81), bow=2.4)
    sheet.fill(band(29, 9, 71, 20, 2), colour=_cap(look), light="round")
    sheet.fill(oval(50, 9.4, 21, 2.6), colour=lighter(_cap(look), 0.3), light="flat")


def spice(sheet: Sheet, look: Look) -> None:
    sheet.fill(box(34, 22, 66, 93, 5), colour=mix(look.tint.rgb, (150, 90, 40), 0.4), light="gloss")
    sheet.fill(box(35, 8, 65, 25, 3), colour=(196, 36, 40) if look.seed % 2 else (40, 40, 44), light="round")
    sticker(sheet, look, Area(34.4, 38, 65.6, 82), bow=1.4)


def tub(sheet: Sheet, look: Look) -> None:
    """A wide plastic tub with a printed lid seen from above."""
    sheet.fill(lathe((42, 40), (46, 40), (50, 38.6), (86, 31), (93, 28)), colour=(246, 246, 244), light="round")
    front(sheet, look, _tapered(48, 89, 38.8, 30), Area(24, 53, 76, 92), light="round")
    sheet.fill(oval(50, 40, 42, 13), box(8, 39, 92, 43), colour=darker(look.accent.rgb, 0.12), light="round")
    sheet.fill(oval(50, 38, 42, 13), colour=look.accent.rgb, light="flat")
    sheet.fill(oval(50, 38, 37, 10.6), colour=look.body.rgb, light="flat")
    mark(sheet, look, Area(31, 32, 69, 44))


def _tapered(top: float, bottom: float, wide: float, narrow: float) -> Outline:
    """A bowed label on a cup that narrows downwards."""
    curve = band(-1, top, 1, bottom, 3.5).copy()
    half = wide + (curve[:, 1] - top) / (bottom - top) * (narrow - wide)
    curve[:, 0] = 50 + curve[:, 0] * half
    return curve


def ice_tub(sheet: Sheet, look: Look) -> None:
    front(sheet, look, lathe((26, 33), (30, 33), (88, 28), (93, 25)), Area(24, 30, 76, 92), light="round")
    sheet.fill(band(14.5, 18, 85.5, 27, 3), colour=look.accent.rgb, light="round")
    sheet.fill(oval(50, 18.6, 35.5, 7), colour=lighter(look.accent.rgb, 0.25), light="flat")
    sheet.fill(oval(50, 18.6, 31, 5.4), colour=look.tint.rgb, light="flat")


def yogurt(sheet: Sheet, look: Look) -> None:
    front(sheet, look, lathe((30, 29), (34, 28), (88, 20), (93, 18)), Area(30, 34, 70, 90), light="round")
    sheet.fill(oval(50, 29, 32, 6.4), colour=(206, 210, 214), light="metal")
    sheet.fill(oval(50, 28, 32, 6.4), colour=(232, 234, 238), light="flat")
    sheet.fill(oval(50, 28, 27, 4.8), colour=look.tint.rgb, light="flat")


def cup_pack(sheet: Sheet, look: Look) -> None:
    """Four cups under one sleeve."""
    for x in (24, 76):
        sheet.fill(
            lathe((56, 23), (60, 22), (90, 17), (93, 16), centre=x), colour=lighter(look.tint.rgb, 0.2), light="gloss"
        )
    front(sheet, look, box(3, 30, 97, 70, 2), Area(8, 31, 92, 70), light="flat")
    sheet.fill(
        blob(*((x, y) for x, y in ((3, 30), (12, 20), (88, 20), (97, 30)) for _ in range(2))),
        colour=look.body.rgb,
        light="top",
    )


def cup(sheet: Sheet, look: Look) -> None:
    """A paper cup of coffee to take away."""
    sheet.fill(lathe((22, 25), (24, 25), (90, 17), (93, 16)), colour=(246, 244, 238), light="round")
    sticker(sheet, look, Area(30.5, 42, 69.5, 72), bow=2)
    sheet.fill(lathe((13, 21), (18, 22), (20, 27), (25, 27)), colour=(60, 50, 46), light="round")


def cups(sheet: Sheet, look: Look) -> None:
    """A stack of party cups."""
    for step in range(6):
        y = 74 - step * 9
        sheet.fill(lathe((y, 22), (y + 2, 21.4), (y + 17, 17.4), (y + 19, 17)), colour=look.tint.rgb, light="gloss")
        sheet.fill(oval(50, y, 22.4, 4), colour=lighter(look.tint.rgb, 0.75), light="flat")
    sheet.fill(oval(50, 29.4, 19.6, 3), colour=(226, 226, 226), light="side")


def canister(sheet: Sheet, look: Look) -> None:
    """A cardboard tube with a plastic lid: crisps, oats, salt."""
    front(sheet, look, band(31, 12, 69, 89, 3.4), Area(33, 18, 67, 90), light="round")
    sheet.fill(band(30, 7, 70, 13, 3), colour=look.accent.rgb, light="round")
    sheet.fill(oval(50, 7.6, 20, 3.6), colour=lighter(look.accent.rgb, 0.5), light="flat")


def coffee_can(sheet: Sheet, look: Look) -> None:
    front(
        sheet,
        look,
        lathe((20, 29), (30, 30), (33, 28.6), (80, 28.6), (83, 30), (93, 29)),
        Area(25, 28, 75, 88),
        light="gloss",
    )
    sheet.fill(band(19, 14, 81, 21, 3.6), colour=(46, 42, 42), light="round")
    sheet.fill(oval(50, 14.4, 31, 4.8), colour=(74, 70, 70), light="flat")


def pills(sheet: Sheet, look: Look) -> None:
    """A brown or white bottle of tablets."""
    ground: Rgb = (244, 244, 242) if look.seed % 2 else (206, 122, 36)
    sheet.fill(lathe((28, 16), (32, 18), (38, 23), (42, 23.4), (90, 23.4), (93, 22)), colour=ground, light="gloss")
    sheet.fill(box(32, 12, 68, 29, 2.5), colour=(250, 250, 250) if look.seed % 3 else look.body.rgb, light="round")
    sheet.line(*(((x, 14), (x, 27)) for x in range(36, 66, 4)), colour=(208, 208, 208), width=0.7)
    sticker(sheet, look, Area(26.8, 46, 73.2, 85), bow=2)


def spray(sheet: Sheet, look: Look) -> None:
    """A trigger bottle."""
    sheet.fill(
        lathe((32, 6), (36, 8), (48, 19), (56, 20), (90, 21), (93, 19)),
        colour=mix(look.tint.rgb, (255, 255, 255), 0.15),
        light="gloss",
    )
    head = blob(
        (34, 8), (34, 8), (62, 10), (62, 10), (68, 16), (64, 24), (57, 33), (43, 33), (42, 22), (34, 19), (34, 19)
    )
    sheet.line(((37, 18), (34, 26), (37, 34)), colour=darker(look.accent.rgb), width=3)
    sheet.fill(head, colour=look.accent.rgb, light="round")
    sheet.fill(box(29, 9, 36, 16, 1), colour=(240, 240, 240), light="flat")
    sticker(sheet, look, Area(32, 54, 68, 87), bow=1.4)


def aerosol(sheet: Sheet, look: Look) -> None:
    front(sheet, look, lathe((25, 11), (29, 16), (33, 16.6), (90, 16.6), (93, 15)), Area(35, 36, 65, 90), light="gloss")
    sheet.fill(lathe((6, 9), (8, 10.4), (25, 12), (27, 12)), colour=look.tint.rgb, light="round")


def stick(sheet: Sheet, look: Look) -> None:
    """Deodorant."""
    front(sheet, look, box(30, 36, 70, 93, 7), Area(33, 40, 67, 90), light="gloss")
    sheet.fill(
        blob((30, 38), (30, 38), (32, 16), (42, 10), (58, 10), (68, 16), (70, 38), (70, 38)),
        colour=lighter(look.accent.rgb, 0.15),
        light="gloss",
    )


def candle(sheet: Sheet, look: Look) -> None:
    """Wax in a glass, lit."""
    sheet.fill(box(28, 36, 72, 93, 6), colour=lighter(look.tint.rgb, 0.2), light="gloss")
    sheet.fill(oval(50, 37, 22, 5), colour=lighter(look.tint.rgb, 0.5), light="flat")
    sheet.line(((50, 37), (50, 28)), colour=(60, 50, 40), width=1.6)
    sheet.fill(blob((50, 10), (50, 10), (56, 22), (50, 31), (44, 22)), colour=(252, 190, 60), light="ball")
    sticker(sheet, look, Area(34, 56, 66, 80), light="flat")
