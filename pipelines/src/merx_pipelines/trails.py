"""What candidate models learn from: who bought what, when and together, in rows of a product index."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_core.features.inputs import SECONDS_A_DAY
from merx_core.features.purchases import Purchases
from merx_core.ids import ProductId
from merx_models.product_index import ProductIndex
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.steps.shop_arrays import ShopArrays

Rows = NDArray[np.int32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Trails:
    """One entry per product and order, sorted by shopper and, within one, by time.

    `shopper` are codes of `profile_ids`, `row` rows of the index, `age_days` days before the cut-off.
    """

    profile_ids: tuple[str, ...]
    shopper: Rows
    row: Rows
    age_days: NDArray[np.float32]

    def histories(self, longest: int) -> list[Rows]:
        """The last `longest` purchases of each shopper, oldest first; empty for a shopper without one."""
        return [part[-longest:] for part in np.split(self.row, self._starts())]

    def ages(self, longest: int) -> list[NDArray[np.float32]]:
        """The ages that belong to `histories`."""
        return [part[-longest:] for part in np.split(self.age_days, self._starts())]

    def orders(self) -> list[Rows]:
        """Each order's products; orders are told apart by shopper and moment."""
        if not len(self.row):
            return []
        new = (self.shopper[1:] != self.shopper[:-1]) | (self.age_days[1:] != self.age_days[:-1])
        return np.split(self.row, np.flatnonzero(new) + 1)

    def since(self, days: float) -> "Trails":
        """Only what happened in the last `days`."""
        kept = self.age_days <= days
        return Trails(self.profile_ids, self.shopper[kept], self.row[kept], self.age_days[kept])

    def _starts(self) -> NDArray[np.intp]:
        return np.searchsorted(self.shopper, np.arange(1, len(self.profile_ids)))


def trails_before(shop: ShopArrays, index: ProductIndex, until: float, *, days: float) -> Trails:
    """What happened in the `days` before `until` (epoch seconds) with the products of `index`."""
    known = shop.purchases.window(days, until)
    rows = index.rows(shop.product_ids)[known.product]
    kept = known.new_sale & (rows >= 0)
    shopper, row, time = known.shopper[kept], rows[kept], known.time[kept]
    order = np.lexsort((time, shopper))
    ages = ((until - time[order]) / SECONDS_A_DAY).astype(np.float32)
    return Trails(tuple(shop.profile_ids), shopper[order].astype(np.int32), row[order].astype(np.int32), ages)


def product_index(shop: ShopArrays, until: float, profile: TrainingProfile, *, seed: int = 0) -> ProductIndex:
    """The products worth knowing at `until`: those sold, best first, then a share of the others (see TrainingProfile).

    A catalogue that fits is taken whole. Only products of the catalogue are taken: what is not in it cannot be shown.
    """
    listed = len(shop.catalogue)
    sold = sales_before(shop.purchases, until, len(shop.product_ids), days=profile.history_days)[:listed]
    order = np.lexsort((np.arange(listed), -sold))
    if listed > profile.max_products:
        often = order[sold[order] >= profile.min_sales][: profile.max_products - profile.cold_products]
        others = np.setdiff1d(np.flatnonzero(shop.catalogue["in_stock"].to_numpy(bool)), often)
        drawn = np.random.default_rng(seed).permutation(others)[: profile.cold_products]
        order = np.concatenate([often, np.sort(drawn)])
    return ProductIndex(tuple(ProductId(str(product)) for product in shop.product_ids[order]))


def sales_before(purchases: Purchases, until: float, size: int, *, days: float) -> Doubles:
    """Orders with each product in the `days` before `until`."""
    known = purchases.window(days, until)
    return np.bincount(known.product[known.new_sale], minlength=size).astype(np.float64)


def bought_between(shop: ShopArrays, index: ProductIndex, since: float, until: float) -> dict[str, list[Rows]]:
    """By profile id the orders of a span of time, each as rows of the index (-1: not in it), distinct and sorted."""
    part = shop.purchases.between(since, until)
    rows = index.rows(shop.product_ids)[part.product][part.new_sale]
    shopper, time = part.shopper[part.new_sale], part.time[part.new_sale]
    found: dict[str, list[Rows]] = {}
    order = np.lexsort((rows, time, shopper))
    shopper, time, rows = shopper[order], time[order], rows[order]
    new = np.flatnonzero((shopper[1:] != shopper[:-1]) | (time[1:] != time[:-1])) + 1
    for start, lines in zip(np.append(0, new), np.split(rows, new), strict=True):
        if len(lines):
            found.setdefault(str(shop.profile_ids[shopper[start]]), []).append(lines.astype(np.int32))
    return found
