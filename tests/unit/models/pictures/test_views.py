import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merx_models.pictures.views import NEARER, NEARER_ON_PLAIN, Changes, changed, crops, on_plain, product_mask, whole
from tests.unit.models.pictures.drawn import thing

STILL = Changes(least_area=1.0, stretch=1.0, turn_degrees=0.0, mirror=0.0, light=0.0, erase=0.0, replace_background=0.0)


class TestWhole:
    @given(height=st.integers(8, 120), width=st.integers(8, 120), zoom=st.floats(1.0, 2.0))
    @settings(max_examples=40, deadline=None)
    def test_any_picture_becomes_a_square(self, height: int, width: int, zoom: float) -> None:
        picture = np.full((height, width, 3), 77, np.uint8)
        view = whole(picture, 32, zoom=zoom)
        assert view.shape == (32, 32, 3)
        assert (view == 77).all()

    def test_a_wide_picture_keeps_its_sides(self) -> None:
        picture = np.zeros((40, 80, 3), np.uint8)
        picture[:, :8], picture[:, -8:] = 255, 255
        row = whole(picture, 80)[40, :, 0]
        assert row[0] == row[-1] == 255
        assert row[40] == 0

    def test_zoom_shows_the_middle(self) -> None:
        picture = np.zeros((64, 64, 3), np.uint8)
        picture[16:48, 16:48] = 255
        assert whole(picture, 32, zoom=2.0).mean() > 240

    def test_four_crops_are_two_and_their_mirrors(self) -> None:
        four = crops(thing("red"), 64)
        assert four.shape == (4, 64, 64, 3)
        assert (four[2] == four[0][:, ::-1]).all()
        assert (four[3] == four[1][:, ::-1]).all()

    def test_in_a_photograph_the_nearer_view_goes_to_the_middle_and_before_a_plain_ground_it_keeps_the_product(
        self,
    ) -> None:
        before_something, on_white = thing("red", on_white=False), thing("red")
        assert (crops(before_something, 64)[1] == whole(before_something, 64, zoom=NEARER)).all()
        assert (crops(on_white, 64)[1] == whole(on_white, 64, zoom=NEARER_ON_PLAIN)).all()

    def test_a_ground_is_plain_in_any_colour_and_where_the_product_touches_the_edge(self) -> None:
        picture = np.full((50, 50, 3), 12, np.uint8)
        picture[:, 18:32] = (240, 10, 90)  # 28 of about 200 pixels of the border
        assert on_plain(picture)
        picture[:, 5:45] = (240, 10, 90)
        assert not on_plain(picture)


class TestChanged:
    def test_without_changes_it_is_the_picture(self) -> None:
        picture = thing("red", side=64)
        view = changed(picture, 64, np.random.default_rng(0), changes=STILL)
        assert np.abs(view.astype(int) - picture).max() <= 1  # rounding

    def test_one_seed_one_view(self) -> None:
        first, second, other = (
            changed(thing("red"), 48, np.random.default_rng(seed), changes=Changes()) for seed in (1, 1, 2)
        )
        assert (first == second).all()
        assert (first != other).any()

    def test_mirroring_mirrors(self) -> None:
        picture = thing("red", side=64)
        mirrored = Changes(
            least_area=1.0, stretch=1.0, turn_degrees=0.0, mirror=1.0, light=0.0, erase=0.0, replace_background=0.0
        )
        view = changed(picture, 64, np.random.default_rng(0), changes=mirrored)
        assert np.abs(view.astype(int) - picture[:, ::-1]).max() <= 1

    def test_what_is_white_behind_a_product_is_replaced(self) -> None:
        behind = np.full((64, 64, 3), (10, 200, 10), np.uint8)
        elsewhere = Changes(
            least_area=1.0, stretch=1.0, turn_degrees=0.0, mirror=0.0, light=0.0, erase=0.0, replace_background=1.0
        )
        view = changed(thing("red", side=64), 64, np.random.default_rng(0), changes=elsewhere, backgrounds=[behind])
        assert not (view > 240).all(axis=2).any()
        assert view[0, 0, 1] > 150
        assert (np.abs(view.astype(int) - (200, 25, 35)).max(axis=2) < 5).any()

    def test_a_photograph_keeps_its_background(self) -> None:
        photograph = thing("red", on_white=False)
        assert product_mask(photograph) is None

    def test_the_mask_is_the_product(self) -> None:
        picture = thing("blue", "box")
        mask = product_mask(picture)
        assert mask is not None
        assert (mask == (picture != 255).any(axis=2)).all()

    @pytest.mark.parametrize("value", [255, 254])
    def test_a_white_sheet_has_no_product(self, value: int) -> None:
        assert product_mask(np.full((32, 32, 3), value, np.uint8)) is None
