import math
from dataclasses import replace

import numpy as np
import pytest

from merx_recommendation.domain import Picks, Query, Rules
from merx_recommendation.errors import ModelNotReady, UnknownProduct
from tests.unit.recommendation.fakes import FixedShelves, InMemoryCatalogue
from tests.unit.recommendation.house import House


async def ask(house: House, **query: object) -> Picks:
    """The list for a request without chance."""
    asked = replace(Query(request_id="r1", explore=False), **query)  # type: ignore[arg-type]
    return await house.recommender.recommend(asked)


@pytest.fixture
def house() -> House:
    return House()


def ids(picks: Picks) -> list[str]:
    return [pick.product_id for pick in picks.items]


class TestKnownShoppers:
    async def test_a_history_makes_the_list_personal(self, house: House) -> None:
        picks = await ask(house, profile_id="c:42", size=5)
        assert picks.strategy == "personal"
        assert picks.degraded == ()
        assert picks.model_version == "recommendation/1"
        assert len(picks.items) == 5

    async def test_what_was_bought_before_says_so(self, house: House) -> None:
        picks = await ask(house, profile_id="c:42", size=30)
        again = next(pick for pick in picks.items if pick.product_id == "p3")
        assert again.source == "repeat"
        assert again.reasons[0].code == "bought_before"

    async def test_every_channel_reads_the_same_profile(self, house: House) -> None:
        lists = [ids(await ask(house, profile_id="c:42", channel=channel)) for channel in ("web", "app", "shop")]
        assert lists[0] == lists[1] == lists[2]


class TestOthers:
    async def test_a_session_counts_before_any_event_arrived(self, house: House) -> None:
        picks = await ask(house, profile_id="a:new", recent=("p6",), size=5)
        assert picks.strategy == "session"

    async def test_a_product_page_is_about_its_product_and_never_shows_it(self, house: House) -> None:
        picks = await ask(house, placement="product", page=("p6",), size=30)
        assert picks.strategy == "session"
        assert "p6" not in ids(picks)
        together = next(pick for pick in picks.items if pick.source == "neighbours")
        assert together.reasons[0] == ("bought_together", "p6")

    async def test_a_segment_stands_in_for_a_history(self, house: House) -> None:
        picks = await ask(house, profile_id="c:7")
        assert picks.strategy == "segment"
        assert picks.items[0].reasons[0].code == "popular_in_segment"

    async def test_a_stranger_gets_what_sells(self, house: House) -> None:
        for profile in (None, "a:never seen"):
            picks = await ask(house, profile_id=profile)
            assert picks.strategy == "popular"
            assert len(picks.items) == 20


class TestRules:
    async def test_out_of_stock_and_excluded_products_are_never_shown(self, house: House) -> None:
        picks = await ask(house, size=100, exclude=("p0", "p1", "nobody"))
        assert set(ids(picks)) == {f"p{row}" for row in range(30) if row % 3 != 2} - {"p0", "p1"}

    async def test_filters_hold_for_pins_too(self, house: House) -> None:
        picks = await ask(house, size=3, pin=("p2", "p9", "p4"), rules=Rules(categories=("EVEN",)))
        assert ids(picks)[0] == "p4"
        assert all(int(product[1:]) % 2 == 0 for product in ids(picks))

    async def test_a_narrow_filter_is_filled_from_the_whole_catalogue(self, house: House) -> None:
        picks = await ask(house, size=10, rules=Rules(price_min=2500, price_max=2900))
        assert set(ids(picks)) == {"p24", "p25", "p27", "p28"}

    async def test_pins_lead_and_buried_products_come_last(self, house: House) -> None:
        picks = await ask(house, size=100, pin=("p4", "p0"), bury=("p28", "p27"))
        assert ids(picks)[:2] == ["p4", "p0"]
        assert ids(picks)[-2:] == ["p28", "p27"]

    async def test_candidates_limit_the_list(self, house: House) -> None:
        picks = await ask(house, only=("p9", "p3", "p2", "nobody", "p9"))
        assert ids(picks) == ["p9", "p3"]

    async def test_ten_thousand_exclusions_are_as_good_as_one(self, house: House) -> None:
        picks = await ask(house, exclude=(*(f"x{row}" for row in range(9_999)), "p28"))
        assert "p28" not in ids(picks)
        assert len(picks.items) == 19


class TestExploration:
    async def test_the_place_left_to_chance_carries_its_probability(self) -> None:
        house = House(size=1000, model_size=1000)
        drawn = []
        for request in range(40):
            picks = await house.recommender.recommend(Query(request_id=f"request-{request}", size=10))
            drawn += [(place, pick) for place, pick in enumerate(picks.items) if pick.source == "explore"]
        assert drawn
        assert {place for place, _ in drawn} == {9}
        assert {round(pick.propensity, 4) for _, pick in drawn} == {0.001}

    async def test_the_same_request_draws_the_same_product(self, house: House) -> None:
        first, second = [await house.recommender.recommend(Query(request_id="again", size=10)) for _ in range(2)]
        assert first == second

    async def test_a_product_newer_than_the_model_gets_its_chance(self) -> None:
        house = House(size=33, model_size=30)
        picks = await house.recommender.recommend(Query(request_id="r", size=10))
        assert picks.items[9].product_id in {"p30", "p31"}
        assert picks.items[9].propensity == pytest.approx(0.5)

    async def test_nothing_is_left_to_chance_where_the_caller_says_so(self, house: House) -> None:
        picks = await ask(house, size=20)
        assert {pick.propensity for pick in picks.items} == {1.0}


