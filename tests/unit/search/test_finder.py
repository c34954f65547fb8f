from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from merx_models.words.columns import Between, OneOf, Sort
from merx_search.domain import Explained, Results, SearchQuery
from merx_search.errors import (
    EncoderUnavailable,
    IndexNotReady,
    NoPicture,
    PictureRefused,
    PicturesUnavailable,
    UnknownProduct,
)
from merx_search.schemas import IN_STOCK
from tests.unit.models.pictures.drawn import encoded, thing
from tests.unit.search import shop
from tests.unit.search.house import House

RED_BALL = shop.picture_of("ball-red")


@pytest.fixture
def house() -> House:
    return House()


async def find(house: House, text: str = "", *, budget_s: float = 1.0, **query: Any) -> Results:
    return await house.finder.search(SearchQuery(text=text, **query), budget_s=budget_s)


async def explain(house: House, text: str, *product_ids: str, **query: Any) -> Explained:
    return await house.finder.explain(SearchQuery(text=text, **query), product_ids, budget_s=1.0)


def ids(results: Results) -> list[str]:
    return [hit.product_id for hit in results.hits]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"merx_search_{name}_total", labels) or 0.0


class TestWords:
    async def test_both_legs_find_and_say_so(self, house: House) -> None:
        results = await find(house, "blue box")
        assert ids(results)[0] == "box-blue"
        assert results.hits[0].legs == ("words", "meaning")
        assert (results.version, results.method, results.degraded) == ("search/7", "rrf", ())
        assert house.encoders.encoded == ["blue box"]

    async def test_what_was_misspelt_is_searched_and_encoded_as_it_is_meant(self, house: House) -> None:
        results = await find(house, "oragne juice")
        assert (results.searched, results.recovery) == ("orange juice", ("spelling",))
        assert house.encoders.encoded == ["orange juice"]

    async def test_a_shopper_may_mean_what_they_type(self, house: House) -> None:
        results = await find(house, "oragne juice", correct_spelling=False)
        assert (results.searched, results.did_you_mean) == (None, "orange juice")
        assert house.encoders.encoded == ["oragne juice"]

    async def test_a_page_says_where_it_starts_and_how_many_there_are(self, house: House) -> None:
        whole, second = await find(house, "storage box"), await find(house, "storage box", start=1, size=1)
        assert ids(second) == ids(whole)[1:2]
        assert (second.start, second.total) == (1, whole.total)
        assert ids(await find(house, "storage box", start=10_000)) == []

    async def test_filters_and_facets_are_the_catalogues(self, house: House) -> None:
        contoso, columns = OneOf("brand", {"Contoso"}), ("brand", "attributes.colour")
        results = await find(house, "storage box", filters=(contoso,), facets=columns)
        assert ids(results) == ["box-blue"]
        assert results.facets == {"brand": {"Northwind": 2, "Contoso": 1}, "attributes.colour": {"blue": 1}}

    async def test_an_order_by_price_leaves_those_without_one_to_the_end(self, house: House) -> None:
        results = await find(house, sort=Sort("price"), size=100)
        assert ids(results)[:3] == ["juice-apple", "juice-orange", "ball-red"]
        assert ids(results)[-1] == "kettle"

    async def test_every_answer_is_counted_by_what_was_asked(self, house: House) -> None:
        before = counted("answers", asked="words", ordered_by="rrf")
        await find(house, "blue box")
        assert counted("answers", asked="words", ordered_by="rrf") == before + 1


class TestBrowsing:
    async def test_without_words_the_most_popular_come_first_and_nothing_is_encoded(self, house: House) -> None:
        results = await find(house, always=(IN_STOCK,), size=3)
        assert ids(results) == ["coffee", "juice-apple", "ball-blue"]
        assert results.method == "browse"
        assert results.total == len(shop.products()) - 1
        assert house.encoders.encoded == []

    @pytest.mark.parametrize("text", ["!?", "😀", " "])
    async def test_a_text_without_a_word_browses(self, house: House, text: str) -> None:
        results = await find(house, text)
        assert results.method == "browse"
        assert results.total == len(shop.products())


class TestRecovery:
    async def test_filters_that_leave_nothing_are_left_out_and_stock_stays(self, house: House) -> None:
        results = await find(house, "ball", filters=(Between("price", 9_000, None),), always=(IN_STOCK,))
        assert set(ids(results)) == {"ball-red", "ball-blue"}
        assert results.recovery == ("filters",)

    async def test_what_nobody_sells_is_answered_by_what_sells(self, house: House) -> None:
        before = counted("nothing_found", recovery="popular")
        results = await find(house, "zzzz qqqq", correct_spelling=False, size=1)
        assert (ids(results), results.recovery) == (["coffee"], ("popular",))
        assert counted("nothing_found", recovery="popular") == before + 1

    async def test_an_empty_shelf_is_counted_as_nothing(self, house: House) -> None:
        before = counted("nothing_found", recovery="nothing")
        assert (await find(house, filters=(OneOf("brand", {"Nobody"}),))).total == 0
        assert counted("nothing_found", recovery="nothing") == before + 1


