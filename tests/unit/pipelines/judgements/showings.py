"""Lists that were shown and what was done, in the numbers of `merx_pipelines.indexing.behaviour`."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from merx_pipelines.indexing.behaviour import ACTS, SHOWN

MINUTE_US = 60_000_000
VIEW, CART, PURCHASE = 1, 2, 3


class Act(NamedTuple):
    """What shopper did with product, so many minutes after the lists of `Shop.show`."""

    shopper: int
    product: int
    grade: int = VIEW
    minutes: float = 1.0


def shown(*lists: tuple[int, int, float, Sequence[int]], start: int = 0) -> pd.DataFrame:
    """Each list is (shopper, query, minute, products from position `start` on)."""
    rows = [
        (shopper, query, int(minute * MINUTE_US), product, start + place)
        for shopper, query, minute, products in lists
        for place, product in enumerate(products)
    ]
    return pd.DataFrame(rows, columns=list(SHOWN), dtype="int64")


def acts(*done: Act) -> pd.DataFrame:
    rows = [(act.shopper, act.product, int(act.minutes * MINUTE_US), act.grade) for act in done]
    return pd.DataFrame(rows, columns=list(ACTS), dtype="int64")
