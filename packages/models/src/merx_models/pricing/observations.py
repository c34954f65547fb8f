"""What a learned policy sees of a season, and how its answer becomes a price; the same for learning and serving."""

import numpy as np
from numpy.typing import NDArray

from merx_models.pricing.task import State, Task

Observation = NDArray[np.float32]
WIDTH = 9
HIGHEST = 5.0


def observe(task: Task, state: State) -> Observation:
    """float32[WIDTH], each between -HIGHEST and HIGHEST: the share of weeks left; stock against what these weeks sell
    at the first price; last price and unit cost, salvage and holding against the first price; mean and spread of the
    believed elasticity; last sales against what was believed of them; whether the shelf ran empty."""
    prices, terms = task.ladder.prices, task.terms
    start = float(task.start_price)
    weeks = terms.weeks - state.week
    usual = float(task.belief.mean(start, start).mean())
    surprise = 0.0
    if state.sold is not None and state.before is not None:
        held, before = float(prices[state.place]), float(prices[state.before])
        expected = float(task.belief.mean(held, before).mean())
        surprise = np.log((state.sold + 1.0) / (expected + 1.0))
    seen = [
        weeks / terms.weeks,
        np.log((state.stock + 1.0) / (usual * max(weeks, 1) + 1.0)),
        float(prices[state.place]) / start - 1.0,
        terms.cost / start,
        terms.salvage / start,
        float(task.belief.elasticity.mean()) / 4.0,
        float(task.belief.elasticity.std()),
        surprise,
        float(state.sold_out),
    ]
    return np.asarray(np.clip(seen, -HIGHEST, HIGHEST), np.float32)


def price_of(task: Task, action: float) -> float:
    """An action between -1 and 1 as a price: the lowest to the highest of the ladder."""
    prices = task.ladder.prices
    share = (float(np.clip(action, -1.0, 1.0)) + 1.0) / 2.0
    return float(prices[0]) + share * float(prices[-1] - prices[0])
