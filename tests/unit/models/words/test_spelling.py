"""Spelling by the catalogue's own words."""

from pathlib import Path

import pytest

from merx_models.words.spelling import Speller

COUNTS = {"red": 50, "kids": 40, "snacks": 30, "towels": 30, "kitchen": 60, "television": 900, "televison": 1, "rod": 3}


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(COUNTS)


class TestCorrection:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("red kids snaks", "red kids snacks"),
            ("kitcehn towels", "kitchen towels"),
            ("redkids snacks", "red kids snacks"),
            ("kitchen tow els", "kitchen towels"),
            ("KITCHN", "kitchen"),
        ],
    )
    def test_unknown_words_become_the_near_known_ones(self, speller: Speller, typed: str, meant: str) -> None:
        correction = speller.correct(typed)
        assert (correction.text, correction.sure) == (meant, True)

    @pytest.mark.parametrize("typed", ["red kids snacks", "kdl-40v2500", "kitchen 330mll", "rad", "qwertzuiop", ""])
    def test_known_short_and_hopeless_words_and_model_numbers_stay(self, speller: Speller, typed: str) -> None:
        correction = speller.correct(typed)
        assert (correction.text, correction.changed) == (typed, ())

    def test_a_rare_known_word_is_a_question(self, speller: Speller) -> None:
        correction = speller.correct("televison")
        assert (correction.text, correction.sure) == ("television", False)

    def test_a_new_product_teaches_its_words_at_once(self) -> None:
        speller = Speller(COUNTS)
        assert speller.correct("kitchan").changed
        speller.learn(["kitchan"])
        assert not Speller(speller.counts | {"kitchen": 1}).correct("kitchan").changed
        assert not speller.correct("kitchan").changed

    def test_comes_back_from_disk_the_same(self, speller: Speller, tmp_path: Path) -> None:
        speller.save(tmp_path)
        assert Speller.load(tmp_path).correct("snaks").text == "snacks"
