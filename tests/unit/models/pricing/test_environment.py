import itertools

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from merx_models.pricing.environment import PricingEnv
from merx_models.pricing.observations import WIDTH, observe, price_of
from merx_models.pricing.task import State, Terms
from tests.unit.models.pricing.seasons import LADDER, TERMS, task


def season(env: PricingEnv, seed: int, action: float = 0.0) -> tuple[list[float], list[int]]:
    env.reset(seed=seed)
    rewards, prices, over = [], [], False
    while not over:
        _, reward, over, _, said = env.step(np.array([action], np.float32))
        rewards.append(reward)
        prices.append(int(said["price"]))
    return rewards, prices


class TestEnvironment:
    @pytest.mark.filterwarnings("ignore:.*not having a spec.*", "ignore:.*from gymnasium 'spec'.*")
    def test_it_keeps_the_contract_of_gymnasium(self) -> None:
        check_env(PricingEnv([task()]), skip_render_check=True)

    def test_the_same_seed_is_the_same_season(self) -> None:
        assert season(PricingEnv([task()]), 5) == season(PricingEnv([task()]), 5)
        assert season(PricingEnv([task()]), 5) != season(PricingEnv([task()]), 6)

    def test_a_season_ends_with_its_weeks_or_its_stock(self) -> None:
        assert len(season(PricingEnv([task()]), 0, 1.0)[0]) == TERMS.weeks
        few = task(Terms(weeks=5, stock=1, cost=110.0, salvage=30.0))
        assert len(season(PricingEnv([few]), 0, -1.0)[0]) < 5

    @pytest.mark.parametrize("action", [-1.0, 1.0])
    def test_prices_move_by_allowed_steps(self, action: float) -> None:
        _, prices = season(PricingEnv([task()]), 1, action)
        places = [LADDER.start, *np.searchsorted(LADDER.prices, prices)]
        assert all(LADDER.steps[a, b] for a, b in itertools.pairwise(places))

    def test_rewards_add_up_to_the_profit_but_for_a_constant(self) -> None:
        env = PricingEnv([task()])
        rewards, prices = season(env, 3)
        left = env.state.stock
        env.reset(seed=3)
        revenue = kept = 0.0
        for price in prices:
            _, _, _, _, said = env.step(np.array([0.0], np.float32))
            assert said["price"] == price
            revenue += price * said["sold"]
            kept += TERMS.holding * env.state.stock
        profit = revenue - kept + TERMS.salvage * left
        assert sum(rewards) * env.scale == pytest.approx(profit - TERMS.salvage * TERMS.stock)

    def test_without_a_task_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="task"):
            PricingEnv([])


class TestObservations:
    def test_they_are_finite_and_bounded_in_any_state(self) -> None:
        for state in (
            State(week=0, stock=TERMS.stock, place=0),
            State(week=5, stock=0, place=3, before=2, sold=10_000, sold_out=True),
        ):
            seen = observe(task(), state)
            assert seen.shape == (WIDTH,)
            assert np.isfinite(seen).all()

    def test_any_action_is_a_price_between_the_outer_bounds(self) -> None:
        prices = [price_of(task(), action) for action in (-9.0, -1.0, 0.0, 1.0, 9.0)]
        assert prices == sorted(prices)
        assert (prices[0], prices[-1]) == (129.0, 249.0)
