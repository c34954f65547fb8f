"""A small catalogue with pictures of its own, as the steps of an index build hand it on; it needs no weights."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper

from merx_core.catalogue import Product
from merx_core.money import Money
from merx_models.search_index import text_of
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.profiles import IndexProfile
from merx_pipelines.steps.index_catalogue import ABOUT, PRODUCTS, SALES, About
from tests.unit.models.pictures.drawn import SHADES, encoded, thing
from tests.unit.models.words.shop import HashedWords

TINY = IndexProfile(name="tiny", encoded_texts=None, pictures=1_000, swatches=4)
EACH = 6


def products() -> list[Product]:
    """Discs and boxes in four colours: twenty-four things of two categories, each with a picture."""
    return [
        Product(
            product_id=f"{shape}-{colour}-{number}",
            title=f"{colour.capitalize()} {shape} number {number}",
            brand=f"Brand {number % 3}",
            category=("Toys", shape.capitalize()),
            price=Money(100 + number, "EUR"),
            pictures=(f"{shape}-{colour}-{number}.png",),
        )
        for shape in ("disc", "box")
        for colour in SHADES
        for number in range(EACH // 2)
    ]


def changed(some: Sequence[Product], **more: object) -> list[Product]:
    return [msgspec.structs.replace(product, **more) for product in some]


def write_catalogue(folder: Path, some: Sequence[Product], sold: Mapping[str, float] | None = None) -> Path:
    """What `index_catalogue` writes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PRODUCTS).write_bytes(msgspec.json.Encoder().encode_lines(some))
    (folder / SALES).write_text(json.dumps(sold or {}))
    (folder / ABOUT).write_text(json.dumps(asdict(About(head=41, products=len(some)))))
    return folder


def write_texts(folder: Path, some: Sequence[Product]) -> Path:
    """What `index_texts` writes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "vectors.npy", HashedWords().encode([text_of(product) for product in some]))
    about = {"encoder": "hashed-words", "least_cosine": 0.3, "encoded": len(some), "map_cosine": None}
    (folder / "texts.json").write_text(json.dumps(about))
    return folder


def write_pictures(folder: Path, some: Sequence[Product]) -> Path:
    """A picture for every product, under the name that the catalogue gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, product in enumerate(some):
        shape, colour, _ = product.product_id.split("-")
        (folder / product.pictures[0]).write_bytes(encoded(thing(colour, shape, side=64, seed=seed)))
    return folder


def write_network(path: Path) -> Path:
    """The mean colours of sixteen parts of a view: a network of no weights that a deployment could bring."""
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("AveragePool", ["x"], ["parts"], kernel_shape=[56, 56], strides=[56, 56]),
        helper.make_node("Flatten", ["parts"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "parts",
        [value("x", TensorProto.FLOAT, ["n", 3, 224, 224])],
        [value("y", TensorProto.FLOAT, ["n", 48])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def settings_in(home: Path, **more: object) -> IndexSettings:
    """Pictures lie in home/pictures and are read by a network of the deployment's own."""
    home.mkdir(parents=True, exist_ok=True)
    network = write_network(home / "own.onnx")
    return IndexSettings(
        home=home,
        picture_folder=home / "pictures",
        picture_backbone="resnet50",
        picture_network=network,
        **more,  # type: ignore[arg-type]
    )


def written(home: Path, some: Sequence[Product], sold: Mapping[str, float] | None = None) -> Folders:
    """Catalogue and texts are there; the others are where the steps will write."""
    return Folders(
        catalogue=write_catalogue(home / "catalogue", some, sold),
        texts=write_texts(home / "texts", some),
        pictures=home / "read",
        index=home / "index",
        check=home / "check",
    )
