"""A season played: every proposal goes through the guard-rails, every price is checked once more before it counts."""

import itertools
from dataclasses import dataclass

import msgspec
import numpy as np

from merx_models.guardrails import Guardrails, PriceContext, verify
from merx_models.pricing.demand import Curves, Doubles
from merx_models.pricing.task import Seller, State, Task

MOST_SALES = 200_000
"""Units a week that one product can be asked for in play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a season brought (minor units, units). `profit` counts the whole stock as paid and what is left at its
    salvage; `mean_stock` is the mean of each week's first and last stock; `violations` are prices that the last check
    would have stopped."""

    profit: float
    revenue: float
    units: int
    mean_stock: float
    violations: int
    prices: tuple[int, ...]

    @property
    def turn(self) -> float:
        """How often the mean stock was sold within the season."""
        return self.units / self.mean_stock


def play(
    seller: Seller, truth: Curves, task: Task, dice: Doubles, *, guard: Guardrails, context: PriceContext
) -> Outcome:
    """Sell through a season in which demand follows the first curve of `truth` and `dice` [weeks], uniform in [0, 1):
    the same dice bring the same luck to every policy. `context` is of the product in its first week."""
    terms, prices = task.terms, task.ladder.prices
    state = State(week=0, stock=terms.stock, place=task.ladder.start)
    revenue = kept = 0.0
    stocks, given, violations = [terms.stock], [], 0
    for luck in dice[: terms.weeks]:
        now = msgspec.structs.replace(context, current=int(prices[state.place]), day_start=None)
        settled = guard.settle(seller(state), now)
        violations += bool(verify(settled.price, now, guard.rules, announced=settled.announced, prior=settled.prior))
        state = after_week(state, int(np.searchsorted(prices, settled.price)), task, demand=truth, luck=float(luck))
        revenue += settled.price * (state.sold or 0)
        kept += terms.holding * state.stock
        stocks.append(state.stock)
        given.append(settled.price)
    return Outcome(
        profit=revenue - kept + terms.salvage * state.stock - terms.cost * terms.stock,
        revenue=revenue,
        units=terms.stock - state.stock,
        mean_stock=float(np.mean([(a + b) / 2 for a, b in itertools.pairwise(stocks)])),
        violations=violations,
        prices=tuple(given),
    )


def after_week(state: State, place: int, task: Task, *, demand: Curves, luck: float) -> State:
    """The state after a week at the price at `place`, in which demand is the `luck` quantile of what the first curve of
    `demand` allows for."""
    prices = task.ladder.prices
    wanted = quantile(demand, float(prices[place]), float(prices[state.place]), luck)
    sold = min(wanted, state.stock)
    return State(
        week=state.week + 1,
        stock=state.stock - sold,
        place=place,
        before=state.place,
        sold=sold,
        sold_out=wanted >= state.stock,
    )


def quantile(demand: Curves, price: float, reference: float, luck: float) -> int:
    """Units wanted in a week: the `luck` quantile of the sales that the first curve of `demand` allows for."""
    first = demand[0]
    mean = first.mean(price, reference)
    spread = float(np.sqrt(mean[0] + mean[0] ** 2 / first.size[0]))
    most = min(MOST_SALES, int(np.ceil(mean[0] + 12.0 * spread)) + 5)
    reach = first.chances(mean, most)[0].cumsum()
    return min(int(np.searchsorted(reach, luck, side="right")), most)
