"""What every VectorIndex does; the engines' own test modules say which index is meant (fixture `make`)."""

from collections.abc import Callable

import numpy as np
import pytest

from merx_models.text_encoder import unit
from merx_models.vectors.index import Floats, Ids, VectorIndex

DIM = 16
Make = Callable[[Ids, Floats], VectorIndex]


def vectors(count: int, *, seed: int = 0, dim: int = DIM) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32))


def names(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def ids_of(index: VectorIndex, query: Floats, k: int = 3) -> list[object]:
    return [one for one, _ in index.search(query[None], k).of(0)]


class SearchContract:
    def test_finds_the_nearest_best_first_with_their_cosine(self, make: Make) -> None:
        held = vectors(50)
        found = make(names(50), held).search(held[7:9], 5)
        cosine = held[7:9] @ held.T
        order = np.argsort(-cosine, axis=1)[:, :5]
        assert found.ids.tolist() == [[f"p{row}" for row in rows] for rows in order]
        np.testing.assert_allclose(found.scores, np.take_along_axis(cosine, order, axis=1), atol=1e-5)

    def test_integer_ids_come_back_as_integers(self, make: Make) -> None:
        held = vectors(20)
        index = make(np.arange(20) * 10, held)
        assert index.search(held[3:4], 1).of(0)[0][0] == 30
        assert index.rows_of([30, 31]).tolist() == [3, -1]
        assert index.delete([30, 31]) == 1
        assert ids_of(index, held[3], 1) != [30]

    def test_fewer_than_k_are_padded_and_counted(self, make: Make) -> None:
        held = vectors(3)
        found = make(names(3), held).search(held[:2], 5)
        assert found.found.tolist() == [3, 3]
        assert found.ids[:, 3:].tolist() == [["", ""], ["", ""]]
        assert np.isneginf(found.scores[:, 3:]).all()

    def test_no_queries_no_answers(self, make: Make) -> None:
        assert make(names(3), vectors(3)).search(vectors(0), 2).ids.shape == (0, 2)

    def test_an_empty_index_finds_nothing_and_can_be_filled(self, make: Make) -> None:
        index = make([], vectors(0))
        assert index.search(vectors(1), 2).found.tolist() == [0]
        index.upsert(["a"], vectors(1))
        assert ids_of(index, vectors(1)[0]) == ["a"]

    @pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0, 0.0])
    def test_refuses_a_query_that_is_no_unit_vector(self, make: Make, bad: float) -> None:
        with pytest.raises(ValueError, match="length of 1"):
            make(names(3), vectors(3)).search(np.full((1, DIM), bad, np.float32), 1)

    def test_refuses_other_widths_and_a_k_of_none(self, make: Make) -> None:
        index = make(names(3), vectors(3))
        with pytest.raises(ValueError, match="shape"):
            index.search(vectors(1, dim=DIM + 1), 1)
        with pytest.raises(ValueError, match="k is 0"):
            index.search(vectors(1), 0)


class FilterContract:
    def test_only_allowed_ids_are_found_and_unknown_ones_are_passed_over(self, make: Make) -> None:
        held = vectors(40)
        index = make(names(40), held)
        found = index.search(held[:1], 5, allowed=["p5", "nobody", "p7", "p5"])
        assert set(found.ids[0].tolist()) == {"p5", "p7", ""}
        assert index.search(held[:1], 5, allowed=[]).found.tolist() == [0]

    def test_a_mask_and_the_ids_of_its_rows_say_the_same(self, make: Make) -> None:
        held = vectors(60)
        index = make(names(60), held)
        mask = np.arange(60) % 3 == 1
        chosen = [name for name, allowed in zip(names(60), mask, strict=True) if allowed]
        by_mask, by_ids = (index.search(held[:9], 6, allowed=allowed) for allowed in (mask, chosen))
        assert by_mask.ids.tolist() == by_ids.ids.tolist()
        assert set(by_mask.ids.reshape(-1).tolist()) <= set(chosen)

    def test_a_mask_from_before_a_change_allows_none_of_what_came_after(self, make: Make) -> None:
        held = vectors(10)
        index = make(names(10), held)
        mask = np.ones(index.rows, bool)
        index.upsert(["new"], held[:1])
        assert "new" not in index.search(held[:1], 11, allowed=mask).ids[0].tolist()
        assert "new" in index.search(held[:1], 11, allowed=np.ones(index.rows, bool)).ids[0].tolist()

    def test_refuses_a_mask_for_another_index_and_ids_of_the_other_kind(self, make: Make) -> None:
        index = make(names(10), vectors(10))
        with pytest.raises(ValueError, match="11"):
            index.search(vectors(1), 1, allowed=np.ones(11, bool))
        with pytest.raises(ValueError, match="kind int"):
            index.search(vectors(1), 1, allowed=[1, 2])


