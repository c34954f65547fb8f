"""goals.md `price-policy`: which way of pricing a season earns most, and what is it short of the best possible?

Demand curves are fitted to real weekly sales (completejourney); a season's truth is a draw from what the sales allow
for, in the log-log family that was fitted or bent as another one; every policy believes other draws. All policies meet
the same dice, under the same guard-rails; the exact optimum knows the truth, and not the dice.

Laid down before the first run: a unit costs 70 % of the usual price (the data has no costs), so that the fixed rule,
cost plus 43 %, is the shop's own usual price; seasons of 8 weeks in four regimes (REGIMES); reference effects .5 for
gains and 1 for losses. No candidate believes in logit curves or reference effects. Which candidate is Merx is chosen on
DEVELOPMENT seeds, on which settings were chosen too; it is the same one in every world.

`DATA=<table.csv or .csv.gz>` measures any shop: columns product, time (whole weeks), price and units.
"""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import track

from benchmarks.hostile_prices import broken
from benchmarks.report import Machine, Row, data_path, skip, write
from benchmarks.retail_weeks import (
    MARGIN,
    REGIMES,
    WEEKS,
    WORLDS,
    Product,
    Season,
    best_documented,
    drawn,
    of_table,
    regimes,
    season_of,
)
from merx_models.pricing.ddpg import Ddpg
from merx_models.pricing.demand import Curves, Doubles, Family, Ints
from merx_models.pricing.exact import Exact, lot_for
from merx_models.pricing.fitting import Fit, fit_all
from merx_models.pricing.policies import CostPlus, ElasticityRule, Learner, OptimiserSettings, plans_for
from merx_models.pricing.season import Outcome, play
from merx_models.pricing.selection import choose, robustness
from merx_models.pricing.task import Seller

PRODUCTS, SEEDS = 60, range(20)
POOL = 400  # products whose elasticities make the prior
DEVELOPMENT = range(1_000, 1_008)
LEARNERS = range(3)
FIXED, RULE, RULE_STOCK, EXACT = "fixed rule", "elasticity rule", "elasticity rule with stock", "exact optimum"
DDPG = "DDPG"
FITTED: Family = "log-log"
SETTINGS = OptimiserSettings()
Shop = Sequence[tuple[Product, Fit]]
BELIEFS: dict[str, tuple[Family, ...]] = {
    "optimiser, log-log": ("log-log",),
    "optimiser, log-log and linear": ("log-log", "linear"),
}
HOSTILE = 50_000
RESAMPLES = 2_000


@dataclass(frozen=True)
class Played:
    """Outcomes of one policy [world, product, seed], and how many of its prices the last check would have stopped."""

    profit: Doubles
    revenue: Doubles
    turn: Doubles
    broken: int


class Contenders:
    """The policies at one season; what does not depend on the truth is prepared once."""

    def __init__(self, here: Season, learned: Sequence[Ddpg]) -> None:
        self.here, self.learned = here, learned
        self.lot = lot_for(here.task.terms.stock, SETTINGS.most_lots)
        beliefs = {name: here.believing(families) for name, families in BELIEFS.items()}
        self.planned = {name: (task, plans_for(task, SETTINGS)) for name, task in beliefs.items()}

    def sellers(self, truth: Curves) -> Iterator[tuple[str, Seller]]:
        task = self.here.task
        yield FIXED, CostPlus(MARGIN / (1.0 - MARGIN)).begin(task)
        yield RULE, ElasticityRule().begin(task)
        yield RULE_STOCK, ElasticityRule(minds_stock=True).begin(task)
        for name, (believed, plans) in self.planned.items():
            yield name, Learner(believed, plans, SETTINGS).propose
        for place, policy in enumerate(self.learned):
            yield f"{DDPG} {place}", policy.begin(task)
        yield EXACT, Exact(truth, lot=self.lot).begin(task)

    def outcomes(self, world: str, seed: int, stream: int, fitted: Fit) -> Iterator[tuple[str, Outcome]]:
        truth, dice = drawn(fitted, world, seed, stream)
        for name, seller in self.sellers(truth):
            yield name, play(seller, truth, self.here.task, dice, guard=self.here.guard, context=self.here.context)


