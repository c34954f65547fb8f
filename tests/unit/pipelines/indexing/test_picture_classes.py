"""Which categories a picture network tells apart."""

from collections.abc import Sequence

import numpy as np

from merx_core.catalogue import Product
from merx_pipelines.indexing.picture_classes import LEAST_PICTURES, NO_CLASS, labels_of, one_class


def some(count: int, *category: str, pack: str = "") -> list[Product]:
    attributes = {"pack_type": pack} if pack else {}
    return [Product(product_id="p", title="T", category=category, attributes=attributes) for _ in range(count)]


def pack_type(product: Product) -> str:
    return product.attributes.get("pack_type", "")


def named(products: Sequence[Product]) -> list[str]:
    """The class of each product, "" where it has none."""
    found = labels_of(products, pack_type)
    return ["" if number == NO_CLASS else found.classes.names[number] for number in found.numbers.tolist()]


class TestClasses:
    def test_a_product_is_of_its_narrowest_category(self) -> None:
        products = [*some(LEAST_PICTURES, "Food", "Bread"), *some(LEAST_PICTURES, "Food", "Fruit")]
        assert named(products) == ["Bread"] * LEAST_PICTURES + ["Fruit"] * LEAST_PICTURES
        assert labels_of(products, pack_type).classes.names == ("Bread", "Fruit"), "Food gave all its pictures away"

    def test_where_that_has_too_few_pictures_the_one_above_counts(self) -> None:
        products = [*some(LEAST_PICTURES, "Food", "Bread"), *some(LEAST_PICTURES - 1, "Food", "Fruit")]
        assert named(products) == ["Bread"] * LEAST_PICTURES + ["Food"] * (LEAST_PICTURES - 1)

    def test_a_product_of_a_rare_category_alone_and_one_without_any_are_of_none(self) -> None:
        assert named([*some(LEAST_PICTURES - 1, "Toys"), *some(9)]) == [""] * (LEAST_PICTURES + 8)

    def test_every_class_is_learned_from(self) -> None:
        products = [*some(5, "Food", "Bread"), *some(2, "Food", "Fruit"), *some(3, "Toys"), *some(8, "Home")]
        found = labels_of(products, pack_type)
        kept = found.numbers[found.numbers != NO_CLASS]
        assert np.unique(kept).tolist() == list(range(len(found.classes.names)))


class TestAttributes:
    def test_a_class_has_what_most_of_its_products_have(self) -> None:
        products = [*some(3, "Food", "Milk", pack="carton"), *some(2, "Food", "Milk", pack="bottle")]
        told = labels_of(products, pack_type).classes.attributes
        assert told == {"coarse": ("Food",), "pack_type": ("carton",)}

    def test_what_no_class_has_is_left_out(self) -> None:
        assert set(labels_of(some(5, "Food", "Milk"), pack_type).classes.attributes) == {"coarse"}


class TestOneClass:
    def test_where_there_are_no_classes_all_are_of_one(self) -> None:
        found = one_class(3)
        assert found.numbers.tolist() == [0, 0, 0]
        assert len(found.classes.names) == 1
