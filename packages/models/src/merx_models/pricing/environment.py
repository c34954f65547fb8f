"""Pricing as a gymnasium environment: each episode is a season of one product whose demand is a draw from what is
believed of it, so that what learns here learns to live with not knowing."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from merx_models.pricing.demand import Curves
from merx_models.pricing.observations import HIGHEST, WIDTH, Observation, observe, price_of
from merx_models.pricing.season import after_week
from merx_models.pricing.task import State, Task


class PricingEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """Seasons of `tasks`, drawn evenly. The reward of a week is what its sales earn beyond salvage, less the keep of
    what is left, as a share of a usual week's revenue: over a season it adds up to the profit but for a constant."""

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012  # as gymnasium declares it

    task: Task
    truth: Curves
    state: State
    scale: float

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Raises ValueError where there is no task."""
        if not tasks:
            raise ValueError("an environment needs a task")
        self.tasks = tasks
        self.observation_space = gymnasium.spaces.Box(-HIGHEST, HIGHEST, (WIDTH,), np.float32)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self._begin(self.tasks[0], 0)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed, options=options)
        task = self.tasks[int(self.np_random.integers(len(self.tasks)))]
        self._begin(task, int(self.np_random.integers(len(task.belief))))
        return observe(self.task, self.state), {}

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Guard-rails are in the ladder: the price is the nearest that may follow."""
        task = self.task
        place = task.ladder.nearest(self.state.place, price_of(task, float(action[0])))
        price, luck = float(task.ladder.prices[place]), float(self.np_random.random())
        self.state = state = after_week(self.state, place, task, demand=self.truth, luck=luck)
        sold = state.sold or 0
        earned = (price - task.terms.salvage) * sold - task.terms.holding * state.stock
        over = state.week >= task.terms.weeks or state.stock == 0
        return observe(task, state), earned / self.scale, over, False, {"price": price, "sold": sold}

    def _begin(self, task: Task, draw: int) -> None:
        self.task = task
        self.truth = task.belief[draw]
        self.state = State(week=0, stock=task.terms.stock, place=task.ladder.start)
        start = float(task.start_price)
        self.scale = start * float(task.belief.mean(start, start).mean())
