from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from merx_models.pricing.fitting import Fit
from merx_models.pricing.policies import CostPlus, ElasticityRule, Optimiser, Policy
from merx_pipelines.price_choice import chosen
from merx_pipelines.price_trials import FIXED, REGIMES, WORLDS, Played, Season, Tried, play_all, seasons_of
from merx_pipelines.profiles import QUICK_PRICING
from merx_pipelines.steps.choose_policy import CurvesMissing, markup, to_try, tried

FIT = Fit.of(base=500.0, units=(6.0, 0.2), elasticity=(-2.5, 0.4), size=6.0)
TRIED = Tried("tea", "EUR", 500.0, 350.0, FIT)


@pytest.fixture(scope="module")
def seasons() -> list[Season]:
    return seasons_of([TRIED], draws=4)


@pytest.fixture(scope="module")
def policies() -> Sequence[Policy]:
    return [CostPlus(1.0 / 0.7 - 1.0), ElasticityRule(), Optimiser()]


@pytest.fixture(scope="module")
def played(policies: Sequence[Policy], seasons: list[Season]) -> Mapping[str, Played]:
    return play_all(policies, seasons, seeds=3)


class TestSeasons:
    def test_a_product_is_tried_in_every_regime(self, seasons: list[Season]) -> None:
        assert len(seasons) == len(REGIMES)
        stocks = [season.task.terms.stock for season in seasons]
        assert stocks[1] < stocks[0] < stocks[2]

    @pytest.mark.parametrize("wrong", [replace(TRIED, cost=490.0), replace(TRIED, price=3.0, cost=1.0)])
    def test_one_without_a_margin_or_with_too_small_a_price_is_not(self, wrong: Tried) -> None:
        assert not seasons_of([wrong], draws=4)


class TestPlay:
    def test_every_policy_meets_the_same_seasons_in_every_world(self, played: Mapping[str, Played]) -> None:
        assert set(played) == {"fixed rule", "elasticity rule", "optimiser"}
        for one in played.values():
            assert set(one.profit) == set(WORLDS)
            assert {len(profit) for profit in one.profit.values()} == {3 * len(REGIMES)}

    def test_no_price_breaks_a_guard_rail(self, played: Mapping[str, Played]) -> None:
        assert sum(one.broken for one in played.values()) == 0

    def test_played_again_it_comes_out_the_same(
        self, policies: Sequence[Policy], seasons: list[Season], played: Mapping[str, Played]
    ) -> None:
        again = play_all(policies, seasons, seeds=3)
        for name, one in played.items():
            np.testing.assert_array_equal(again[name].whole, one.whole)


class TestChosen:
    def test_the_policy_with_the_best_worst_world_serves(
        self, policies: Sequence[Policy], seasons: list[Season], played: Mapping[str, Played]
    ) -> None:
        policy, trials = chosen(policies, played, seasons, costs_known=1)
        assert policy.name == trials.chosen
        assert trials.policies[trials.chosen].worst == max(told.worst for told in trials.policies.values())
        assert trials.policies[FIXED].over_fixed == (0.0, 0.0, 0.0)
        assert (trials.products, trials.seasons, trials.costs_known) == (1, 9, 1)


class TestTried:
    @pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # torch's and gymnasium's
    def test_a_second_run_chooses_the_same_and_tells_the_same(self) -> None:
        tiny = replace(QUICK_PRICING, trial_products=1, trial_seeds=1, learner_steps=30, draws=2)
        first, second = (tried({"tea": FIT}, {"tea": 300.0}, "EUR", tiny, seed=1)[1] for _ in range(2))
        assert first == second
        assert set(first.policies) == {
            "fixed rule",
            "elasticity rule",
            "elasticity rule with stock",
            "optimiser",
            "DDPG",
        }

    def test_without_a_product_to_try_them_on_none_is_chosen(self) -> None:
        with pytest.raises(CurvesMissing, match="on any of 1 products"):
            tried({"tea": FIT.at(3.0)}, {}, "EUR", QUICK_PRICING, seed=0)


class TestToTry:
    def test_products_are_taken_from_the_best_sold_to_the_least(self) -> None:
        fits = {
            f"p{number}": Fit.of(base=500.0, units=(1.0 + number, 0.2), elasticity=(-2.0, 0.4), size=6.0)
            for number in range(9)
        }
        tried = to_try(fits, {"p8": 300.0, "p0": 499.0}, "EUR", 3)
        assert [one.product_id for one in tried] == ["p8", "p4", "p1"]
        assert [one.cost for one in tried] == [300.0, 350.0, 350.0]

    def test_the_markup_is_the_shops_own_where_costs_are_known(self) -> None:
        assert markup({"tea": FIT, "cup": FIT}, {"tea": 250.0}) == pytest.approx(1.0)
        assert markup({"tea": FIT}, {}) == pytest.approx(1.0 / 0.7 - 1.0)