class TestTaste:
    @pytest.mark.parametrize(("shopper", "first"), [("c:42", "box-blue"), ("c:1", "box-red")])
    async def test_a_shoppers_liking_breaks_a_tie(self, house: House, shopper: str, first: str) -> None:
        house.encoders.failing = {"texts"}  # words alone: the red and the blue box fit equally well
        results = await find(house, "storage box", profile_id=shopper, signals_off=("popularity", "stock"))
        assert ids(results)[0] == first

    async def test_it_may_take_no_longer_than_its_budget_and_that_of_the_request(self, house: House) -> None:
        await find(house, "ball", profile_id="c:42", budget_s=1.0)
        await find(house, "ball", profile_id="c:42", budget_s=0.002)
        assert house.profiles.asked == [("c:42", 0.015), ("c:42", 0.002)]

    async def test_switched_off_it_is_not_even_read(self, house: House) -> None:
        await find(house, "ball", profile_id="c:42", signals_off=("taste",))
        await find(house, "ball")
        assert house.profiles.asked == []

    async def test_without_features_the_answer_is_a_strangers_and_says_so(self, house: House) -> None:
        house.profiles.away = True
        before = counted("fallbacks", reason="features_unavailable")
        results = await find(house, "storage box", profile_id="c:42")
        assert results.degraded == ("features_unavailable",)
        assert ids(results) == ids(await find(house, "storage box"))
        assert counted("fallbacks", reason="features_unavailable") == before + 1


class TestWithoutAnEncoder:
    async def test_words_are_found_by_words_alone(self, house: House) -> None:
        house.encoders.failing = {"texts"}
        results = await find(house, "blue box")
        assert ids(results)[0] == "box-blue"
        assert {leg for hit in results.hits for leg in hit.legs} == {"words"}
        assert results.degraded == ("encoder_unavailable",)

    async def test_a_picture_is_refused_for_now(self, house: House) -> None:
        house.encoders.failing = {"pictures"}
        with pytest.raises(EncoderUnavailable):
            await find(house, image=RED_BALL)

    async def test_words_beside_a_picture_are_left_out(self, house: House) -> None:
        house.encoders.failing = {"texts"}
        results = await find(house, "blue", image=RED_BALL)
        assert (results.method, results.degraded) == ("picture", ("encoder_unavailable",))


class TestAPicture:
    async def test_it_finds_its_product_first_and_then_what_looks_like_it(self, house: House) -> None:
        results = await find(house, image=RED_BALL, size=3)
        assert ids(results)[0] == "ball-red"
        assert set(ids(results)) == {"ball-red", "ball-blue", "ball-green"}
        assert results.method == "picture"
        assert {hit.legs for hit in results.hits} == {("picture",)}
        assert house.encoders.encoded == []

    async def test_what_is_out_of_stock_is_left_out(self, house: House) -> None:
        assert "ball-green" not in ids(await find(house, image=RED_BALL, always=(IN_STOCK,)))

    async def test_words_change_it(self, house: House) -> None:
        results = await find(house, "blue box", image=RED_BALL, words=0.9)
        assert ids(results)[0] == "box-blue"
        assert results.method == "picture_and_words"
        assert results.hits[0].legs == ("picture", "words")
        assert ids(await find(house, "blue box", image=RED_BALL, words=0.0))[0] == "ball-red"

    async def test_without_a_space_for_both_the_words_are_ignored_and_it_says_so(self) -> None:
        results = await find(House(shop.index(joint=False)), "blue box", image=RED_BALL, words=0.9)
        assert ids(results)[0] == "ball-red"
        assert (results.method, results.degraded) == ("picture", ("words_ignored",))

    async def test_what_is_recognised_filters(self, house: House) -> None:
        results = await find(house, image=RED_BALL, by_picture=("category", "colour", "unheard of"))
        assert {name: told[0].value for name, told in results.recognised.items()} == {
            "category": "BALLS",
            "colour": "red",
        }
        assert ids(results) == ["ball-red"]

    async def test_what_the_catalogue_has_no_column_for_is_told_and_filters_nothing(self, house: House) -> None:
        results = await find(house, image=RED_BALL, by_picture=("pack",))
        assert results.recognised["pack"][0].value == "net"
        assert results.total == len(shop.PICTURED)

    async def test_filters_that_leave_nothing_are_left_out(self, house: House) -> None:
        results = await find(house, image=RED_BALL, filters=(OneOf("brand", {"Nobody"}),), always=(IN_STOCK,))
        assert results.recovery == ("filters",)
        assert ids(results)[0] == "ball-red"
        assert "ball-green" not in ids(results)

    async def test_where_nothing_is_found_either_way_nothing_was_recovered(self, house: House) -> None:
        house.index.looks = None
        results = await find(house, image=RED_BALL, filters=(OneOf("brand", {"Contoso"}),))
        assert (results.total, results.recovery) == (0, ())

    async def test_one_that_cannot_be_read_is_refused(self, house: House) -> None:
        with pytest.raises(PictureRefused, match="format_not_accepted"):
            await find(house, "ball", image=b"no picture")

    async def test_an_index_that_reads_none_says_so(self) -> None:
        with pytest.raises(PicturesUnavailable):
            await find(House(shop.index(pictures=False)), image=RED_BALL)

    async def test_a_new_picture_finds_its_kind(self, house: House) -> None:
        results = await find(house, image=encoded(thing("green", "box", seed=1), "JPEG"), size=1)
        assert ids(results)[0] in {"box-blue", "box-red", shop.ODD}


