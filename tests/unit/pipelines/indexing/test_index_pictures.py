"""Pictures to vectors, small pictures and suggestions: what is read, in which order, and what is only counted."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from merx_core.catalogue import Product
from merx_models.pictures.decoding import PictureLimits, decode
from merx_models.pictures.model import PictureModel
from merx_models.search_index import Looks
from merx_models.search_index.suggestions import Suggestion, read_suggestions
from merx_pipelines import profiles
from merx_pipelines.folders import Folders
from merx_pipelines.steps import index_pictures
from tests.unit.pipelines.indexing.made_catalogue import (
    TINY,
    changed,
    products,
    settings_in,
    write_pictures,
    written,
)


def run(
    home: Path,
    some: Sequence[Product],
    *,
    profile: str = "tiny",
    sold: dict[str, float] | None = None,
    drawn: bool = False,
    **settings: object,
) -> Folders:
    """Reads the pictures that lie in home/pictures."""
    made = written(home, some, sold)
    index_pictures.run(made, made.pictures, profile=profile, drawn=drawn, settings=settings_in(home, **settings))
    return made


def report(made: Folders) -> dict[str, object]:
    told: dict[str, object] = json.loads((made.pictures / index_pictures.REPORT).read_text())
    return told


def suggested(made: Folders) -> dict[tuple[str, str], Suggestion]:
    return {(each.product_id, each.attribute): each for each in read_suggestions(made.pictures)}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Twenty-four products with a picture each; the catalogue does not say what one of them is."""
    home = tmp_path_factory.mktemp("shop")
    write_pictures(home / "pictures", products())
    return run(home, [*changed(products()[:1], category=()), *products()[1:]], least_confidence=0.3)


class TestPictures:
    def test_every_product_can_be_found_by_its_picture(self, read: Folders) -> None:
        looks = Looks.load(read.pictures / index_pictures.LOOKS)
        assert sorted(looks.owners) == sorted(product.product_id for product in products())
        assert report(read) == {"wanted": 24, "read": 24, "refused": {}}
        assert all(looks.nearest(looks.vectors_of(name)[:1], 1)[0] == [name] for name in looks.owners)

    def test_each_has_a_small_picture(self, read: Folders) -> None:
        looks = Looks.load(read.pictures / index_pictures.LOOKS)
        assert all((looks.thumbnail(name) or b"").startswith(b"\xff\xd8\xff") for name in looks.owners)

    def test_the_model_tells_the_catalogues_categories_apart(self, read: Folders) -> None:
        model = PictureModel.load(read.pictures / index_pictures.MODEL)
        assert model.classes.names == ("Box", "Disc")
        assert model.classes.attributes["coarse"] == ("Toys", "Toys")
        assert model.joint is not None

    def test_the_network_that_a_deployment_has_reads_them(self, read: Folders) -> None:
        model = PictureModel.load(read.pictures / index_pictures.MODEL)
        assert model.backbone.name == "resnet50"
        written_by = (read.pictures / index_pictures.MODEL / "network.onnx").read_bytes()
        assert written_by == (read.pictures.parent / "own.onnx").read_bytes()

    def test_the_same_again_gives_the_same(self, read: Folders, tmp_path: Path) -> None:
        write_pictures(tmp_path / "pictures", products())
        again = run(tmp_path, [*changed(products()[:1], category=()), *products()[1:]], least_confidence=0.3)
        for name in ("suggestions.jsonl", "model/head.npz", "looks/thumbnails.bin", "looks/owners.txt"):
            assert (again.pictures / name).read_bytes() == (read.pictures / name).read_bytes(), name
        first, second = (Looks.load(made.pictures / index_pictures.LOOKS).index for made in (read, again))
        assert (first.vectors_at(first.live_rows()) == second.vectors_at(second.live_rows())).all()


