import pytest
from prometheus_client import REGISTRY

from merx_models.pictures.colour import Colour
from merx_models.pictures.decoding import PictureRefused as Refused
from merx_models.pictures.model import Guess, Look
from merx_search.domain import Pixels, Recognised
from merx_search.errors import EncoderUnavailable, PictureRefused, PicturesUnavailable
from merx_search.service.pictures import SURE, PictureReader, model_of, recognised
from tests.unit.search import shop
from tests.unit.search.fakes import HashedEncoders, NearDecoder

INDEX = shop.index()
RED_BOX = shop.picture_of("box-red")


class TiredDecoder:
    async def decode(self, data: bytes) -> Pixels:
        raise Refused("timeout", "not decoded within 5 s")


def reader() -> PictureReader:
    return PictureReader(NearDecoder(), HashedEncoders())


def refusals(reason: str) -> float:
    return REGISTRY.get_sample_value("merx_search_pictures_refused_total", {"reason": reason}) or 0.0


class TestSeeing:
    async def test_a_picture_becomes_pixels_features_and_a_unit_vector(self) -> None:
        seen = await reader().see(INDEX, RED_BOX)
        assert seen.pixels.shape == (96, 96, 3)
        assert seen.features.shape[:2] == (1, 4)
        assert float(seen.vector @ seen.vector) == pytest.approx(1.0, abs=1e-5)  # float32

    async def test_a_refusal_says_where_it_stood_and_why_and_is_counted(self) -> None:
        before = refusals("timeout")
        with pytest.raises(PictureRefused) as refused:
            await PictureReader(TiredDecoder(), HashedEncoders()).see(INDEX, RED_BOX, pointer="/photo")
        assert refused.value.detail == "not decoded within 5 s (timeout)"
        assert [error.pointer for error in refused.value.errors] == ["/photo"]
        assert refusals("timeout") == before + 1

    async def test_an_encoder_that_fails_is_a_refusal_for_now(self) -> None:
        encoders = HashedEncoders()
        encoders.failing = {"pictures"}
        with pytest.raises(EncoderUnavailable):
            await PictureReader(NearDecoder(), encoders).see(INDEX, RED_BOX)

    async def test_nothing_is_decoded_for_an_index_that_reads_no_pictures(self) -> None:
        bare = shop.index(pictures=False)
        with pytest.raises(PicturesUnavailable):
            await reader().see(bare, b"not even a picture")
        with pytest.raises(PicturesUnavailable):
            model_of(bare)


class TestLooking:
    async def test_it_tells_classes_what_the_catalogue_says_of_them_and_colours(self) -> None:
        look = await reader().look(INDEX, RED_BOX, top=1)
        assert {name: told[0].value for name, told in look.attributes.items() if told} == {
            "category": "BOXES",
            "coarse": "HOME",
            "pack": "net",
        }
        assert {len(told) for told in look.attributes.values()} == {1}
        assert look.colours[0].name == "red"


class TestRecognising:
    LOOK = Look(
        {
            "category": (Guess("BALLS", SURE), Guess("BOXES", 1 - SURE)),
            "pattern": (Guess("striped", SURE - 0.01), Guess("plain", 0.2)),
        },
        (Colour("red", SURE, (200, 20, 30)), Colour("white", 1 - SURE, (255, 255, 255))),
    )

    def test_only_what_is_sure_and_asked_for(self) -> None:
        assert recognised(self.LOOK, ("category", "pattern", "unheard of")) == {
            "category": (Recognised("BALLS", SURE),)
        }
        assert recognised(self.LOOK, ()) == {}

    def test_the_largest_colour_where_it_covers_most_of_the_thing(self) -> None:
        assert recognised(self.LOOK, ("colour",)) == {"colour": (Recognised("red", SURE),)}
        spotted = Look({}, (Colour("red", SURE - 0.01, (200, 20, 30)),))
        assert recognised(spotted, ("colour",)) == {}

    def test_a_colour_that_the_catalogue_knows_of_its_classes_comes_first(self) -> None:
        known = Look({"colour": (Guess("crimson", 0.9),)}, self.LOOK.colours)
        assert recognised(known, ("colour",)) == {"colour": (Recognised("crimson", 0.9),)}
