"""Products by their pictures: what is near, filters, words that change a picture, small pictures."""

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from merx_models.pictures.head import Head
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.model import Classes, PictureModel
from merx_models.pictures.views import Pixels
from merx_models.search_index import LookQuery, Looks, SearchIndex
from merx_models.search_index.looks import Floats, Mask
from merx_models.search_index.thumbnails import SIDE, Thumbnails, thumbnail
from merx_models.words.columns import OneOf, Sort
from tests.unit.models.search_index.small_index import angle, index, jpeg, looks


@pytest.fixture
def shop() -> SearchIndex:
    return index()


class TestNearest:
    def test_a_product_stands_once_by_the_best_of_its_pictures(self) -> None:
        names, scores = looks().nearest(angle(57)[None], 3)
        assert names == ["tea", "juice", "coffee"]
        assert scores[1] == pytest.approx(np.cos(np.radians(3)), abs=1e-5)  # float32

    def test_only_pictures_that_are_allowed_count(self) -> None:
        held = looks()
        allowed = np.array([owner != "tea" for owner in held.owners])
        assert held.nearest(angle(57)[None], 2, allowed=allowed)[0] == ["juice", "coffee"]

    def test_a_product_that_was_deleted_is_not_found_by_any_of_its_pictures(self) -> None:
        held = looks()
        held.delete(["juice", "nobody"])
        assert "juice" not in held
        assert held.nearest(angle(0)[None], 10)[0] == ["cider", "tea", "coffee", "bun", "rye"]
        assert len(held) == 5

    def test_as_many_owners_as_vectors_are_wanted(self) -> None:
        with pytest.raises(ValueError, match="2 vectors, 1 owners"):
            Looks.build(np.eye(2, dtype=np.float32), ["a"], [b"", b""])


class TestSaved:
    def test_what_was_saved_is_loaded_with_its_small_pictures(self, tmp_path: Path) -> None:
        held = looks()
        held.delete(["tea"])
        held.save(tmp_path)
        loaded = Looks.load(tmp_path)
        assert loaded.nearest(angle(57)[None], 3)[0] == held.nearest(angle(57)[None], 3)[0]
        assert loaded.thumbnail("rye") == jpeg(100)
        assert loaded.thumbnail("juice") == jpeg(0), "the first of its pictures"

    @pytest.mark.parametrize("name", ["a\nb", "a\r\nb", 'quote"d', "back\\slash", "ä 茶"])
    def test_whatever_an_id_is_made_of_pictures_stay_those_of_their_products(self, tmp_path: Path, name: str) -> None:
        Looks.build(np.eye(3, dtype=np.float32), ["first", name, "last"], [jpeg(n) for n in range(3)]).save(tmp_path)
        loaded = Looks.load(tmp_path)
        assert loaded.owners == ["first", name, "last"]
        assert loaded.nearest(np.eye(3, dtype=np.float32)[2:], 1)[0] == ["last"]

    def test_no_picture_at_all_is_saved_and_loaded_too(self, tmp_path: Path) -> None:
        Looks.build(np.zeros((0, 4), np.float32), [], []).save(tmp_path)
        assert len(Looks.load(tmp_path)) == 0


class TestLookalikes:
    def test_they_are_other_products_like_it_in_any_of_its_pictures(self, shop: SearchIndex) -> None:
        names, scores = shop.lookalikes("juice", 2)
        assert names == ["tea", "cider"]
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)

    def test_filters_hold_for_them(self, shop: SearchIndex) -> None:
        assert set(shop.lookalikes("juice", 9, filters=[OneOf("category", ["Bread"])])[0]) == {"rye", "bun"}

    def test_a_product_without_a_picture_has_none(self, shop: SearchIndex) -> None:
        with pytest.raises(KeyError):
            shop.lookalikes("soap", 3)


