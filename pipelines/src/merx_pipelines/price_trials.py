"""Policies tried before one serves: seasons of the shop's own products, under guard-rails, in worlds that bend demand
otherwise than it was fitted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from merx_models.guardrails import Change, Endings, Guardrails, ListPrice, Margin, PriceContext, RuleSet
from merx_models.pricing.ddpg import Ddpg, DdpgSettings
from merx_models.pricing.demand import Curves, Doubles, Family
from merx_models.pricing.fitting import Fit
from merx_models.pricing.policies import CostPlus, ElasticityRule, Learner, Optimiser, Policy, plans_for
from merx_models.pricing.season import play
from merx_models.pricing.selection import bootstrap
from merx_models.pricing.task import Ladder, Seller, Task, Terms
from merx_pipelines.profiles import PricingProfile

WEEKS = 8
COST_SHARE = 0.7
"""Of the price, where a product's cost is not known."""
REGIMES = {"steady": (1.5, 0.9), "scarce": (0.7, 0.3), "clearance": (1.6, 0.3)}
"""Stock as a multiple of what the usual price sells in a season, and worth of what is left as a share of its cost."""
HOLDING = 0.002
"""Keep of a unit for a week, as a share of its cost."""
BELIEVED: tuple[Family, ...] = ("log-log", "linear")
WORLDS: Mapping[str, tuple[Family, float, float]] = {
    "linear": ("linear", 0.0, 0.0),
    "logit": ("logit", 0.0, 0.0),
    "log-log with reference": ("log-log", 0.5, 1.0),
    "linear with reference": ("linear", 0.5, 1.0),
    "logit with reference": ("logit", 0.5, 1.0),
}
"""Families other than the fitted one, and reference effects (gain, loss) for shoppers who compare with last week."""
FIXED, RULE = "fixed rule", "elasticity rule"
STEPS = (1, *(first * 10**power for power in range(12) for first in (5, 10)))
FINEST = 40
"""Prices that a season has to choose from, about."""
DEAREST = 0.95
"""A unit that costs more than this share of its price is not tried: there is no margin to price for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A product to try policies on: amounts in minor units of `currency`."""

    product_id: str
    currency: str
    price: float
    cost: float
    fit: Fit


@dataclass(frozen=True, slots=True)
class Season:
    """A product in a regime: what is asked, and the guard-rails that prices go through."""

    task: Task
    guard: Guardrails
    context: PriceContext
    fit: Fit


@dataclass(frozen=True, slots=True)
class Played:
    """One policy in every world: profits [units of chance] in minor units, revenue and units as sums over all, and how
    many of its prices the last check would have stopped."""

    profit: Mapping[str, Doubles]
    revenue: float
    units: int
    broken: int
    prices: int

    @property
    def whole(self) -> Doubles:
        """Profit over all worlds [units of chance]."""
        return np.asarray(np.mean(list(self.profit.values()), axis=0))


def rules_for(price: float, currency: str) -> tuple[RuleSet, int]:
    """The guard-rails of the trials, with endings as fine as leaves about FINEST prices; and their step."""
    step = next(step for step in STEPS if 0.65 * price / step < FINEST)
    rules = RuleSet(
        name="trials",
        margin=Margin(floor_bp=0),
        change=Change(up_bp=1_000, down_bp=2_000),
        list_price=ListPrice(floor_bp=6_000, ceiling_bp=12_500),
        endings={currency: Endings(per=step, tails=(step - 1,))},
    )
    return rules, step


def seasons_of(tried: Sequence[Tried], *, draws: int, seed: int = 0) -> list[Season]:
    """Of every product in each regime; one without a margin, or whose price cannot move, has none."""
    found = []
    for place, one in enumerate(tried):
        rules, step = rules_for(one.price, one.currency)
        price = max(round(one.price / step), 1) * step - (step > 1)
        if not 0 <= one.cost < DEAREST * price:
            continue
        guard, cost = Guardrails(rules), int(one.cost)
        context = PriceContext(
            product_id=one.product_id, currency=one.currency, current=price, list_price=price, cost=cost
        )
        ladder = Ladder.of(guard, context)
        if len(ladder.prices) < 2:  # a day's change is less than a step
            continue
        belief = one.fit.believed(BELIEVED, draws, np.random.default_rng([1, seed, place]))
        usual = float(belief.mean(price, price).mean())
        for factor, worth in REGIMES.values():
            stock = max(round(factor * WEEKS * usual), 4)
            terms = Terms(weeks=WEEKS, stock=stock, cost=cost, salvage=worth * cost, holding=HOLDING * cost)
            found.append(Season(Task(terms, ladder, belief), guard, context, one.fit))
    return found


def candidates(seasons: Sequence[Season], markup: float, profile: PricingProfile, *, seed: int = 0) -> list[Policy]:
    """The policies to choose from, by rising effort; one of them learns on these seasons."""
    learner = DdpgSettings(steps=profile.learner_steps, begin_after=min(500, profile.learner_steps // 3))
    return [
        CostPlus(markup),
        ElasticityRule(),
        ElasticityRule(minds_stock=True),
        Optimiser(),
        Ddpg.fit([season.task for season in seasons], settings=learner, seed=seed),
    ]


def play_all(policies: Sequence[Policy], seasons: Sequence[Season], *, seeds: int, seed: int = 0) -> dict[str, Played]:
    """Every policy through the same seasons with the same luck; what is true is drawn anew, apart from what is
    believed."""
    return {policy.name: _played(policy, seasons, seeds=seeds, seed=seed) for policy in policies}


def _played(policy: Policy, seasons: Sequence[Season], *, seeds: int, seed: int) -> Played:
    profit: dict[str, list[float]] = {world: [] for world in WORLDS}
    revenue, units, broken, prices = 0.0, 0, 0, 0
    for place, season in enumerate(seasons):
        begin = _beginning(policy, season.task)
        for turn in range(seeds):
            truth, dice = _drawn(season.fit, seed, place, turn)
            for world in WORLDS:
                real = bent(truth, world)
                outcome = play(begin(), real, season.task, dice, guard=season.guard, context=season.context)
                profit[world].append(outcome.profit)
                revenue, units = revenue + outcome.revenue, units + outcome.units
                broken, prices = broken + outcome.violations, prices + len(outcome.prices)
    return Played({world: np.array(values) for world, values in profit.items()}, revenue, units, broken, prices)


def _beginning(policy: Policy, task: Task) -> Callable[[], Seller]:
    """`begin` for one season after another of the same task, whose plans are made once."""
    if isinstance(policy, Optimiser):
        settings, plans = policy.settings, plans_for(task, policy.settings)
        return lambda: Learner(task, plans, settings).propose
    return lambda: policy.begin(task)


def _drawn(fit: Fit, seed: int, place: int, turn: int) -> tuple[Curves, Doubles]:
    rng = np.random.default_rng([2, seed, place, turn])
    return fit.draws(1, rng), rng.random(WEEKS)


def bent(truth: Curves, world: str) -> Curves:
    family, gain, loss = WORLDS[world]
    return truth.seen_as(family).referring(gain, loss)


def gain(played: Played, other: Played, base: Played) -> tuple[float, float, float]:
    """Profit above another policy's as a share of a third one's: mean and 95 % interval over resampled seasons."""
    above, usual = played.whole - other.whole, abs(float(base.whole.mean()))
    low, high = np.quantile(bootstrap(above) / usual, [0.025, 0.975])
    return float(above.mean() / usual), float(low), float(high)
