"""Three simulated shops with known price elasticities, written down before any estimate was run on them.

Every world: 500 products in 20 categories of 25, sold in three price zones for 104 weeks; a fifth of the products is
young and has only its last 20 to 45 weeks. Category means of the elasticity are drawn, products scatter around them.

One price setter for all worlds, per zone and week. What it looks at is in the table; what it does beyond that is not:
    log price = base + season mark-up + .3 log competitor price + surge(visits) + .04 last week's sales
                - promotion cut                                      (all of these move demand too: confounders)
                + .6 log cost + trial                                (these move the price alone: they identify)
`surge` bends (tanh); sales of last week are log units against the zone's normal; promotions come more often in
holiday weeks and cut by about 20 %, less or more; costs are AR(1) by product; trials are the shop's own small price
tests, drawn anew for each zone and week with a spread of 10 %.

Demand has a shock that lasts (AR(1), .8): nobody sees it. The price setter sees `visits`, a noisy sign of it taken
before the price is set, and raises the price with it. Given what is in the table the price does not depend on the
shock.

- `loglog`: log demand = level + elasticity * log price + season + holiday + promotion lift + pull of the competitor's
  price + shock + noise; the true elasticity is the coefficient.
- `linear`: demand is linear in the price and everything else adds to it, nothing multiplies; prices move .7 as much.
  The true elasticity is that of the line at the product's mean price and mean demand.
- `segments`: as `loglog`, for members and guests apart, who pay the same price: guests are more elastic by a
  difference that each category draws, and every product scatters around that. Truth is by product and segment.

Units are Poisson counts of demand. An estimator is given: product, category, segment, zone, week, price, units and
the controls (promotion flag, holiday flag, log competitor price, visits); it may work out calendar terms and lags from
these. It is not given the cost, the shock, the trial, the cut, or any of the true numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
NAMES = ("linear", "loglog", "segments")
PRODUCTS, CATEGORIES, ZONES, WEEKS = 500, 20, 3, 104
HOLIDAYS = (13, 21, 46, 47, 50, 51)
"""Weeks of the year."""
SEGMENTS = ("members", "guests")


@dataclass(frozen=True)
class World:
    """Rows of sales, and `truth` by (product, segment); `segment` is "" where a world has one."""

    name: str
    product: list[str]
    category: list[str]
    segment: list[str]
    zone: list[str]
    week: NDArray[np.int64]
    price: Doubles
    units: Doubles
    controls: Mapping[str, Doubles]
    truth: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class _Shop:
    """What all worlds share; arrays are [products], [products, weeks] or [products, zones, weeks]."""

    elasticity: Doubles
    size: Doubles
    base: Doubles
    season: Doubles
    holiday: Doubles
    lift: Doubles
    pull: Doubles
    competitor: Doubles
    shock: Doubles
    visits: Doubles
    promotion: Doubles
    cut: Doubles
    moves: Doubles
    surge: Doubles
    age: NDArray[np.int64]


def world(name: str, seed: int) -> World:
    """One of NAMES; the same seed draws the same world."""
    rng = np.random.default_rng([NAMES.index(name), seed])
    shop = _shop(rng, linear=name == "linear")
    gaps = _segment_gaps(rng) if name == "segments" else np.zeros((PRODUCTS, 1))
    return _sell(name, shop, gaps, rng)


def _category_of() -> NDArray[np.int64]:
    return np.arange(PRODUCTS) % CATEGORIES


def _shop(rng: np.random.Generator, *, linear: bool) -> _Shop:
    category = _category_of()
    if linear:
        elasticity = rng.normal(-1.5, 0.3, CATEGORIES)[category] + rng.normal(0, 0.25, PRODUCTS)
        elasticity = np.clip(elasticity, -2.2, -0.5)
    else:
        elasticity = rng.normal(-2.2, 0.5, CATEGORIES)[category] + rng.normal(0, 0.35, PRODUCTS)
        elasticity = np.clip(elasticity, -4.5, -0.4)
    year = 2 * np.pi * np.arange(WEEKS) / 52
    height, phase = rng.uniform(0.05, 0.3, PRODUCTS), rng.uniform(0, 2 * np.pi, CATEGORIES)[category]
    season = height[:, None] * np.sin(year[None, :] + phase[:, None])
    holiday = np.isin(np.arange(WEEKS) % 52, HOLIDAYS).astype(np.float64)
    competitor = _lasting(rng, 0.1, 0.85)
    shock = _lasting(rng, 0.35 if not linear else 0.2, 0.8)
    sign = 0.15 if not linear else 0.1
    visits = shock + rng.normal(0, sign, shock.shape)
    promotion = (rng.random((PRODUCTS, WEEKS)) < 0.1 + 0.15 * holiday).astype(np.float64)
    cut = promotion * rng.normal(0.2, 0.05, promotion.shape)
    cost = _lasting(rng, 0.08, 0.8)
    trial = rng.normal(0, 0.1, (PRODUCTS, ZONES, WEEKS))
    surge = rng.uniform(0.15, 0.35, PRODUCTS)[:, None] * np.tanh(visits / 0.35) * 0.7
    return _Shop(
        elasticity=elasticity,
        size=300 * np.exp(rng.normal(0, 0.6, PRODUCTS)),
        base=np.log(rng.uniform(2, 60, PRODUCTS)),
        season=season,
        holiday=rng.uniform(0.05, 0.3, PRODUCTS)[:, None] * holiday,
        lift=rng.uniform(0.1, 0.4, PRODUCTS),
        pull=rng.uniform(0.2, 0.8, PRODUCTS),
        competitor=competitor,
        shock=shock,
        visits=visits,
        promotion=promotion,
        cut=cut,
        moves=(0.3 * competitor + 0.3 * season + 0.6 * cost)[:, None, :] + trial,
        surge=surge,
        age=np.where(rng.random(PRODUCTS) < 0.2, rng.integers(20, 46, PRODUCTS), WEEKS),
    )


def _lasting(rng: np.random.Generator, spread: float, stays: float) -> Doubles:
    """AR(1) by product, [products, weeks], standard deviation `spread`."""
    steps = rng.normal(0, spread, (PRODUCTS, WEEKS))
    series = steps.copy()
    for week in range(1, WEEKS):
        series[:, week] = stays * series[:, week - 1] + np.sqrt(1 - stays**2) * steps[:, week]
    return series


def _segment_gaps(rng: np.random.Generator) -> Doubles:
    """What members and guests add to the product's elasticity, [products, 2]."""
    gap = np.clip(rng.normal(0.8, 0.3, CATEGORIES), 0.0, None)[_category_of()]
    sides = np.stack([gap / 2, -gap / 2], axis=1)
    return np.asarray(sides + rng.normal(0, 0.15, sides.shape))


