import numpy as np
import pytest

from merx_models.pictures.colour import NAMED, colours, lab
from tests.unit.models.pictures.drawn import SHADES, thing


class TestLab:
    @pytest.mark.parametrize(
        ("srgb", "expected"),
        [
            ((255, 255, 255), (100, 0, 0)),
            ((0, 0, 0), (0, 0, 0)),
            ((255, 0, 0), (53.24, 80.09, 67.20)),
            ((0, 0, 255), (32.30, 79.19, -107.86)),
        ],
    )
    def test_known_values(self, srgb: tuple[int, int, int], expected: tuple[float, float, float]) -> None:
        found = lab(np.array([srgb], np.uint8))[0]
        assert found == pytest.approx(expected, abs=0.15)  # tables are printed for slightly different white points


class TestColours:
    @pytest.mark.parametrize("name", SHADES)
    @pytest.mark.parametrize("on_white", [True, False])
    def test_the_thing_is_named_not_the_wall(self, name: str, on_white: bool) -> None:
        first = colours(thing(name, "box", on_white=on_white))[0]
        assert first.name == name
        assert first.typical == pytest.approx(SHADES[name], abs=25)  # pixels at the edge are mixed

    def test_two_colours_are_told_by_their_share(self) -> None:
        picture = np.full((60, 60, 3), 255, np.uint8)
        picture[10:50, 10:38], picture[10:50, 38:50] = SHADES["blue"], SHADES["yellow"]
        found = colours(picture)
        assert [colour.name for colour in found] == ["blue", "yellow"]
        assert found[0].share == pytest.approx(0.7, abs=0.06)

    def test_a_little_dimmer_is_the_same_colour(self) -> None:
        picture = thing("red", "box").astype(float)
        assert colours((picture * 0.85).astype(np.uint8))[0].name == "red"

    @pytest.mark.parametrize("name", NAMED)
    def test_every_name_names_its_own_examples(self, name: str) -> None:
        for value in NAMED[name]:
            picture = np.zeros((16, 16, 3), np.uint8) + np.array(value, np.uint8)
            assert colours(picture)[0].name == name

    def test_shares_are_of_the_whole(self) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        found = colours(noise, least_share=0.0)
        assert sum(colour.share for colour in found) == pytest.approx(1.0)
        assert len(colours(noise, least_share=0.9)) == 1