def play_all(shop: Shop, seeds: Sequence[int], learned: Sequence[Ddpg]) -> dict[str, Played]:
    """Every policy through the same seasons, DDPG's runs as one."""
    found: dict[str, list[tuple[tuple[int, int, int], Outcome]]] = {}
    turns = regimes(len(shop), len(seeds))
    for row, (product, fitted) in track(list(enumerate(shop)), "seasons"):
        for turn, regime in enumerate(REGIMES):
            contenders = Contenders(season_of(product, fitted, regime, row), learned)
            for column in np.flatnonzero(turns[row] == turn).tolist():
                for place, world in enumerate(WORLDS):
                    for name, outcome in contenders.outcomes(world, seeds[column], row, fitted):
                        found.setdefault(name, []).append(((place, row, column), outcome))
    return averaged({name: _collected(outcomes, len(shop), len(seeds)) for name, outcomes in found.items()})


def _collected(outcomes: Sequence[tuple[tuple[int, int, int], Outcome]], products: int, seeds: int) -> Played:
    profit, revenue, turn = (np.full((len(WORLDS), products, seeds), np.nan) for _ in range(3))
    for at, outcome in outcomes:
        profit[at], revenue[at], turn[at] = outcome.profit, outcome.revenue, outcome.turn
    return Played(profit, revenue, turn, sum(outcome.violations for _, outcome in outcomes))


def averaged(played: Mapping[str, Played]) -> dict[str, Played]:
    """DDPG's runs as one, the mean of them."""
    runs = [one for name, one in played.items() if name.startswith(DDPG)]
    whole = {name: one for name, one in played.items() if not name.startswith(DDPG)}
    profit, revenue, turn = (
        np.mean([getattr(run, name) for run in runs], axis=0) for name in ("profit", "revenue", "turn")
    )
    return {**whole, DDPG: Played(profit, revenue, turn, sum(run.broken for run in runs))}


def train(shop: Shop) -> list[Ddpg]:
    """On seasons of all products in all regimes, with the belief that all start from."""
    tasks = [
        season_of(product, fitted, regime, row).task for row, (product, fitted) in enumerate(shop) for regime in REGIMES
    ]
    return [Ddpg.fit(tasks, seed=seed) for seed in track(LEARNERS, "DDPG")]


def serving(played: Mapping[str, Played]) -> str:
    """The candidate that earns most where it earns least over the fixed rule, with what chance allows for."""

    def by_world(one: Played) -> dict[str, Doubles]:
        return {world: one.profit[place].ravel() for place, world in enumerate(WORLDS)}

    baseline = by_world(played[FIXED])
    candidates = {name: by_world(one) for name, one in played.items() if name not in {EXACT, FIXED}}
    return choose({name: robustness(earned, baseline) for name, earned in candidates.items()})


def interval(values: Doubles, base: Doubles) -> tuple[float, float, float]:
    """Mean of `values` over mean of `base` in %, with its 95 % interval over resampled products and seeds; both
    [..., product, seed]."""
    values, base = (array.reshape(-1, *array.shape[-2:]).mean(axis=0) for array in (values, base))
    rng = np.random.default_rng(0)
    drawn_ratios = []
    for _ in range(RESAMPLES):
        at = np.ix_(*(rng.integers(0, size, size) for size in values.shape))
        drawn_ratios.append(values[at].mean() / base[at].mean())
    low, high = np.quantile(drawn_ratios, [0.025, 0.975])
    return 100 * float(values.mean() / base.mean()), 100 * float(low), 100 * float(high)


def regret_rows(played: Mapping[str, Played], chosen: str) -> list[Row]:
    exact, merx = played[EXACT].profit, played[chosen].profit
    within = [place for place, world in enumerate(WORLDS) if world in BELIEFS.get(chosen, (FITTED,))]
    across = [place for place in range(len(WORLDS)) if place not in within]
    claims = {
        f"within what it believes in ({', '.join(WORLDS[place] for place in within)})": (within, 5.0),
        "across families": (across, 10.0),
        **{f"across: {WORLDS[place]}": ([place], 10.0) for place in across},
    }
    rows = []
    for what, (places, goal) in claims.items():
        value, low, high = interval((exact - merx)[places], exact[places])
        others = [name for name in played if name not in {EXACT, chosen}]
        peers = {name: interval((exact - played[name].profit)[places], exact[places])[0] for name in others}
        claim = f"{chosen}: profit regret against the exact optimum, {what}"
        rows.append(Row(claim=claim, unit="%", better="lower", merx=value, spread=(low, high), peers=peers, goal=goal))
    return rows


def gain_rows(played: Mapping[str, Played], chosen: str) -> list[Row]:
    """The lower bound is the figure; the spread holds the interval."""
    every = list(range(len(WORLDS)))
    claims: list[tuple[str, str, list[int], float | None]] = [
        (RULE, "all worlds", every, 0.0),
        (RULE_STOCK, "all worlds", every, 0.0),
        *((RULE_STOCK, world, [place], None) for place, world in enumerate(WORLDS)),
        (FIXED, "all worlds", every, None),
        *([(DDPG, "all worlds", every, None)] if chosen != DDPG else []),
    ]
    rows = []
    for peer, what, places, goal in claims:
        exact = played[EXACT].profit[places]
        value, low, high = interval((played[chosen].profit - played[peer].profit)[places], exact)
        claim = f"profit above the {peer}, {what}: lower 95 % bound (share of the optimum)"
        peers = {"mean": value, EXACT: interval((exact - played[peer].profit[places]), exact)[0]}
        rows.append(Row(claim=claim, unit="%", better="higher", merx=low, spread=(low, high), peers=peers, goal=goal))
    return rows


def promise_rows(played: Mapping[str, Played], chosen: str) -> list[Row]:
    """Revenue and stock turn over the fixed rule: in all seasons, and by regime."""
    fixed = played[FIXED]
    turns = regimes(*fixed.profit.shape[1:])
    where: dict[str, Ints | None] = {"all seasons": None}
    where |= {regime: np.flatnonzero((turns == turn).ravel()) for turn, regime in enumerate(REGIMES)}
    rows = []
    for what, goal in (("revenue", 19.0), ("turn", 27.0)):
        for name, cells in where.items():
            of = {
                peer: _over(getattr(one, what), getattr(fixed, what), cells)
                for peer, one in played.items()
                if peer != FIXED
            }
            value, low, high = of.pop(chosen)
            rows.append(
                Row(
                    claim=f"{'stock turn' if what == 'turn' else what} over the fixed rule, {name}",
                    unit="%",
                    better="higher",
                    merx=value,
                    spread=(low, high),
                    peers={peer: gain for peer, (gain, _, _) in of.items()},
                    goal=goal if cells is None else None,
                )
            )
    return rows


def _over(values: Doubles, base: Doubles, cells: Ints | None) -> tuple[float, float, float]:
    """How far `values` lie above `base`; of one regime, with its seasons resampled one by one."""
    if cells is None:
        return interval(values - base, base)
    flat, below = (array.reshape(len(WORLDS), -1)[:, cells][:, :, None] for array in (values, base))
    return interval(flat - below, below)


def guard_rows(played: Mapping[str, Played]) -> list[Row]:
    prices = (
        sum(one.profit.size for one in played.values()) * WEEKS + (len(LEARNERS) - 1) * played[DDPG].profit.size * WEEKS
    )
    counts = {
        f"{prices:,} prices of all policies in all seasons": sum(one.broken for one in played.values()),
        f"{HOSTILE:,} hostile proposals in drawn contexts": broken(HOSTILE),
    }
    return [
        Row(
            claim=f"guard-rails broken, {what}",
            unit="prices",
            better="lower",
            merx=count,
            spread=(count, count),
            goal=0,
        )
        for what, count in counts.items()
    ]


def products() -> list[Product]:
    other = data_path()
    found = best_documented(POOL) if other is None else of_table(other, POOL)
    if len(found) < 2:
        skip("fewer than two products have enough weeks and prices that moved")
    return found


def main() -> None:
    machine = Machine.now()
    pool = products()
    fits, _ = fit_all([product.weeks for product in pool], [product.price for product in pool])
    shop = list(zip(pool[:PRODUCTS], fits[:PRODUCTS], strict=True))
    learned = train(shop)
    chosen = serving(play_all(shop, DEVELOPMENT, learned))
    played = play_all(shop, SEEDS, learned)
    rows = [
        *regret_rows(played, chosen),
        *gain_rows(played, chosen),
        *promise_rows(played, chosen),
        *guard_rows(played),
    ]
    named = os.environ.get("DATA", "")
    write(
        "price-policy",
        rows,
        f"make bench AREA=price-policy{f' DATA={shlex.quote(named)}' if named else ''}",
        machine=machine,
    )


if __name__ == "__main__":
    main()
