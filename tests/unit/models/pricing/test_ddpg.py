from pathlib import Path

import numpy as np
import pytest

from merx_models.pricing.ddpg import Ddpg, DdpgSettings
from merx_models.pricing.observations import WIDTH, observe
from merx_models.pricing.policies import CostPlus
from merx_models.pricing.season import play
from merx_models.pricing.task import State, Task, Terms
from tests.unit.models.pricing.seasons import CONTEXT, FREE, GUARD, LADDER, TERMS, belief, curve, task

FIRST = State(week=0, stock=TERMS.stock, place=LADDER.start)
QUICK = DdpgSettings(steps=300, begin_after=100, units=(16, 16), batch=64)


@pytest.fixture(scope="module")
def learned() -> Ddpg:
    """On plenty of stock and inelastic demand, where high prices are plainly right."""
    terms = Terms(weeks=4, stock=200, cost=110.0, salvage=110.0)
    return Ddpg.fit([Task(terms, FREE, curve(-1.1))], settings=QUICK, seed=1)


class TestDdpg:
    def test_it_learns_the_side_that_pays(self, learned: Ddpg) -> None:
        terms = Terms(weeks=4, stock=200, cost=110.0, salvage=110.0)
        inelastic = Task(terms, FREE, curve(-1.1))
        asked = learned.begin(inelastic)(State(week=1, stock=180, place=FREE.start, before=FREE.start, sold=8))
        assert asked > 199.0

    def test_the_same_seed_learns_the_same(self) -> None:
        brief = DdpgSettings(steps=150, begin_after=100, units=(8,), batch=32)
        one, two, other = (Ddpg.fit([task()], settings=brief, seed=seed) for seed in (3, 3, 4))
        seen = observe(task(), FIRST).astype(np.float64)
        assert one.action(seen) == two.action(seen)
        assert one.action(seen) != other.action(seen)

    def test_it_is_the_same_after_loading(self, learned: Ddpg, tmp_path: Path) -> None:
        learned.save(tmp_path)
        loaded = Ddpg.load(tmp_path)
        assert loaded.settings == learned.settings
        for week in range(4):
            state = State(week=week, stock=20, place=2)
            assert loaded.begin(task())(state) == learned.begin(task())(state)

    def test_it_prices_within_guard_rails(self, learned: Ddpg) -> None:
        given = play(learned.begin(task()), curve(), task(), np.full(5, 0.5), guard=GUARD, context=CONTEXT)
        assert given.violations == 0

    def test_an_actor_of_another_shape_is_refused(self) -> None:
        with pytest.raises(ValueError, match="takes"):
            Ddpg([(np.zeros((1, WIDTH + 1)), np.zeros(1))], QUICK)

    def test_policies_share_one_interface(self, learned: Ddpg) -> None:
        for policy in (learned, CostPlus(0.5)):
            assert isinstance(policy.name, str)
            assert np.isfinite(policy.begin(Task(TERMS, LADDER, belief()))(FIRST))
