"""What a picture of a product shows, settled before anything is drawn: shape, colours, words on the label."""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from random import Random
from zlib import crc32

from merx_core.catalogue import Product
from merx_pipelines.drawn.colours import PACK_NAMES, Colour, contrasts, shade, tint_word
from merx_pipelines.drawn.kinds import Kind, kind_of

LAYOUTS = 5
MARKS = 4
_LABEL_WORDS = 4
_EMBLEMS = (
    ("berries", r"strawb|raspb|cherr|cran|berr"),
    ("apple", r"apple"),
    ("orange", r"orange|oj\b|citrus|lemon|lime|mandarin"),
    ("grapes", r"grape|raisin"),
    ("peach", r"peach|apricot|mango"),
    ("pear", r"pears?\b"),
    ("pineapple", r"pineappl|tropical"),
    ("banana", r"banana"),
    ("tomato", r"tomato|catsup|ketchup|salsa|mainstream$|pizza sauce|spaghetti sauce"),
    ("corn", r"corn\b|popcorn|tortilla|nacho"),
    ("pea", r"peas?\b|beans"),
    ("potato", r"potato|fries|tater|hashbrown"),
    ("mushroom", r"mushroom"),
    ("carrot", r"carrot|vegetables"),
    ("cucumber", r"pickle|relish"),
    ("onion", r"onion"),
    ("chilli", r"chili|hot sauce|picante|mexican|taco"),
    ("fish", r"tuna|salmon|seafood|fish|fillet|mackerel"),
    ("shrimp", r"shrimp"),
    ("drumstick", r"chicken|poultry|turkey|wings"),
    ("cat", r"cat\b|kitten"),
    ("dog", r"(?<!hot )(?<!corn )dog\b|puppy"),
    ("cheese", r"cheese|cheddar|macaroni &"),
    ("nut", r"peanut|nuts?\b|almond|pecan"),
    ("cookie", r"cookie|brownie|choc chip"),
    ("wheat", r"cereal|wheat|oat|bread|flour|granola|cracker|grain|muffin|biscuit|waffle|pancake|buns?\b"),
    ("bowl", r"soup|broth|ramen|noodle|pasta|macaroni|spaghetti|dinner|entree|rice"),
    ("cow", r"milk|butter\b|cream|beef|steak"),
    ("bean", r"coffee|cocoa|chocolate"),
    ("flake", r"frzn|frozen|ice\b"),
    ("drop", r"water|oil\b|bleach|soap|detergent|shampoo|clean|soften|lotion|juice|drink|drnk"),
)
_EMBLEM_WORDS = tuple((name, re.compile(rf"\b(?:{words})")) for name, words in _EMBLEMS)
_SIZE = re.compile(r"\b(\d+(?:\.\d+)?) ?(oz|lb|l|ga|gal|ct|pt|ml|kg|g)\b")
_GRAMS = {"oz": 28, "lb": 454, "l": 1000, "ga": 3785, "gal": 3785, "ct": 12, "pt": 473, "ml": 1, "kg": 1000, "g": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`body` and `accent` are the brand's, `tint` the contents'; `emblem` is a small picture on the label, or ""."""

    shape: str
    emblem: str
    body: Colour
    accent: Colour
    tint: Colour
    words: str
    badge: str
    layout: int
    mark: int
    scale: float
    seed: int

    def chance(self) -> Random:
        """Small irregularities: the same for the same product."""
        return Random(self.seed)  # noqa: S311 - nothing here is secret


@lru_cache(maxsize=4096)
def _look(key: str, title: str, brand: str, path: tuple[str, ...], *, kind: Kind) -> Look:
    shape, colours, _ = kind
    aisle, narrow = ("", "", *path)[-2:]
    own = crc32(f"{key}/{title}".encode())
    house = crc32(f"{brand or key} colours".encode())
    text = f"{title} {narrow}".lower()
    body = PACK_NAMES[house % len(PACK_NAMES)]
    line = crc32(f"{brand or key} {aisle}".encode())
    names = contrasts(body)
    tint = tint_word(text) or (colours or PACK_NAMES)[own % len(colours or PACK_NAMES)]
    return Look(
        shape=shape,
        emblem=next((name for name, words in _EMBLEM_WORDS if words.search(text)), ""),
        body=shade(body, house >> 8),
        accent=shade(names[(line >> 12) % len(names)], line >> 16),
        tint=shade(tint, own >> 8),
        words=_label_words(title),
        badge=_badge(brand),
        layout=(line >> 20) % LAYOUTS,
        mark=(house >> 4) % MARKS,
        scale=_scale(text) * (0.97 + (own >> 16) % 7 / 100),
        seed=own,
    )


def look_of(product: Product) -> Look:
    """The same product has the same look wherever it is drawn."""
    return _look(product.product_id, product.title, product.brand, product.category, kind=kind_of(product))


def _label_words(title: str) -> str:
    """What the thing is: the title up to its first comma, without what stands in brackets."""
    name = re.split(r",|\(| - ", title, maxsplit=1)[0].strip() or title
    return " ".join(word[:16] for word in re.split(r"[\s/-]+", name)[:_LABEL_WORDS])


def _badge(brand: str) -> str:
    """A brand of a word and a number becomes the number: the word is then no brand's own."""
    parts = brand.split()
    return (parts[-1] if parts and parts[-1].isdigit() else brand)[:10]


def _scale(text: str) -> float:
    """0.84 for the smallest packs to 1 for the largest."""
    sizes = [float(number) * _GRAMS[unit] for number, unit in _SIZE.findall(text)]
    if not sizes:
        return 0.94
    largest = max(sizes)
    return 0.84 + 0.16 * min(1.0, sqrt(largest / 2000))
