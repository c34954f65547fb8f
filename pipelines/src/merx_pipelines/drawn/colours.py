"""Colours by their plain names: what a shopper would call them, in a few shades each."""

import re
from typing import NamedTuple

Rgb = tuple[int, int, int]


class Colour(NamedTuple):
    """`name` is one of `SHADES`."""

    name: str
    rgb: Rgb


SHADES: dict[str, tuple[Rgb, ...]] = {
    "red": ((200, 32, 38), (178, 24, 44), (220, 52, 44)),
    "orange": ((238, 122, 28), (226, 100, 20), (244, 142, 44)),
    "yellow": ((246, 200, 40), (250, 212, 72), (238, 186, 24)),
    "green": ((46, 132, 62), (34, 108, 66), (98, 156, 48)),
    "blue": ((28, 86, 166), (22, 58, 122), (58, 132, 200)),
    "purple": ((104, 52, 136), (126, 66, 150), (84, 40, 112)),
    "pink": ((226, 96, 142), (236, 128, 160), (214, 74, 122)),
    "brown": ((112, 66, 36), (134, 84, 46), (92, 52, 30)),
    "beige": ((226, 198, 152), (234, 210, 170), (216, 184, 134)),
    "white": ((244, 243, 238), (246, 246, 246), (240, 244, 246)),
    "grey": ((146, 150, 156), (126, 132, 140), (164, 168, 172)),
    "black": ((38, 38, 42), (30, 32, 38), (48, 44, 44)),
}
PACK_NAMES = ("red", "blue", "green", "orange", "yellow", "purple", "white", "blue", "red", "brown", "pink", "black")
"""What packs are coloured, the frequent colours twice."""

_WORDS = (
    (
        "brown",
        r"choc|cocoa|fudge|brownie|coffee|mocha|cola|gravy|molasses|root beer|bran\b|pecan|russet|brown|portabella",
    ),
    ("red", r"straw|cherr|tomato|catsup|ketchup|salsa|pizza|pepperoni|red\b|cran|raspb|chili|beet|hot sauce|picante"),
    (
        "green",
        r"green|lime|apple cider|pickle|mint\b|dill|spinach|peas?\b|avocado|granny|kiwi|broccoli|herb|olive|pistach",
    ),
    (
        "orange",
        r"orange|\boj\b|carrot|peach|apricot|mandarin|cheddar|cheese cracker|nacho|sweet potato|yams|pumpkin|tangerine",
    ),
    ("yellow", r"lemon|banana|mustard|butter\b|corn\b|pineapple|gold|honey\b|mango|yellow|margarine|citrus"),
    ("purple", r"grape|plum|purple|blackberr|lavender|raisin"),
    ("blue", r"blueberr|blue\b|spring water|drnking|tuna|mint"),
    ("pink", r"pink|ham\b|hams\b|bologna|salmon|watermelon|shrimp|bubble"),
    ("black", r"black|charcoal|licorice"),
    ("beige", r"vanilla|wheat|oat|peanut|almond|caramel|biscuit|ginger|maple|rye\b"),
    ("white", r"white|milk|ranch|coconut|cream\b|sugar|salt\b|vinegar|bleach|onion"),
)
_PATTERNS = tuple((name, re.compile(rf"\b(?:{words})")) for name, words in _WORDS)


def shade(name: str, pick: int) -> Colour:
    """One of the shades of the name; any whole number picks one."""
    shades = SHADES[name]
    return Colour(name, shades[pick % len(shades)])


def tint_word(text: str) -> str:
    """The colour that words for colours and flavours name in a lower-case text; "" where none does."""
    found = [(match.start(), name) for name, pattern in _PATTERNS if (match := pattern.search(text))]
    return min(found)[1] if found else ""


def ink_on(ground: Rgb) -> Rgb:
    """Near black or white, whichever is read more easily on the ground."""
    red, green, blue = ground
    return (34, 32, 36) if 0.3 * red + 0.59 * green + 0.11 * blue > 150 else (255, 255, 255)


def contrasts(name: str) -> tuple[str, ...]:
    """Names of pack colours that stand out from one."""
    dark = ink_on(SHADES[name][0]) == (255, 255, 255)
    bright, deep = ("yellow", "white", "orange", "beige", "pink", "red"), ("red", "blue", "green", "purple", "brown")
    return tuple(other for other in (bright if dark else deep) if other != name)


def mix(first: Rgb, second: Rgb, part: float) -> Rgb:
    """`part` of the second in the first, 0 to 1."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue
