"""A made-up shop whose demand is known: products of two categories in four stores, cheaper or promoted sells more."""

from typing import Any

import numpy as np

from merx_models.demand.long_table import read_long
from merx_models.demand.sales import SalesTable

PRODUCTS, STORES, WEEKS = 6, 4, 80
FIRST = 1000
ELASTICITY, PROMOTED = -2.5, 0.7


def columns(seed: int = 0, *, products: int = PRODUCTS, stores: int = STORES, weeks: int = WEEKS) -> dict[str, Any]:
    """Long columns; units are exp(product + store - 2.5 log price + .7 promotion + noise)."""
    rng = np.random.default_rng(seed)
    product, store, week = (part.ravel() for part in np.indices((products, stores, weeks)))
    cut = rng.random((products, weeks)) < 0.25
    price = np.where(cut, 0.8, 1.0)[product, week] * (1.0 + 0.3 * product)
    promotion = (cut & (rng.random((products, weeks)) < 0.5))[product, week]
    logged = 4.0 + 0.4 * (product % 3) + 0.3 * store + ELASTICITY * np.log(price / (1.0 + 0.3 * product))
    units = np.exp(logged + PROMOTED * promotion + rng.normal(0.0, 0.15, len(week)))
    return {
        "series": np.array([f"p{a}/s{b}" for a, b in zip(product, store, strict=True)]),
        "time": week + FIRST,
        "value": units.round(),
        "product": np.array([f"p{a}" for a in product]),
        "store": np.array([f"s{b}" for b in store]),
        "category": np.array([f"c{a % 2}" for a in product]),
        "family": np.array([f"c{a % 2}" for a in product]),
        "price": price,
        "promotion_offer": promotion.astype(float),
    }


def shop(seed: int = 0, **sizes: int) -> SalesTable:
    return read_long(columns(seed, **sizes))