class TestExposures:
    async def test_what_was_shown_is_noted_with_scores_and_features(self, house: House) -> None:
        picks = await ask(house, profile_id="c:42", placement="cart", size=4)
        (exposure,) = house.exposures.kept
        assert [item.product_id for item in exposure.items] == ids(picks)
        assert [item.position for item in exposure.items] == [0, 1, 2, 3]
        assert (exposure.request_id, exposure.placement, exposure.profile_id) == ("r1", "cart", "c:42")
        assert exposure.model_version == "recommendation/1"
        assert len(exposure.features) == 40


class TestFallbacks:
    async def test_features_away_is_named_and_answered(self, house: House) -> None:
        house.profiles.away = True
        picks = await ask(house, profile_id="c:42")
        assert picks.degraded == ("features_unavailable",)
        assert picks.strategy == "popular"
        assert len(picks.items) == 20

    async def test_features_away_leaves_the_session(self, house: House) -> None:
        house.profiles.away = True
        assert (await ask(house, profile_id="c:42", recent=("p3",))).strategy == "session"

    @pytest.mark.parametrize("fault", ["broken", "failing"])
    async def test_a_ranker_that_fails_is_replaced_by_sales(self, house: House, fault: str) -> None:
        setattr(house.model, fault, True)
        picks = await ask(house, profile_id="c:42", size=5)
        assert picks.degraded == ("ranking_failed",)
        assert all(math.isfinite(pick.score) for pick in picks.items)
        assert ids(picks)[0] == "p0"

    async def test_before_the_first_model_the_best_sellers_are_shown(self) -> None:
        house = House(model_size=None)
        picks = await ask(house, profile_id="c:42", size=3)
        assert ids(picks) == ["p0", "p1", "p3"]
        assert picks.strategy == "popular"
        assert picks.degraded == ("model_unavailable",)
        assert picks.model_version == "popular"

    async def test_an_empty_catalogue_gives_an_empty_list(self, house: House) -> None:
        for shelves in (FixedShelves(), FixedShelves(InMemoryCatalogue(0)), FixedShelves(None, house.model)):
            house.recommender._shelves = shelves
            picks = await ask(house, profile_id="c:42", page=("p1",), pin=("p2",))
            assert picks.items == ()
            assert picks.degraded == ("model_unavailable", "catalogue_empty")

    async def test_a_catalogue_of_other_products_than_the_model_knows_is_still_sold(self, house: House) -> None:
        house.recommender._shelves = FixedShelves(InMemoryCatalogue(9, prefix="new"), house.model)
        picks = await ask(house, profile_id="c:42")
        assert len(picks.items) == 6
        assert all(product.startswith("new") for product in ids(picks))

    async def test_what_is_wrong_with_the_shelf_is_passed_on(self, house: House) -> None:
        house.shelves.degraded = ("registry_unavailable",)
        assert (await ask(house)).degraded == ("registry_unavailable",)


class TestSimilar:
    def test_products_like_it_without_itself(self, house: House) -> None:
        picks = house.recommender.similar("p6", size=3, rules=Rules(), request_id="r")
        assert ids(picks) == ["p7", "p9", "p10"]
        assert picks.items[0].reasons[0] == ("bought_together", "p6")

    def test_an_unknown_product_is_refused(self, house: House) -> None:
        with pytest.raises(UnknownProduct):
            house.recommender.similar("nobody", size=3, rules=Rules(), request_id="r")

    def test_a_product_that_the_model_does_not_know_gets_best_sellers(self) -> None:
        house = House(size=31, model_size=None)
        picks = house.recommender.similar("p30", size=2, rules=Rules(), request_id="r")
        assert ids(picks) == ["p0", "p1"]


class TestRank:
    async def test_scores_stand_in_the_order_asked_and_unknown_products_score_nothing(self, house: House) -> None:
        query = Query(request_id="r", only=("p2", "nobody", "p20", "p2"), free=True, size=4)
        ranked = await house.recommender.rank(query)
        assert ranked.scores == pytest.approx([4 / 32, 0.0, 22 / 32, 4 / 32])


class TestExplain:
    async def test_the_parts_of_a_score_add_up(self, house: House) -> None:
        query = Query(request_id="r", profile_id="c:42", page=("p3",))
        explained = await house.recommender.explain(query, ("p3", "p2", "nobody"))
        assert explained.products == ("p3", "p2")
        assert explained.unknown == ("nobody",)
        for part in explained.parts:
            # float32 sums of 40 numbers
            assert part.base + float(np.sum(part.contributions)) == pytest.approx(part.score, abs=1e-5)

    async def test_without_a_model_there_is_nothing_to_explain(self) -> None:
        with pytest.raises(ModelNotReady):
            await House(model_size=None).recommender.explain(Query(request_id="r"), ("p1",))
