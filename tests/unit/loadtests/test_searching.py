import random
from typing import Any

import pytest

from loadtests.searching import Ask, filtered, misspelt, offered, prefixes, query, words_of, wrong

BODY = {"query": "mug", "size": 2}


def item(product: str, **shown: Any) -> dict[str, Any]:
    return {"product_id": product, "title": "Mug", **shown}


def answer(*items: dict[str, Any], **told: Any) -> dict[str, Any]:
    return {"items": list(items), **told}


class TestTyping:
    def test_words_are_letters_and_long_enough(self) -> None:
        assert words_of("Mug, 0.3 l of stoneware & KORK-8") == ["mug", "stoneware", "kork"]

    def test_a_query_is_words_of_one_title_in_their_order(self) -> None:
        chance = random.Random(7)
        queries = {query(["Blue enamel mug"], chance) for _ in range(500)}
        assert {"blue", "enamel mug", "blue enamel mug"} < queries
        assert "mug enamel" not in queries

    def test_some_queries_are_misspelt(self) -> None:
        chance = random.Random(7)
        queries = [query(["stoneware"], chance) for _ in range(1_000)]
        assert 0.1 < sum(each != "stoneware" for each in queries) / len(queries) < 0.2

    def test_the_same_seed_types_the_same(self) -> None:
        one, other = (random.Random(3) for _ in range(2))
        assert [query(["Blue enamel mug"], one) for _ in range(20)] == [
            query(["Blue enamel mug"], other) for _ in range(20)
        ]

    def test_titles_without_words_give_no_query(self) -> None:
        assert query(["4711"], random.Random(7)) == ""
        assert query([], random.Random(7)) == ""

    @pytest.mark.parametrize("word", ["mug", "stoneware"])
    def test_a_misspelling_is_near_and_keeps_the_first_letter(self, word: str) -> None:
        chance = random.Random(7)
        for _ in range(50):
            made = misspelt(word, chance)
            assert made[0] == word[0]
            assert abs(len(made) - len(word)) <= 1

    def test_every_letter_from_the_third_is_a_request_and_a_space_is_none(self) -> None:
        assert list(prefixes("tea pot")) == ["tea", "tea p", "tea po", "tea pot"]

    def test_a_short_query_is_typed_at_once(self) -> None:
        assert list(prefixes("mg")) == ["mg"]
        assert list(prefixes("")) == [""]


class TestChoosing:
    def test_a_value_comes_from_the_facets_of_the_answer(self) -> None:
        facets = {"brand": [{"value": "Campfire", "count": 2}], "category": []}
        assert offered(answer(item("1"), facets=facets), random.Random(7)) == ("brand", "Campfire")

    def test_nothing_is_chosen_from_an_answer_to_something_else(self) -> None:
        facets = {"brand": [{"value": "Campfire", "count": 2}]}
        assert offered(answer(item("1"), facets=facets, recovery=["popular"]), random.Random(7)) is None
        assert offered(answer(facets=facets), random.Random(7)) is None

    def test_an_answer_without_facets_offers_nothing(self) -> None:
        assert offered(answer(item("1")), random.Random(7)) is None

    @pytest.mark.parametrize(("facet", "field"), [("brand", "brands"), ("category", "categories")])
    def test_a_value_becomes_a_filter(self, facet: str, field: str) -> None:
        assert filtered(BODY, facet, "Campfire") == {**BODY, "filters": {field: ["Campfire"]}}


class TestWrong:
    def test_what_keeps_its_filter_is_right(self) -> None:
        ask = Ask(filtered(BODY, "brand", "Campfire"), chosen=True)
        assert wrong(ask, answer(item("1", brand="Campfire"))) == ""

    def test_another_brand_is_wrong(self) -> None:
        ask = Ask(filtered(BODY, "brand", "Campfire"), chosen=True)
        assert wrong(ask, answer(item("1", brand="Campfire"), item("2"))) == "2 is of '', not of ['Campfire']"

    @pytest.mark.parametrize("found", [answer(), answer(item("1", brand="Hearth"), recovery=["filters"])])
    def test_an_offered_value_that_finds_nothing_is_wrong(self, found: dict[str, Any]) -> None:
        assert wrong(Ask(filtered(BODY, "brand", "Campfire"), chosen=True), found).startswith("nothing has")

    def test_what_is_sold_out_is_wrong_unless_the_filters_were_left_out(self) -> None:
        assert wrong(Ask(BODY), answer(item("1", in_stock=False))) == "1 is sold out"
        assert wrong(Ask(BODY), answer(item("1", in_stock=False), recovery=["filters"])) == ""

    def test_a_picture_finds_its_product_among_the_first_ten(self) -> None:
        ask = Ask({"size": 20}, sought="11")
        assert wrong(ask, answer(*(item(str(number)) for number in range(2, 12)))) == ""
        assert wrong(ask, answer(*(item(str(number)) for number in range(1, 12)))) != ""

    def test_a_product_of_an_earlier_page_is_wrong(self) -> None:
        assert wrong(Ask(BODY, shown=frozenset({"1"})), answer(item("1"))) == "1 was on an earlier page"

    def test_more_than_was_asked_for_is_wrong(self) -> None:
        assert wrong(Ask(BODY), answer(item("1"), item("2"), item("3"))) == "3 products, asked for 2"

    def test_nothing_found_for_words_is_an_answer(self) -> None:
        assert wrong(Ask(BODY), answer()) == ""