class ChangeContract:
    def test_what_is_put_in_is_found_at_once(self, make: Make) -> None:
        index = make(names(30), vectors(30))
        later = vectors(1, seed=9)
        index.upsert(["new"], later)
        found, score = index.search(later, 1).of(0)[0]
        assert found == "new"
        assert score == pytest.approx(1.0, abs=1e-5)
        assert len(index) == 31

    def test_what_is_replaced_is_found_in_its_new_place_only(self, make: Make) -> None:
        held = vectors(30)
        index = make(names(30), held)
        later = vectors(1, seed=9)
        index.upsert(["p4"], later)
        assert "p4" not in ids_of(index, held[4], 1)
        assert ids_of(index, later[0], 30).count("p4") == 1
        assert len(index) == 30

    def test_what_is_taken_out_never_comes_back(self, make: Make) -> None:
        held = vectors(30)
        index = make(names(30), held)
        assert index.delete(["p4", "nobody", "p4"]) == 1
        mask = np.ones(index.rows, bool)
        for allowed in (None, mask, ["p4", "p5"]):
            assert "p4" not in index.search(held[4:5], 30, allowed=allowed).ids[0].tolist()
        assert index.delete(["p4"]) == 0
        assert index.rows_of(["p4"]).tolist() == [-1]
        assert len(index) == 29

    def test_what_was_taken_out_can_be_put_in_again(self, make: Make) -> None:
        held = vectors(30)
        index = make(names(30), held)
        for _ in range(2):
            index.delete(["p4"])
            index.upsert(["p4"], held[4:5])
        assert ids_of(index, held[4], 30).count("p4") == 1

    def test_rows_are_given_out_in_order_and_never_again(self, make: Make) -> None:
        index = make(names(5), vectors(5))
        index.delete(["p4"])
        index.upsert(["p1", "x"], vectors(2, seed=3))
        assert index.rows == 7
        assert index.rows_of(["p0", "p1", "x", "p4"]).tolist() == [0, 5, 6, -1]

    def test_a_refused_change_changes_nothing(self, make: Make) -> None:
        index = make(names(5), vectors(5))
        for ids, given in (
            (["a", "a"], vectors(2)),
            (["a"], vectors(2)),
            (["a", "b"], vectors(2) * 2),
            ([""], vectors(1)),
            ([7], vectors(1)),
        ):
            with pytest.raises(ValueError, match=r"twice|ids|length"):
                index.upsert(ids, given)
        assert (len(index), index.rows) == (5, 5)

    @pytest.mark.parametrize("name", ['a"b', "a'b", "a\\b", "ü 东西", '"] or row >= 0 or id in ["', "{x}", "%_"])
    def test_an_id_is_a_name_and_nothing_else(self, make: Make, name: str) -> None:
        held = vectors(4)
        index = make([name, "b", "c", "d"], held)
        assert index.search(held[:1], 4, allowed=[name]).of(0)[0][0] == name
        assert index.search(held[:1], 4, allowed=[name]).found.tolist() == [1]
        assert index.delete([name]) == 1
        assert len(index) == 3
