"""A small shop whose prices follow demand: what it knows of demand (`visits`) moves price and units alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_models.elasticity import PriceHistory

STORES = ("north", "south")


@dataclass(frozen=True)
class Shop:
    """`truth` by product; columns as `PriceHistory.of` takes them."""

    columns: Mapping[str, NDArray[np.generic]]
    visits: NDArray[np.float64]
    truth: Mapping[str, float]

    def history(self, rows: NDArray[np.intp] | None = None, **changed: NDArray[np.generic]) -> PriceHistory:
        columns = {**self.columns, **changed}
        picked = np.arange(len(self.visits)) if rows is None else rows
        given = {name: column[picked] for name, column in columns.items()}
        return PriceHistory.of(**given, controls={"visits": self.visits[picked]})  # type: ignore[arg-type]

    def weeks_of(self, product: str, last: int) -> NDArray[np.intp]:
        """All rows, but of `product` only those of the last weeks."""
        own = self.columns["product"] == product
        return np.flatnonzero(~own | (self.columns["time"] >= self.columns["time"].max() + 1 - last))


def shop(products: int = 10, categories: int = 2, *, weeks: int = 60, seed: int = 0, scatter: float = 0.3) -> Shop:
    rng = np.random.default_rng(seed)
    category = np.arange(products) % categories
    truth = np.linspace(-3.0, -1.5, categories)[category] + rng.normal(0, scatter, products)
    visits = rng.normal(0, 0.4, (products, 1, weeks)) + np.zeros((1, len(STORES), 1))
    log_price = 0.3 * visits + rng.normal(0, 0.1, visits.shape)
    log_units = 5 + truth[:, None, None] * log_price + visits + rng.normal(0, 0.15, visits.shape)
    product, store, time = (index.ravel() for index in np.indices(visits.shape))
    names = np.array([f"p{number:02d}" for number in range(products)])
    columns: dict[str, NDArray[np.generic]] = {
        "product": names[product],
        "category": np.array([f"c{number}" for number in range(categories)])[category[product]],
        "store": np.array(STORES)[store],
        "time": time,
        "price": 10 * np.exp(log_price.ravel()),
        "units": np.exp(log_units.ravel()),
    }
    return Shop(columns, visits.ravel(), dict(zip(names.tolist(), truth.tolist(), strict=True)))