def _sell(name: str, shop: _Shop, gaps: Doubles, rng: np.random.Generator) -> World:
    """Week by week, because the price setter looks at the week before."""
    elasticity = np.minimum(shop.elasticity[:, None] + gaps, -0.1)
    zone_size = rng.uniform(0.6, 1.4, (PRODUCTS, ZONES))
    log_price, expected = np.empty((PRODUCTS, ZONES, WEEKS)), np.empty((PRODUCTS, gaps.shape[1], ZONES, WEEKS))
    units = np.empty_like(expected)
    last = np.zeros((PRODUCTS, ZONES))
    for week in range(WEEKS):
        moved = shop.moves[:, :, week] + (shop.surge - shop.cut)[:, week, None] + 0.04 * last
        log_price[:, :, week] = moved * (0.7 if name == "linear" else 1.0)
        demand = _demand(shop, elasticity, log_price[:, :, week], linear=name == "linear", week=week)
        noise = rng.normal(0, 0.12, demand.shape)
        noisy = demand + noise if name == "linear" else demand * np.exp(noise)
        expected[..., week] = demand
        share = shop.size[:, None, None] * zone_size[:, None, :] / gaps.shape[1]
        units[..., week] = rng.poisson(np.maximum(noisy, 0.05) * share)
        last = np.log(np.maximum(units[..., week].sum(axis=1), 1.0) / (shop.size[:, None] * zone_size))
    truth = elasticity if name != "linear" else _at_the_mean(elasticity, log_price, expected, shop.age)
    return _table(name, shop, (log_price, units), truth)


def _demand(shop: _Shop, elasticity: Doubles, log_price: Doubles, *, linear: bool, week: int) -> Doubles:
    """Expected demand in shares of the usual, [products, segments, zones]; prices are against the base price."""
    pushed = shop.season[:, week] + shop.holiday[:, week] + shop.lift * shop.promotion[:, week]
    pushed = (pushed + shop.pull * shop.competitor[:, week] + shop.shock[:, week])[:, None, None]
    if linear:
        return np.asarray(1 + pushed + elasticity[:, :, None] * (np.exp(log_price) - 1)[:, None, :])
    return np.asarray(np.exp(pushed + elasticity[:, :, None] * log_price[:, None, :]))


def _at_the_mean(elasticity: Doubles, log_price: Doubles, expected: Doubles, age: NDArray[np.int64]) -> Doubles:
    """Slope times mean price over mean demand, in the weeks that are in the table."""
    truth = np.empty_like(elasticity)
    for product, weeks in enumerate(age):
        price = np.exp(log_price[product, :, -weeks:]).mean()
        truth[product, 0] = elasticity[product, 0] * price / expected[product, 0, :, -weeks:].mean()
    return truth


def _table(name: str, shop: _Shop, sold: tuple[Doubles, Doubles], truth: Doubles) -> World:
    segments = SEGMENTS if name == "segments" else ("",)
    log_price, units = sold
    shape = units.shape
    kept = np.broadcast_to(np.arange(WEEKS) >= (WEEKS - shop.age)[:, None, None, None], shape)
    product, segment, zone, week = np.nonzero(kept)
    category = _category_of()
    holiday = np.isin(week % 52, HOLIDAYS).astype(np.float64)
    return World(
        name=name,
        product=[f"p{number:03d}" for number in product],
        category=[f"c{number:02d}" for number in category[product]],
        segment=[segments[number] for number in segment],
        zone=[f"z{number}" for number in zone],
        week=week,
        price=np.exp(shop.base[product] + log_price[product, zone, week]),
        units=units[kept],
        controls={
            "promotion": shop.promotion[product, week],
            "holiday": holiday,
            "log_competitor_price": shop.competitor[product, week] + shop.base[product],
            "visits": shop.visits[product, week],
        },
        truth={
            (f"p{number:03d}", label): float(truth[number, place])
            for number in range(PRODUCTS)
            for place, label in enumerate(segments)
        },
    )
