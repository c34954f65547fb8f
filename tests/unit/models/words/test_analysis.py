"""Text to terms: sizes, model numbers, plurals, Chinese, synonyms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_models.words.analysis import Synonyms, analyse, is_model, normalise, stem
from merx_models.words.sizes import base_unit, canonical, take_sizes


class TestSizes:
    @pytest.mark.parametrize("text", ["1.5 l", "1,5L", "1500 ml", "150 cl", "1.5-liter", "1.5 litres", "1.5升"])
    def test_one_size_is_one_term_however_it_is_written(self, text: str) -> None:
        assert analyse(text).terms == ("1500ml",)

    @pytest.mark.parametrize(
        ("text", "sizes"),
        [
            ("6x330ml", ("6pc", "330ml")),
            ("6 \u00d7 330 ml", ("6pc", "330ml")),
            ("pack of 6", ("6pc",)),
            ("2.0 cu . ft.", ("2cuft",)),
            ("12 fl. oz", ("12floz",)),
            ('27" wide', ("27in",)),
            ("27\u2033", ("27in",)),
            ("6 ft", ("72in",)),
            ("1 tb", ("1000gb",)),
            ("500 mg", ("0.5g",)),
            ("2 斤", ("1000g",)),
            ("1 lb", ("16oz",)),
        ],
    )
    def test_units_of_one_family_have_one_base(self, text: str, sizes: tuple[str, ...]) -> None:
        assert analyse(text).sizes == sizes

    @pytest.mark.parametrize("text", ["2 in 1", "iphone 15", "kdl-40v2500", "3 months", "model 5 gs"])
    def test_what_only_looks_like_a_size_is_none(self, text: str) -> None:
        assert analyse(text).sizes == ()

    @pytest.mark.parametrize(
        ("number", "grams"),
        [("1,500", "1500g"), ("1,5", "1.5g"), ("1.500,5", "1500.5g"), ("1,500.5", "1500.5g"), ("1.2.3", "1.2g")],
    )
    def test_commas_and_points_mean_what_a_label_means(self, number: str, grams: str) -> None:
        assert canonical(number, "g") == grams

    def test_metric_and_imperial_stay_apart(self) -> None:
        assert base_unit(canonical("12", "oz")) != base_unit(canonical("340", "g"))

    def test_the_rest_of_the_text_stays(self) -> None:
        assert take_sizes("cola 330 ml can").rest.split() == ["cola", "can"]


class TestModelNumbers:
    @pytest.mark.parametrize("text", ["f8n044-slv", "F8N044SLV", "f8n044.slv"])
    def test_hyphens_change_no_model_number(self, text: str) -> None:
        assert analyse(text).models == ("f8n044slv",)

    def test_parts_are_terms_too(self) -> None:
        assert {"dvd2930ci", "2930ci", "dvd"} <= set(analyse("dvd-2930ci").terms)

    @pytest.mark.parametrize(("token", "model"), [("a1", False), ("2008", False), ("226540", True), ("mp3x", True)])
    def test_short_tokens_and_years_are_none(self, token: str, model: bool) -> None:
        assert is_model(token) is model

    def test_a_decimal_is_a_number(self) -> None:
        assert analyse("version 4.5").terms == ("version", "4.5")


class TestWords:
    @pytest.mark.parametrize(
        ("plural", "singular"),
        [("shoes", "shoe"), ("dishes", "dish"), ("boxes", "box"), ("batteries", "battery"), ("tvs", "tv")],
    )
    def test_plural_and_singular_are_one_term(self, plural: str, singular: str) -> None:
        assert stem(plural) == stem(singular)

    @pytest.mark.parametrize("word", ["glass", "bus", "gas", "is", "tennis"])
    def test_an_s_that_is_no_plural_stays(self, word: str) -> None:
        assert stem(word) == word

    def test_case_accents_and_width_change_nothing(self) -> None:
        assert analyse("CR\u00c8ME BR\u00dbL\u00c9E").terms == analyse("creme brulee").terms
        assert analyse("\uff29\uff30\uff28\uff2f\uff2e\uff25").terms == ("iphone",)

    def test_a_hyphenated_word_meets_the_word_written_in_one(self) -> None:
        assert "tshirt" in analyse("T-Shirts").terms

    def test_chinese_is_cut_into_words(self) -> None:
        assert {"耐克", "运动", "运动鞋"} <= set(analyse("耐克运动鞋").terms)

    @given(st.text(max_size=200))
    def test_any_text_is_analysed_and_normal_form_is_stable(self, text: str) -> None:
        assert all(analyse(text).terms)
        assert normalise(normalise(text)) == normalise(text)


class TestSynonyms:
    TABLE = Synonyms([("tv", "television"), ("air con", "air conditioner")], weight=0.5)

    def test_a_synonym_counts_less_than_what_was_typed(self) -> None:
        assert self.TABLE.expand(("sony", "tv")) == {"sony": 1.0, "tv": 1.0, "television": 0.5}

    def test_phrases_are_known_as_a_whole(self) -> None:
        assert self.TABLE.expand(("air", "con")) == {"air": 1.0, "con": 1.0, "conditioner": 0.5}
        assert self.TABLE.expand(("air", "pump")) == {"air": 1.0, "pump": 1.0}

    def test_a_word_typed_twice_counts_twice(self) -> None:
        assert self.TABLE.expand(("red", "red")) == {"red": 2.0}

    def test_refuses_a_weight_above_what_was_typed(self) -> None:
        with pytest.raises(ValueError, match="weighs"):
            Synonyms((), weight=1.5)
