"""Filters, facets, order and pages over columns."""

from pathlib import Path

import numpy as np
import pytest

from merx_core.catalogue import Product
from merx_core.money import Money
from merx_models.words.columns import Between, Columns, Entry, OneOf, Sort, UnknownColumn, entry_of, page


@pytest.fixture
def columns() -> Columns:
    return Columns(
        [
            Entry({"colour": ["red"], "category": ["shoes", "boots"]}, {"price": 10.0}),
            Entry({"colour": ["blue"], "category": ["shoes"]}, {"price": 30.0}),
            Entry({"colour": ["red", "blue"], "category": ["hats"]}, {}),
            Entry({}, {"price": 20.0}),
        ]
    )


class TestFilters:
    def test_labels_of_one_filter_are_alternatives_and_filters_add_up(self, columns: Columns) -> None:
        assert columns.allowed([OneOf("colour", ["red", "blue"])]).tolist() == [True, True, True, False]
        both = [OneOf("colour", ["red"]), OneOf("category", ["shoes"])]
        assert columns.allowed(both).tolist() == [True, False, False, False]

    def test_bounds_are_inclusive_and_a_missing_number_is_in_no_range(self, columns: Columns) -> None:
        assert columns.allowed([Between("price", 10, 20)]).tolist() == [True, False, False, True]
        assert columns.allowed([Between("price")]).tolist() == [True, True, False, True]

    @pytest.mark.parametrize("label", ["' OR 1=1 --", "__import__('os')", "", "red\x00"])
    def test_a_label_is_only_ever_a_value(self, columns: Columns, label: str) -> None:
        assert not columns.allowed([OneOf("colour", [label])]).any()

    @pytest.mark.parametrize("wanted", [OneOf("price", ["1"]), Between("colour", 1), OneOf("__class__", ["x"])])
    def test_an_unknown_column_or_one_of_another_kind_is_refused(
        self, columns: Columns, wanted: OneOf | Between
    ) -> None:
        with pytest.raises(UnknownColumn):
            columns.allowed([wanted])

    @pytest.mark.parametrize("bound", [float("nan"), float("inf")])
    def test_bounds_that_are_no_numbers_are_refused(self, bound: float) -> None:
        with pytest.raises(ValueError, match="finite"):
            Between("price", low=bound)


class TestFacets:
    def test_count_labels_most_first_then_by_name(self, columns: Columns) -> None:
        assert list(columns.facet("colour", np.ones(4, bool)).items()) == [("blue", 2), ("red", 2)]

    def test_few_rows_of_many_are_counted_as_many_are(self) -> None:
        rng = np.random.default_rng(0)
        columns, kinds = Columns(), [f"k{code}" for code in range(6)]
        for _ in range(2):  # rows that came later too
            entries = [
                Entry({"kind": [kinds[code] for code in rng.permutation(6)[: rng.integers(4)]]}) for _ in range(500)
            ]
            columns.extend(entries)
        for count in (0, 1, 7, 900):
            among = np.zeros(1_000, bool)
            among[rng.permutation(1_000)[:count]] = True
            every = {name: int((among & columns.allowed([OneOf("kind", frozenset({name}))])).sum()) for name in kinds}
            assert columns.facet("kind", among) == {name: many for name, many in every.items() if many}

    def test_a_facet_does_not_feel_its_own_filter(self, columns: Columns) -> None:
        filters = [OneOf("colour", ["red"]), OneOf("category", ["shoes"])]
        found = columns.facets(["colour", "category"], filters, np.ones(4, bool))
        assert found["colour"] == {"blue": 1, "red": 1}
        assert found["category"] == {"boots": 1, "hats": 1, "shoes": 1}

    def test_labels_of_no_row_are_left_out(self, columns: Columns) -> None:
        assert columns.facet("colour", np.array([True, False, False, False])) == {"red": 1}


class TestOrder:
    def test_cheaper_never_stands_lower_and_missing_numbers_stand_last(self, columns: Columns) -> None:
        rows = np.arange(4)
        assert columns.ordered(rows, Sort("price")).tolist() == [0, 3, 1, 2]
        assert columns.ordered(rows, Sort("price", "descending")).tolist() == [1, 3, 0, 2]

    def test_pages_join_without_gap_or_repeat(self) -> None:
        rows = np.arange(10)
        assert [row for start in range(0, 12, 3) for row in page(rows, start, 3)] == list(range(10))

    @pytest.mark.parametrize(("start", "size"), [(-1, 5), (0, -1), (0, 501)])
    def test_bounds_without_sense_are_refused(self, start: int, size: int) -> None:
        with pytest.raises(ValueError, match="page"):
            page(np.arange(3), start, size)


class TestChanges:
    def test_a_row_may_bring_columns_that_were_not_there(self, columns: Columns) -> None:
        columns.extend([Entry({"brand": ["Acme"], "colour": ["green"]}, {"weight": 1.0})])
        assert columns.allowed([OneOf("brand", ["Acme"])]).tolist() == [False] * 4 + [True]
        assert np.isnan(columns.numbers("weight")).tolist() == [True] * 4 + [False]
        assert np.isnan(columns.numbers("price"))[4]

    def test_come_back_from_disk_the_same(self, columns: Columns, tmp_path: Path) -> None:
        columns.extend([Entry({"attributes./../x": ["y"]})])
        columns.save(tmp_path)
        loaded = Columns.load(tmp_path)
        assert (len(loaded), loaded.label_columns) == (5, columns.label_columns)
        for wanted in (OneOf("colour", ["red"]), OneOf("attributes./../x", ["y"]), Between("price", 15)):
            assert loaded.allowed([wanted]).tolist() == columns.allowed([wanted]).tolist()

    def test_a_product_becomes_an_entry(self) -> None:
        product = Product(
            product_id="1", title="t", brand="B", category=("A", "A:C"), attributes={"colour": "red"},
            price=Money(199, "EUR"), stock=3,
        )  # fmt: skip
        entry = entry_of(product)
        assert entry.labels == {"brand": ["B"], "category": ["A", "A:C"], "attributes.colour": ["red"]}
        assert entry.numbers == {"price": 199.0, "stock": 3.0, "in_stock": 1.0}
