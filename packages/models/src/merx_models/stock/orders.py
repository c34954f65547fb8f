"""Orders: once for a season (newsvendor), or again and again at a service level ((s, S) and order-up-to)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from merx_models.stock.forecast import Doubles, Ints, QuantileForecast

DRAWS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """Periods between order and delivery, and how likely each is (adds up to 1)."""

    periods: tuple[int, ...]
    chances: tuple[float, ...]

    def __post_init__(self) -> None:
        """Raises ValueError where a lead time is below 0 or has no chance, or chances do not add up."""
        if len(self.periods) != len(self.chances) or not self.periods or min(self.periods) < 0:
            raise ValueError(f"every lead time has a chance, and none is below 0, got {self.periods}")
        if not all(0 <= chance <= 1 for chance in self.chances) or not math.isclose(
            sum(self.chances), 1.0, abs_tol=1e-6
        ):
            raise ValueError("chances of lead times add up to 1")

    def draw(self, count: int, rng: np.random.Generator) -> Ints:
        return rng.choice(np.array(self.periods, np.int64), size=count, p=np.array(self.chances) / sum(self.chances))

    @property
    def mean(self) -> float:
        return float(np.dot(self.periods, self.chances))


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """How a product is bought. Between two chances to order lie `review` periods (0: at any time); an order costs
    `order_cost` however large, and keeping a unit for a period `holding` (minor units); orders are multiples of `pack`,
    at least `least`; `service` is the share of cycles that must not run out."""

    lead_time: LeadTime
    review: int = 1
    order_cost: float = 0.0
    holding: float = 0.0
    pack: int = 1
    least: int = 0
    service: float = 0.95

    def __post_init__(self) -> None:
        """Raises ValueError where a cost is missing, or terms make no sense."""
        if self.review < 0 or self.pack < 1 or self.least < 0 or not 0.0 < self.service < 1.0:
            raise ValueError("review and least order are not below 0, packs hold something, service is between 0 and 1")
        _known("order_cost", self.order_cost)
        _known("holding", self.holding)
        if self.order_cost > 0 and self.holding == 0:
            raise ValueError("a cost of ordering needs a cost of holding beside it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Units `on_hand`, `on_order` (to arrive) and `owed` to shoppers."""

    on_hand: int
    on_order: int = 0
    owed: int = 0

    def __post_init__(self) -> None:
        if min(self.on_hand, self.on_order, self.owed) < 0:
            raise ValueError("units on hand, on order and owed are not below 0; what is owed is no negative stock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to order now, and why: the stock `position` (on hand and on order, less what is owed) fell to the
    `reorder_point`, so it goes up to `order_up_to`. `safety` is the part of the reorder point beyond mean demand,
    `runs_out` the chance that the shelf is empty before an order placed at the next review arrives, if nothing is
    ordered now."""

    quantity: int
    position: int
    reorder_point: int
    order_up_to: int
    safety: float
    runs_out: float
    reasons: tuple[str, ...]


def _known(name: str, amount: float | None) -> None:
    """What comes from a file may be missing, whatever the types say."""
    if amount is None or not math.isfinite(amount) or amount < 0:
        raise ValueError(f"{name} must be known and not below 0, got {amount}")


def newsvendor(demand: QuantileForecast, *, price: float, cost: float, salvage: float = 0.0) -> int:
    """Units to buy once for the whole of `demand`'s periods: demand's quantile at (price - cost) / (price - salvage)
    (Arrow, Harris & Marschak 1951), rounded up. Nothing, where a unit sold does not pay for itself. Raises ValueError
    where price, cost or salvage is missing, or what is left is worth its cost."""
    for name, amount in (("price", price), ("cost", cost), ("salvage", salvage)):
        _known(name, amount)
    if salvage >= cost:
        raise ValueError("what is left must be worth less than it cost, or any amount is right")
    if price <= cost:
        return 0
    share = (price - cost) / (price - salvage)
    return math.ceil(float(np.quantile(_total(demand), share)) - 1e-9)


def order(demand: QuantileForecast, supply: Supply, shelf: Shelf, *, correlation: float = 0.3, seed: int = 0) -> Order:
    """The order of an (s, S) policy (Scarf 1960), s and S from the forecast's own distribution.

    s covers demand over lead time and review at the service level; S - s is the economic order quantity (Harris 1913),
    or nothing where ordering is free (order-up-to). Demand beyond the forecast's last period is taken as its last.
    """
    rng = np.random.default_rng(seed)
    lead = supply.lead_time.draw(DRAWS, rng)
    paths = _reaching(demand.paths(DRAWS, rng, correlation=correlation), int(lead.max()) + supply.review)
    exposed = _sums(paths, lead + supply.review)
    point = math.ceil(float(np.quantile(exposed, supply.service)) - 1e-9)
    weekly = float(paths.mean())
    lot = math.sqrt(2.0 * supply.order_cost * weekly / supply.holding) if supply.order_cost > 0 else 0.0
    top = point + math.ceil(lot)
    position = shelf.on_hand + shelf.on_order - shelf.owed
    quantity, reasons = _sized(top - position, supply) if position <= point else (0, ("enough",))
    if demand.periods < int(lead.max()) + supply.review:
        reasons = (*reasons, "forecast_extended")
    return Order(
        quantity=quantity,
        position=position,
        reorder_point=point,
        order_up_to=top,
        safety=point - float(exposed.mean()),
        runs_out=float((exposed > position).mean()),
        reasons=reasons,
    )


def _sized(missing: int, supply: Supply) -> tuple[int, tuple[str, ...]]:
    if missing <= 0:
        return 0, ("enough",)
    reasons = ["below_reorder_point"]
    wanted = max(missing, supply.least)
    if wanted > missing:
        reasons.append("least_order")
    packed = -(-wanted // supply.pack) * supply.pack
    if packed > wanted:
        reasons.append("whole_packs")
    return packed, tuple(reasons)


def _total(demand: QuantileForecast) -> Doubles:
    """Draws of the demand of all periods; of one period its own quantiles, evenly spaced."""
    if demand.periods == 1:
        return demand.at(ndtri((np.arange(DRAWS) + 0.5) / DRAWS)[:, None])[:, 0]
    return np.asarray(demand.paths(DRAWS, np.random.default_rng(0)).sum(axis=1))


def _reaching(paths: Doubles, periods: int) -> Doubles:
    missing = periods - paths.shape[1]
    if missing <= 0:
        return paths
    return np.concatenate([paths, np.repeat(paths[:, -1:], missing, axis=1)], axis=1)


def _sums(paths: Doubles, periods: Ints) -> Doubles:
    """[n]: demand of the first `periods` [n] periods of each path."""
    sums = np.concatenate([np.zeros((len(paths), 1)), paths.cumsum(axis=1)], axis=1)
    return np.asarray(sums[np.arange(len(paths)), periods])