class TestCareful:
    @pytest.mark.parametrize("careful", [False, True])
    def test_a_product_lies_where_its_picture_is_seen(
        self, careful: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(profiles.INDEX_PROFILES, "other", replace(TINY, name="other", careful=careful))
        write_pictures(tmp_path / "pictures", products())
        made = run(tmp_path, products(), profile="other")
        looks = Looks.load(made.pictures / index_pictures.LOOKS)
        model = PictureModel.load(made.pictures / index_pictures.MODEL)
        name = looks.owners[0]
        pixels = decode((tmp_path / "pictures" / f"{name}.png").read_bytes(), PictureLimits(side=index_pictures.SIDE))
        seen = model.embed([pixels], careful=careful)
        assert looks.vectors_of(name) @ seen[0] == pytest.approx(1.0, abs=1e-4)


class TestSuggestions:
    def test_each_says_of_which_product_what_how_surely_and_from_which_picture(self, read: Folders) -> None:
        told = suggested(read)["disc-red-0", "colour"]
        assert (told.value, told.picture) == ("red", "disc-red-0.png")
        assert 0.3 <= told.confidence <= 1.0

    def test_a_category_is_suggested_only_where_the_catalogue_has_none(self, read: Folders) -> None:
        assert {name for name, attribute in suggested(read) if attribute == "category"} == {"disc-red-0"}

    def test_a_value_that_the_catalogue_has_stays_alone(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "pictures", products())
        stating = changed(products()[:5], attributes={"colour": "scarlet"})
        told = suggested(run(tmp_path, [*stating, *products()[5:]], least_confidence=0.0))
        assert not any((product.product_id, "colour") in told for product in stating)
        assert all((product.product_id, "colour") in told for product in products()[5:])

    @pytest.mark.parametrize("category", [(), ("Everything",)])
    def test_without_two_categories_none_is_made_up_and_pictures_are_compared_all_the_same(
        self, tmp_path: Path, category: tuple[str, ...]
    ) -> None:
        write_pictures(tmp_path / "pictures", products())
        some = [*changed(products()[:20], category=category), *changed(products()[20:], category=())]
        made = run(tmp_path, some, least_confidence=0.0)
        assert len(Looks.load(made.pictures / index_pictures.LOOKS)) == 24
        assert {attribute for _, attribute in suggested(made)} == {"colour", "pattern"}


class TestWhatIsRefused:
    def test_it_is_counted_by_its_reason_and_stops_nothing(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "pictures", products())
        (tmp_path / "pictures" / "text.png").write_text("hello")
        whole = (tmp_path / "pictures" / products()[0].pictures[0]).read_bytes()
        (tmp_path / "pictures" / "cut.png").write_bytes(whole[: len(whole) // 2])
        (tmp_path / "pictures" / "empty.png").write_bytes(b"")
        addresses = [
            "text.png",
            "cut.png",
            "empty.png",
            "none.png",
            "../own.onnx",
            "https://shop.example/a.png",
            "http://[",
        ]
        bad = [
            Product(product_id=f"bad-{number}", title="Bad", pictures=(address,))
            for number, address in enumerate(addresses)
        ]
        made = run(tmp_path, [*products(), *bad])
        assert report(made) == {
            "wanted": 31,
            "read": 24,
            "refused": {
                "format_not_accepted": 1,
                "damaged": 1,
                "empty": 1,
                "not_there": 1,
                "outside_the_folder": 1,
                "host_not_allowed": 1,
                "not_an_address": 1,
            },
        }
        assert not any(name.startswith("bad") for name in Looks.load(made.pictures / index_pictures.LOOKS).owners)

    def test_too_few_that_can_be_read_make_no_picture_search(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "pictures", products()[: index_pictures.FEWEST - 1])
        made = run(tmp_path, products())
        assert report(made)["refused"] == {"not_there": 5}
        assert not (made.pictures / index_pictures.LOOKS).exists()
        assert not (made.pictures / index_pictures.MODEL).exists()

    def test_a_catalogue_without_pictures_has_nothing_to_read(self, tmp_path: Path) -> None:
        made = run(tmp_path, changed(products(), pictures=()))
        assert report(made) == {"wanted": 0, "read": 0, "refused": {}}
        assert [path.name for path in made.pictures.iterdir()] == [index_pictures.REPORT]


class TestABudget:
    def test_the_best_sold_are_read_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(profiles.INDEX_PROFILES, "few", replace(TINY, name="few", pictures=20))
        write_pictures(tmp_path / "pictures", products())
        sold = {product.product_id: 100.0 - place for place, product in enumerate(reversed(products()))}
        without = [Product(product_id="bestseller", title="No picture")]
        made = run(tmp_path, [*without, *products()], profile="few", sold={**sold, "bestseller": 1_000.0})
        owners = Looks.load(made.pictures / index_pictures.LOOKS).owners
        assert owners == [product.product_id for product in reversed(products())][:20]


class TestDrawn:
    def test_products_without_a_picture_are_drawn_and_what_is_read_from_that_says_so(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "pictures", products())
        tins = changed(products(), attributes={"pack_type": "tin"})
        some = [*changed(tins[:2], pictures=()), *tins[2:]]
        made = run(tmp_path, some, drawn=True, least_confidence=0.0)
        assert report(made) == {"wanted": 24, "read": 24, "refused": {}}
        told = suggested(made)
        assert told[some[0].product_id, "colour"].picture == "drawn"
        assert told[some[2].product_id, "colour"].picture == some[2].pictures[0]
        classes = PictureModel.load(made.pictures / index_pictures.MODEL).classes
        assert classes.attributes["pack_type"] == ("tin", "tin"), "the catalogue's word before that of the drawing"
