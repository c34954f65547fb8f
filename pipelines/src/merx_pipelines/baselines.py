"""What Merx is measured against on the same shoppers: lists that need no learning, and item neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from merx_core.features.inputs import SECONDS_A_DAY
from merx_models.linear import LinearScorer
from merx_models.product_index import ProductIndex
from merx_pipelines.candidate_models import Past, fit_neighbours
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.steps.shop_arrays import ShopArrays

POPULAR_DAYS = 28.0
REPEAT_HALF_LIFE_DAYS = 90.0
"""The best of 28, 45, 90 and no forgetting on weeks before the held-out one."""


@dataclass(frozen=True)
class Baselines:
    """Knows what was bought before `until` (epoch seconds), over the whole catalogue."""

    shop: ShopArrays
    until: float

    def popular(self, k: int = 10) -> list[str]:
        """The products in most orders of the last four weeks."""
        part = self.shop.purchases.window(POPULAR_DAYS, self.until)
        sales = np.bincount(part.product[part.new_sale], minlength=len(self.shop.product_ids))
        best = np.lexsort((np.arange(len(sales)), -sales))[:k]
        return [str(self.shop.product_ids[row]) for row in best if sales[row] > 0]

    def repeat(self, profile_ids: Sequence[str], k: int = 10) -> list[list[str]]:
        """What each shopper bought most often, older purchases counting less; the most popular fill the list."""
        known = self.shop.purchases.before(self.until)
        sale = known.new_sale
        ages = (self.until - known.time[sale]) / SECONDS_A_DAY
        worth = np.exp2(-ages / REPEAT_HALF_LIFE_DAYS)
        size = len(self.shop.product_ids)
        keys = known.shopper[sale].astype(np.int64) * size + known.product[sale]
        pairs, place = np.unique(keys, return_inverse=True)
        sums = np.bincount(place, weights=worth)
        order = np.lexsort((pairs, -sums, pairs // size))
        shopper, product = np.divmod(pairs[order], size)
        filler = self.popular(2 * k)
        found = []
        for code in self._codes(profile_ids):
            start, stop = np.searchsorted(shopper, (code, code + 1)) if code >= 0 else (0, 0)
            own = [str(self.shop.product_ids[row]) for row in product[start:stop][:k]]
            found.append(filled(own, filler, k))
        return found

    def neighbours(self, index: ProductIndex, profile_ids: Sequence[str], profile: TrainingProfile) -> list[list[str]]:
        """Item neighbours of what each shopper bought; the most popular fill the list."""
        past = Past.before(self.shop, index, self.until, profile=profile)
        model: LinearScorer = fit_neighbours(past, profile)
        histories, ages = past.trails.histories(profile.trail), past.trails.ages(profile.trail)
        filler = self.popular(20)
        found = []
        for code in self._codes(profile_ids):
            rows, _ = model.top(histories[code], ages[code], 10) if code >= 0 else (np.empty(0, np.int32), None)
            found.append(filled([str(each) for each in index.products(rows)], filler, 10))
        return found

    def _codes(self, profile_ids: Sequence[str]) -> list[int]:
        """The codes of shoppers, -1 for an unknown one."""
        import pandas as pd

        codes: list[int] = self.shop.profile_ids.get_indexer(pd.Index(list(profile_ids))).tolist()
        return codes


def filled(own: Sequence[str], filler: Sequence[str], k: int) -> list[str]:
    """`own`, then what `filler` adds to it, `k` in all."""
    seen = set(own)
    return [*own, *(product for product in filler if product not in seen)][:k]
