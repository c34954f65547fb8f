"""A fusion is learned from the features that it will rank by."""

import numpy as np
import pytest

from merx_models.words.features import COLUMNS
from merx_models.words.queries import Query
from merx_pipelines.indexing.learning import judged_query
from merx_search.domain import SearchQuery
from merx_search.schemas import IN_STOCK
from tests.unit.search import shop
from tests.unit.search.house import House


@pytest.mark.parametrize("typed", ["storage box", "Red  BALL", "oragne juice"])
async def test_features_at_training_are_those_at_serving(typed: str) -> None:
    """The service explains what it ranked by; a query is judged under the words that were searched."""
    house = House()
    results = await house.finder.search(SearchQuery(text=typed, always=(IN_STOCK,)), budget_s=1.0)
    searched = results.searched or typed
    words = house.index.words
    vector = shop.encode([searched])[0]
    found = words.candidates(words.read(Query(text=searched, always=(IN_STOCK,), correct_spelling=False)), vector)
    names = words.table.names(found.rows.tolist())
    explained = await house.finder.explain(SearchQuery(text=typed, always=(IN_STOCK,)), names, budget_s=1.0)
    served = [[value for _, value, _ in why.features] for why in explained.items]
    trained = judged_query(house.index, searched, {}, vector).features
    assert len(names) > 1
    assert [name for name, _, _ in explained.items[0].features] == list(COLUMNS)
    np.testing.assert_array_equal(trained, np.array(served, np.float32))
    assert {hit.product_id for hit in results.hits} <= set(names)
