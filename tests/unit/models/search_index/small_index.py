"""An index of eight products, six of them with a picture; vectors are made up, so that what is near is known."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from merx_core.catalogue import Product
from merx_core.money import Money
from merx_models.search_index import Looks, SearchIndex, text_of
from merx_models.search_index.suggestions import Suggestion
from merx_models.text_encoder import unit
from merx_models.words.queries import Answer, Query
from tests.unit.models.words.shop import HashedWords

Floats = NDArray[np.float32]
ENCODER = HashedWords()


def product(product_id: str, title: str, category: str = "Drinks", price: int = 100, **more: object) -> Product:
    return Product(
        product_id=product_id,
        title=title,
        category=("Food", category),
        brand="Northwind",
        price=Money(price, "EUR"),
        **more,  # type: ignore[arg-type]
    )


def products() -> list[Product]:
    return [
        product("juice", "Orange juice", price=300, stock=5),
        product("cider", "Apple cider", price=400),
        product("tea", "Green tea", price=250),
        product("coffee", "Ground coffee", price=700),
        product("rye", "Rye bread", "Bread", price=320),
        product("bun", "Sesame bun", "Bread", price=90),
        product("soap", "Lavender soap", "Home", price=150),
        product("sponge", "Kitchen sponge", "Home", price=80),
    ]


SOLD = {"coffee": 9.0, "bun": 30.0, "juice": 4.0}
OWNERS = ["juice", "juice", "cider", "tea", "coffee", "rye", "bun"]
"""Of each picture; juice has two, soap and sponge none."""
ANGLES = [0.0, 60.0, 10.0, 55.0, 90.0, 180.0, 185.0]
"""Degrees in a plane: which pictures look alike."""


def angle(degrees: float) -> Floats:
    """The unit vector [8] of a picture in that direction."""
    found = np.zeros(8, np.float32)
    found[:2] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return found


def jpeg(shade: int, side: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (shade, shade, shade)).save(stream, "JPEG")
    return stream.getvalue()


def looks() -> Looks:
    return Looks.build(np.stack([angle(each) for each in ANGLES]), OWNERS, [jpeg(20 * n) for n in range(len(OWNERS))])


def vectors(some: list[Product]) -> Floats:
    return unit(ENCODER.encode([text_of(each) for each in some]))


def index() -> SearchIndex:
    made = SearchIndex.build(products(), vectors(products()), popularity=SOLD)
    made.looks = looks()
    made.suggestions = [
        Suggestion("juice", "colour", "orange", 0.9, "https://shop.example/juice.jpg"),
        Suggestion("juice", "pack_type", "carton", 0.8, "https://shop.example/juice.jpg"),
        Suggestion("tea", "colour", "green", 0.7, "tea.jpg"),
    ]
    return made


def ask(some: SearchIndex, text: str, **more: object) -> Answer:
    return some.words.search(Query(text=text, **more), ENCODER)  # type: ignore[arg-type]
