"""A small shop whose products have drawn pictures, and its index, made without weights in milliseconds."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_core.money import Money
from merx_models.pictures.head import first_head
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.model import Classes, PictureModel
from merx_models.pictures.views import Pixels, crops
from merx_models.search_index import Looks, SearchIndex, text_of
from merx_models.search_index.suggestions import Suggestion
from merx_models.search_index.thumbnails import thumbnail
from tests.unit.models.pictures.drawn import encoded, thing
from tests.unit.models.words.shop import HashedWords

Floats = NDArray[np.float32]
ODD = "a/b ü"
"""An id that a path can only hold in disguise."""
SHAPES = {"BALLS": "disc", "BOXES": "box"}
PARENTS = {"BALLS": "TOYS", "BOXES": "HOME", "JUICE": "DRINKS", "COFFEE": "DRINKS"}
SOLD = {"coffee": 90.0, "juice-apple": 80.0, "ball-blue": 70.0, "box-red": 60.0, "ball-red": 50.0}


def made(product_id: str, title: str, shelf: str, *, price: int | None = None, **more: object) -> Product:
    path = (PARENTS[shelf], shelf) if shelf else ()
    money = None if price is None else Money(price, "EUR")
    told = {"stock": 5, **more}
    return Product(product_id=product_id, title=title, category=path, price=money, **told)  # type: ignore[arg-type]


def products() -> list[Product]:
    """The green ball is out of stock; the kettle has no price, no brand and no category."""
    north, contoso, red, blue = "Northwind", "Contoso", {"colour": "red"}, {"colour": "blue"}
    return [
        made("ball-red", "Red ball", "BALLS", price=500, brand=north, attributes=red),
        made("ball-blue", "Blue ball", "BALLS", price=700, brand=contoso, attributes=blue),
        made("ball-green", "Green ball", "BALLS", price=900, brand=contoso, in_stock=False, stock=0),
        made("box-red", "Red storage box", "BOXES", price=1500, brand=north, attributes=red),
        made("box-blue", "Blue storage box", "BOXES", price=1200, brand=contoso, attributes=blue),
        made(ODD, "Yellow storage box", "BOXES", price=1300, brand=north, attributes={"a~b/c": "yes"}),
        made("juice-orange", "Orange juice", "JUICE", price=300, brand="Fabrikam"),
        made("juice-apple", "Apple juice", "JUICE", price=250, brand="Fabrikam"),
        made("coffee", "Ground coffee", "COFFEE", price=900, brand="Fabrikam"),
        made("tea", "绿茶 龙井", "COFFEE", price=2000, brand="Fabrikam"),
        made("kettle", "Gooseneck kettle", ""),
    ]


PICTURED = {
    "ball-red": ("red", "disc"),
    "ball-blue": ("blue", "disc"),
    "ball-green": ("green", "disc"),
    "box-red": ("red", "box"),
    "box-blue": ("blue", "box"),
    ODD: ("yellow", "box"),
}


def picture_of(product_id: str) -> bytes:
    return encoded(drawing_of(product_id))


def drawing_of(product_id: str) -> Pixels:
    colour, shape = PICTURED[product_id]
    return thing(colour, shape)


class Mosaic:
    """A network without weights: the colours of 8 x 8 patches."""

    name, size = "mosaic", 32

    def features(self, views: Pixels) -> Floats:
        patches = views.reshape(len(views), 8, 4, 8, 4, 3).mean(axis=(2, 4))
        return np.asarray(patches.reshape(len(views), -1) / 255, np.float32)


@lru_cache
def picture_model(*, joint: bool = True) -> PictureModel:
    """Tells balls from boxes, as drawn with any seed below 3."""
    network = Mosaic()
    drawn = [(thing(colour, shape, seed=seed), shape) for colour, shape in PICTURED.values() for seed in range(3)]
    names = tuple(SHAPES)
    labels = np.array([list(SHAPES.values()).index(shape) for _, shape in drawn], np.int64)
    attributes = {"coarse": tuple(PARENTS[name] for name in names), "pack": ("net", "")}
    views = np.stack([network.features(crops(picture, network.size)).mean(axis=0) for picture, _ in drawn])
    model = PictureModel(network, first_head(views, labels, dim=16), Classes(names, attributes))
    if joint:
        told = [product for product in products() if product.product_id in PICTURED]
        texts = HashedWords().encode([text_of(product) for product in told])
        model.joint = JointSpace.fit(model.embed([drawing_of(each.product_id) for each in told]), texts)
    return model


def index(*, pictures: bool = True, joint: bool = True) -> SearchIndex:
    made_of = products()
    found = SearchIndex.build(made_of, encode([text_of(product) for product in made_of]), popularity=SOLD)
    if pictures:
        found.pictures = picture_model(joint=joint)
        drawings = [drawing_of(product_id) for product_id in PICTURED]
        vectors = found.pictures.embed(drawings)
        found.looks = Looks.build(vectors, list(PICTURED), [thumbnail(drawing) for drawing in drawings])
        found.suggestions = [
            Suggestion("ball-red", "pattern", "plain", 0.9, "ball-red.png"),
            Suggestion("gone", "pattern", "plain", 0.8, "gone.png"),
            Suggestion("box-red", "pattern", "striped", 0.6, "box-red.png"),
            Suggestion("kettle", "category", "HOME", 0.5, "kettle.png"),
        ]
    return found


def encode(texts: Sequence[str]) -> Floats:
    return HashedWords().encode(texts)
