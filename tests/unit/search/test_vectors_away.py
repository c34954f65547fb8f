"""Text vectors that lie in a store which does not answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from merx_models.search_index import SearchIndex, text_of
from merx_search.domain import SearchQuery
from tests.unit.models.vectors.in_memory_store import InMemoryStore
from tests.unit.search import shop
from tests.unit.search.house import House
from tests.unit.search.installed import Installed, until
from tests.unit.search.log import Log


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


def fallbacks() -> float:
    return REGISTRY.get_sample_value("merx_search_fallbacks_total", {"reason": "vectors_unavailable"}) or 0.0


class TestAnAnswer:
    @pytest.fixture
    def house(self, store: InMemoryStore) -> House:
        products = shop.products()
        vectors = shop.encode([text_of(product) for product in products])
        return House(SearchIndex.build(products, vectors, popularity=shop.SOLD, store=store))

    async def test_is_that_of_an_index_with_its_own_vectors(self, house: House) -> None:
        own = House(shop.index(pictures=False))
        for text in ("blue box", "storage", "porcelain"):
            query = SearchQuery(text=text, facets=("brand",))
            one, other = [await each.finder.search(query, budget_s=1.0) for each in (house, own)]
            assert [hit.product_id for hit in one.hits] == [hit.product_id for hit in other.hits]
            assert (one.total, one.facets, one.degraded) == (other.total, other.facets, other.degraded)

    async def test_is_by_words_alone_while_the_store_is_away_and_says_so(
        self, house: House, store: InMemoryStore
    ) -> None:
        store.away = True
        before = fallbacks()
        results = await house.finder.search(SearchQuery(text="blue box"), budget_s=1.0)
        assert results.hits[0].product_id == "box-blue"
        assert {leg for hit in results.hits for leg in hit.legs} == {"words"}
        assert "vectors_unavailable" in results.degraded
        assert fallbacks() == before + 1

    async def test_is_explained_by_words_alone(self, house: House, store: InMemoryStore) -> None:
        store.away = True
        explained = await house.finder.explain(SearchQuery(text="blue box"), ["box-blue"], budget_s=1.0)
        assert explained.items[0].found
        assert explained.items[0].legs == ("words",)
        assert "vectors_unavailable" in explained.degraded

    async def test_without_a_text_the_store_is_not_asked(self, house: House, store: InMemoryStore) -> None:
        store.away = True
        results = await house.finder.search(SearchQuery(), budget_s=1.0)
        assert results.hits
        assert "vectors_unavailable" not in results.degraded


class TestAnIndex:
    @pytest.fixture
    def installed(self, tmp_path: Path, store: InMemoryStore) -> Iterator[Installed]:
        made = Installed(tmp_path / "home", store=store)
        yield made
        made.close()

    def test_follows_the_log_beside_its_collection(self, installed: Installed) -> None:
        version = installed.publish(shop.products())
        installed.log.append(Log().upsert("lamp", "Brass lamp").events())
        installed.look()
        until(lambda: installed.found("brass lamp") == ["lamp"])
        assert (installed.version, installed.keeper.degraded) == (version.label, ())

    def test_goes_into_service_without_its_vectors_and_says_so_until_they_answer(
        self, installed: Installed, store: InMemoryStore
    ) -> None:
        version = installed.publish(shop.products())
        store.away = True
        installed.look()
        assert installed.version == version.label
        assert installed.found("blue box")[0] == "box-blue"
        assert installed.keeper.degraded == ("vectors_unavailable",)
        store.away = False
        installed.look()
        assert not installed.keeper.degraded

    def test_whose_collection_is_gone_is_damaged(self, installed: Installed, store: InMemoryStore) -> None:
        first = installed.publish(shop.products())
        installed.look()
        installed.publish(shop.products()[:3])
        store.drop("c1")
        installed.look()
        assert (installed.version, installed.keeper.degraded) == (first.label, ("model_damaged",))

    def test_that_has_its_vectors_in_a_store_is_damaged_for_who_has_none(
        self, installed: Installed, tmp_path: Path
    ) -> None:
        installed.publish(shop.products())
        installed.store = None
        installed.slot = installed._slot()
        installed.keeper = installed.kept()
        installed.look()
        assert installed.version == "log"
        assert "model_damaged" in installed.keeper.degraded