class TestExplaining:
    async def test_the_parts_add_up_to_the_score_of_the_answer(self, house: House) -> None:
        explained = await explain(house, "storage box", "box-red", "box-blue", profile_id="c:42")
        scores = {hit.product_id: hit.score for hit in (await find(house, "storage box", profile_id="c:42")).hits}
        for why in explained.items:
            assert why.found
            assert why.legs == ("words", "meaning")
            parts = sum(contribution for _, _, contribution in why.features)
            assert why.base + parts == pytest.approx(why.score, abs=1e-6)  # sums of float32
            assert why.score == pytest.approx(scores[why.product_id], abs=1e-6)

    async def test_a_product_that_the_words_do_not_bring_is_not_found(self, house: House) -> None:
        found = await explain(house, "storage box", "kettle", "gone", "box-red")
        assert [why.found for why in found.items] == [False, False, True]

    async def test_what_browses_has_no_parts(self, house: House) -> None:
        explained = await explain(house, "", "coffee")
        assert (explained.method, explained.searched) == ("browse", "")
        assert [why.found for why in explained.items] == [False]

    async def test_it_is_explained_as_it_was_searched(self, house: House) -> None:
        house.encoders.failing = {"texts"}
        explained = await explain(house, "oragne juice", "juice-orange")
        assert explained.searched == "orange juice"
        assert explained.degraded == ("encoder_unavailable",)
        assert explained.items[0].legs == ("words",)


class TestLookalikes:
    async def test_others_that_look_alike_best_first_and_never_itself(self, house: House) -> None:
        results = house.finder.lookalikes("ball-red", 2, always=())
        assert set(ids(results)) == {"ball-blue", "ball-green"}
        assert [hit.score for hit in results.hits] == sorted((hit.score for hit in results.hits), reverse=True)
        assert ids(house.finder.lookalikes("ball-red", 1, always=(IN_STOCK,))) == ["ball-blue"]

    async def test_a_product_that_there_is_not_is_said(self, house: House) -> None:
        with pytest.raises(UnknownProduct):
            house.finder.lookalikes("gone", 2, always=())

    async def test_one_without_a_picture_is_said(self, house: House) -> None:
        with pytest.raises(NoPicture):
            house.finder.lookalikes("coffee", 2, always=())
        with pytest.raises(NoPicture):
            House(shop.index(pictures=False)).finder.lookalikes("ball-red", 2, always=())

    async def test_a_deleted_product_looks_like_nothing(self, house: House) -> None:
        house.index.delete(["ball-blue"])
        assert "ball-blue" not in ids(house.finder.lookalikes("ball-red", 10, always=()))
        with pytest.raises(UnknownProduct):
            house.finder.lookalikes("ball-blue", 2, always=())


class TestTheIndex:
    async def test_before_the_first_one_every_call_is_refused(self) -> None:
        house = House(ready=False)
        assert not house.finder.ready
        with pytest.raises(IndexNotReady):
            await find(house, "ball")
        with pytest.raises(IndexNotReady):
            await explain(house, "ball", "ball-red")
        with pytest.raises(IndexNotReady):
            house.finder.lookalikes("ball-red", 2, always=())

    async def test_what_it_lacks_is_said_once_in_every_answer(self, house: House) -> None:
        standing = house.indexes.standing
        assert standing is not None
        house.indexes.standing = replace(standing, lacking=("pictures_unavailable",))
        house.indexes.degraded = ("log_unavailable", "pictures_unavailable")
        said = ("log_unavailable", "pictures_unavailable")
        assert (await find(house, "ball")).degraded == said
        assert (await explain(house, "ball", "ball-red")).degraded == said
        assert house.finder.lookalikes("ball-red", 2, always=()).degraded == said

    async def test_an_answer_is_of_one_index_though_another_takes_over_meanwhile(self, house: House) -> None:
        def swap() -> None:
            standing = house.indexes.standing
            assert standing is not None
            house.indexes.standing = replace(standing, index=shop.index(pictures=False), version="search/8")

        house.encoders.when_asked = swap
        assert (await find(house, "ball")).version == "search/7"
        assert (await find(house, "ball")).version == "search/8"