class TestLook:
    def test_products_that_look_like_the_picture_are_counted_sorted_and_paged(self, shop: SearchIndex) -> None:
        query = LookQuery(picture=angle(0), facets=["category"], sort=Sort("price"), start=1, size=2)
        answer = shop.look(query)
        assert answer.ids == ("tea", "juice"), "the second and third by price of those with a picture"
        assert answer.total == 6
        assert answer.facets["category"] == {"Food": 6, "Drinks": 4, "Bread": 2}
        assert answer.method == "picture"

    def test_filters_leave_only_what_passes_them(self, shop: SearchIndex) -> None:
        answer = shop.look(LookQuery(picture=angle(0), filters=[OneOf("category", ["Bread"])]))
        assert answer.ids == ("bun", "rye")

    def test_without_any_picture_the_answer_is_empty_and_names_its_facets(self, shop: SearchIndex) -> None:
        shop.looks = None
        answer = shop.look(LookQuery(picture=angle(0), facets=["brand"]))
        assert (answer.ids, answer.total, answer.facets) == ((), 0, {"brand": {}})

    def test_words_move_a_picture_in_the_space_that_they_share(self, shop: SearchIndex) -> None:
        shop.pictures = model_with_space(shop)
        query = LookQuery(picture=angle(0), text=text_towards(90), words=1.0)
        answer = shop.look(query)
        assert answer.method == "picture_and_words"
        assert answer.ids[0] == "coffee"
        assert shop.look(LookQuery(picture=angle(0), text=text_towards(90), words=0.0)).ids[0] == "juice"

    def test_without_such_a_space_the_picture_alone_counts(self, shop: SearchIndex) -> None:
        answer = shop.look(LookQuery(picture=angle(0), text=text_towards(90), words=1.0))
        assert (answer.method, answer.ids[0]) == ("picture", "juice")

    def test_a_change_waits_until_the_answer_is_whole(self, shop: SearchIndex) -> None:
        """The catalogue deletes a product between the finding of its picture and the answer."""
        held = Meanwhile(shop)
        shop.looks = held
        assert "cider" in shop.look(LookQuery(picture=angle(0))).ids
        held.deleting.join()
        assert "cider" not in shop.look(LookQuery(picture=angle(0))).ids


class Meanwhile(Looks):
    """Once a picture is being looked up, another thread sets about deleting a product."""

    def __init__(self, shop: SearchIndex) -> None:
        held = looks()
        super().__init__(held.index, held.owners, held.thumbnails)
        self.deleting = threading.Thread(target=shop.delete, args=(["cider"],))

    def nearest(self, vectors: Floats, k: int, *, allowed: Mask | None = None) -> tuple[list[str], Floats]:
        found = super().nearest(vectors, k, allowed=allowed)
        if self.deleting.ident is None:
            self.deleting.start()
            self.deleting.join(0.05)
        return found


class NoNetwork:
    name, size = "none", 8

    def features(self, views: Pixels) -> Floats:
        raise AssertionError("nothing is read here")


def text_towards(degrees: float) -> Floats:
    """The vector of a text that describes pictures in that direction."""
    return np.roll(angle(degrees), 3)


def model_with_space(shop: SearchIndex) -> PictureModel:
    assert shop.looks is not None
    directions = [angle(each) for each in range(0, 360, 5)]
    space = JointSpace.fit(np.stack(directions), np.stack([text_towards(each) for each in range(0, 360, 5)]))
    head = Head(np.eye(8, dtype=np.float32), np.zeros(8, np.float32), np.eye(8, dtype=np.float32)[:1], 1.0)
    return PictureModel(NoNetwork(), head, Classes(("any",)), joint=space)


class TestThumbnails:
    @pytest.mark.parametrize("shape", [(400, 300), (300, 1200), (40, 30)])
    def test_no_side_is_longer_than_the_page_shows_and_small_ones_stay(self, shape: tuple[int, int]) -> None:
        made = Image.open(io.BytesIO(thumbnail(np.full((*shape, 3), 200, np.uint8))))
        assert made.format == "JPEG"
        assert max(made.size) == min(SIDE, max(shape))

    def test_those_that_come_later_follow_those_of_the_file(self, tmp_path: Path) -> None:
        held = Thumbnails()
        held.extend([b"one", b"", b"three"])
        held.save(tmp_path)
        loaded = Thumbnails.load(tmp_path)
        loaded.extend([b"four"])
        assert [loaded[number] for number in range(len(loaded))] == [b"one", b"", b"three", b"four"]
        loaded.save(tmp_path / "again")
        assert Thumbnails.load(tmp_path / "again")[3] == b"four"
