"""Values read from pictures for gaps of the catalogue: where each comes from, and that none stands against it."""

from pathlib import Path

import pytest

from merx_core.catalogue import Product
from merx_models.pictures.model import Guess
from merx_models.search_index.suggestions import (
    Suggestion,
    read_suggestions,
    suggestions_for,
    write_suggestions,
)

TOLD = {
    "category": (Guess("Juice", 0.97), Guess("Tea", 0.02)),
    "colour": (Guess("orange", 0.81234),),
    "pattern": (Guess("plain", 0.4),),
}


def of(product: Product, least: float = 0.6) -> dict[str, Suggestion]:
    found = suggestions_for(product, TOLD, picture="https://shop.example/p.jpg", least=least)
    return {each.attribute: each for each in found}


def product(**more: object) -> Product:
    return Product(product_id="p", title="Juice", **more)  # type: ignore[arg-type]


class TestAGap:
    def test_the_likeliest_value_is_suggested_with_its_confidence_and_picture(self) -> None:
        assert of(product())["colour"] == Suggestion("p", "colour", "orange", 0.8123, "https://shop.example/p.jpg")
        assert of(product())["category"].value == "Juice"

    def test_what_the_model_is_not_sure_of_is_not_suggested(self) -> None:
        assert set(of(product())) == {"category", "colour"}
        assert set(of(product(), least=0.9)) == {"category"}
        assert set(of(product(), least=0.0)) == {"category", "colour", "pattern"}

    def test_an_attribute_that_stands_there_without_a_value_is_one(self) -> None:
        assert "colour" in of(product(attributes={"colour": ""}))


class TestWhatTheCatalogueSays:
    @pytest.mark.parametrize("name", ["colour", "Colour", "COLOUR", "color", "Color"])
    def test_a_value_that_it_has_is_never_suggested_against(self, name: str) -> None:
        assert "colour" not in of(product(attributes={name: "red"}))

    def test_a_category_path_is_a_category(self) -> None:
        assert set(of(product(category=("Food",)))) == {"colour"}

    def test_the_product_itself_stays_as_it_was(self) -> None:
        one = product(attributes={"size": "1 l"})
        of(one)
        assert one.attributes == {"size": "1 l"}


class TestKept:
    def test_the_surest_come_first_and_what_is_written_is_read(self, tmp_path: Path) -> None:
        low, high = Suggestion("a", "colour", "red", 0.7, "drawn"), Suggestion("b", "colour", "blue", 0.9, "b.jpg")
        write_suggestions(tmp_path, [low, high, Suggestion("a", "category", "Tea", 0.7, "drawn")])
        assert [(each.product_id, each.attribute) for each in read_suggestions(tmp_path)] == [
            ("b", "colour"),
            ("a", "category"),
            ("a", "colour"),
        ]
        assert read_suggestions(tmp_path)[2] == low

    def test_none_at_all_are_kept_too(self, tmp_path: Path) -> None:
        write_suggestions(tmp_path, [])
        assert read_suggestions(tmp_path) == []
