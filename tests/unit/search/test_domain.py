import numpy as np
import pytest

from merx_core.features import ProfileFeatures
from merx_models.search_index.cards import Cards
from merx_search.domain import BRAND_SHARE, CATEGORY_SHARE, Liked, liking
from tests.unit.search import shop
from tests.unit.search.fakes import likes

CARDS = Cards()
CARDS.put(shop.products())


def card(product_id: str) -> Liked | None:
    return CARDS.get(product_id)


def taste(profile: ProfileFeatures, *product_ids: str) -> list[float]:
    return [float(value) for value in liking(profile, card)(product_ids)]


class TestLiking:
    def test_nothing_is_known_of_a_stranger(self) -> None:
        assert np.isnan(taste(likes("a:new"), "ball-red", "coffee")).all()

    def test_a_favourite_category_and_a_favourite_brand_add_up(self) -> None:
        fan = likes("c:1", category="BOXES", brand="Contoso")
        found = taste(fan, "box-blue", "box-red", "ball-blue", "coffee")
        assert found == pytest.approx([1.0, CATEGORY_SHARE, BRAND_SHARE, 0.0])

    def test_a_lesser_favourite_counts_in_proportion_to_the_strongest(self) -> None:
        weights = np.array([8.0, 2.0], np.float32)
        fan = ProfileFeatures("c:1", top_categories=("BALLS", "BOXES"), category_weights=weights)
        assert taste(fan, "ball-red", "box-red") == pytest.approx([CATEGORY_SHARE, CATEGORY_SHARE / 4])

    def test_what_was_bought_or_just_looked_at_is_liked_most_of_all(self) -> None:
        fan = ProfileFeatures("c:1", history_ids=("coffee",), recent_ids=("kettle",))
        assert taste(fan, "coffee", "kettle", "tea") == [1.0, 1.0, 0.0]

    def test_a_product_that_is_gone_is_liked_only_if_it_was_bought(self) -> None:
        assert taste(likes("c:1", category="BOXES", bought=("gone",)), "gone", "never there") == [1.0, 0.0]

    def test_no_products_have_no_liking(self) -> None:
        assert taste(likes("c:1", category="BOXES")) == []

    def test_weights_that_are_all_nothing_tell_nothing(self) -> None:
        fan = ProfileFeatures("c:1", top_brands=("Contoso",), brand_weights=np.zeros(1, np.float32))
        assert np.isnan(taste(fan, "box-blue")).all()
