from pathlib import Path

import numpy as np

from merx_models.popularity import Popularity, PopularitySettings, Sales


def make_sales() -> Sales:
    """Product 0 sold well long ago, 1 sells now, 2 is bought by one segment, 3 was never sold."""
    rows = np.r_[np.zeros(60), np.ones(50), np.full(20, 2)].astype(np.int32)
    ages = np.r_[np.full(60, 60.0), np.full(50, 3.0), np.full(20, 5.0)].astype(np.float32)
    return Sales(rows, ages, np.r_[np.repeat("regular", 110), np.repeat("loyal", 20)])


class TestPopularity:
    def test_what_sells_now_stands_above_what_sold(self) -> None:
        rows, scores = Popularity.fit(make_sales(), 4).top("", 4)
        assert rows.tolist().index(1) < rows.tolist().index(0)
        assert (np.diff(scores) <= 0).all()

    def test_what_never_sold_is_not_popular(self) -> None:
        assert 3 not in Popularity.fit(make_sales(), 4).top("", 10)[0]

    def test_a_rising_product_stands_above_a_steady_one_with_as_many_sales(self) -> None:
        steady, rising = np.linspace(0, 56, 40), np.linspace(0, 20, 40)
        sales = Sales(np.repeat([0, 1], 40).astype(np.int32), np.r_[steady, rising].astype(np.float32))
        assert Popularity.fit(sales, 2).top("", 1)[0].tolist() == [1]

    def test_a_segment_has_its_own_list(self) -> None:
        model = Popularity.fit(make_sales(), 4, settings=PopularitySettings(prior=5.0))
        assert model.top("loyal", 1)[0].tolist() == [2]
        assert model.top("regular", 1)[0].tolist() == [1]

    def test_a_segment_of_few_sales_leans_on_everybody(self) -> None:
        model = Popularity.fit(make_sales(), 4, settings=PopularitySettings(prior=1e6))
        assert model.top("loyal", 1)[0].tolist() == [1]

    def test_an_unknown_segment_gets_what_everybody_buys(self) -> None:
        model = Popularity.fit(make_sales(), 4)
        assert model.top("martian", 3)[0].tolist() == model.top("", 3)[0].tolist()

    def test_it_is_the_same_after_loading(self, tmp_path: Path) -> None:
        model = Popularity.fit(make_sales(), 4)
        model.save(tmp_path)
        loaded = Popularity.load(tmp_path)
        for segment in ("", "loyal", "regular"):
            for one, other in zip(model.top(segment, 5), loaded.top(segment, 5), strict=True):
                np.testing.assert_array_equal(one, other)

    def test_no_sales_no_list(self) -> None:
        nothing = Sales(np.empty(0, np.int32), np.empty(0, np.float32))
        assert len(Popularity.fit(nothing, 4).top("", 5)[0]) == 0
