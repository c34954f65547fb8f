"""Who serves a family: whoever forecast it best."""

import numpy as np

from merx_models.demand.choosing import Choice
from merx_models.demand.quantiles import SCORES, pinball
from merx_models.demand.sales import Doubles, Ints

ROWS = 4_000
MEMBERS = ("a", "b", "c")


def outcomes() -> tuple[list[Doubles], Doubles, Ints]:
    """Of two families the first is known by "a", the second by "b"; "c" knows neither."""
    rng = np.random.default_rng(0)
    truth, family = rng.normal(5.0, 1.0, ROWS), rng.integers(0, 2, ROWS)
    errors = [np.where(family == 0, 0.1, 0.6), np.where(family == 1, 0.1, 0.6), np.full(ROWS, 1.5)]
    quantiles = [(truth + rng.normal(0, error))[:, None] + error[:, None] * SCORES for error in errors]
    return quantiles, truth, family


def fitted(weight: Doubles | None = None) -> Choice:
    quantiles, actual, family = outcomes()
    return Choice.fit(MEMBERS, quantiles, actual, family=family, weight=np.ones(ROWS) if weight is None else weight)


class TestChoice:
    def test_each_family_is_served_by_its_best(self) -> None:
        quantiles, actual, family = outcomes()
        choice = fitted()
        np.testing.assert_array_equal(choice.of_families(np.array([0, 1])), [0, 1])
        losses = [pinball(each, actual).mean() for each in (choice.apply(quantiles, family), *quantiles)]
        assert losses[0] == min(losses)

    def test_a_member_that_knows_nothing_is_not_run(self) -> None:
        assert fitted().used() == ("a", "b")

    def test_a_family_nobody_has_seen_is_served_by_the_best_over_all(self) -> None:
        quantiles, actual, _ = outcomes()
        overall = [pinball(each, actual).mean() for each in quantiles]
        assert fitted().of_families(np.array([7])).tolist() == [int(np.argmin(overall))]

    def test_a_family_of_few_rows_is_served_by_the_best_over_all(self) -> None:
        quantiles, actual, family = outcomes()
        few = np.where((family == 0) | (np.cumsum(family == 1) <= 5), family, 2)
        best = Choice.fit(MEMBERS, quantiles, actual, family=few, weight=(few < 2).astype(float))
        assert best.of_families(np.array([0, 1])).tolist() == [0, 0]

    def test_rows_without_weight_do_not_count(self) -> None:
        _, _, family = outcomes()
        assert fitted((family == 1).astype(float)).everywhere == 1

    def test_without_outcomes_the_first_serves(self) -> None:
        nothing = np.zeros((0, 9))
        family = np.zeros(0, np.int64)
        choice = Choice.fit(("a", "b"), [nothing] * 2, np.zeros(0), family=family, weight=np.zeros(0))
        assert choice.used() == ("a",)

    def test_its_description_is_the_whole_of_it(self) -> None:
        quantiles, _, family = outcomes()
        again = Choice.of(fitted().described())
        np.testing.assert_array_equal(again.apply(quantiles, family), fitted().apply(quantiles, family))
