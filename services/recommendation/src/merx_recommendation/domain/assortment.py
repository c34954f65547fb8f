"""What the shop sells, as arrays, and which of it may be shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from merx_recommendation.domain.listing import Listing
from merx_recommendation.domain.shapes import Mask, Rows, Rules

_NO_ROWS: Rows = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Assortment:
    """What the shop sells, by row: the model's products first (so that a model row is an assortment row), then those
    that came since it was trained, then those that came since the snapshot. Never changes once built.

    `catalogue_rows` is each product's row in the catalogue, -1 where it has none, with one more -1 at the end, so that
    row -1 ("unknown") stays -1; `listed` says what the shop sells now; `popular` lists rows, best first.
    """

    ids: Sequence[str]
    row_of: Mapping[str, int]
    catalogue_rows: Rows
    in_stock: Mask
    price: NDArray[np.float64]
    popular: Rows
    categories: Mapping[str, Rows]
    listed: Mask
    model_size: int = 0

    @classmethod
    def empty(cls) -> Self:
        """A shop without products."""
        nothing = np.empty(0)
        return cls.arrange((), in_stock=nothing.astype(np.bool_), price=nothing, popularity=nothing, categories={})

    @classmethod
    def arrange(
        cls,
        catalogue_ids: Sequence[str],
        *,
        in_stock: Mask,
        price: NDArray[np.float64],
        popularity: NDArray[np.floating],
        categories: Mapping[str, Rows],
        model_ids: Sequence[str] = (),
    ) -> Self:
        """Put a catalogue (arrays by catalogue row) into the order of a model's products."""
        row_of = {product: row for row, product in enumerate(model_ids)}
        new = [product for product in catalogue_ids if product not in row_of]
        row_of.update((product, row) for row, product in enumerate(new, start=len(model_ids)))
        mine = np.fromiter((row_of[product] for product in catalogue_ids), np.int32, len(catalogue_ids))
        catalogue_rows = np.full(len(row_of) + 1, -1, np.int32)
        catalogue_rows[mine] = np.arange(len(mine), dtype=np.int32)
        prices = np.full(len(row_of), np.nan)
        prices[mine] = price
        stocked = np.zeros(len(row_of), np.bool_)
        stocked[mine] = in_stock
        best_first = np.argsort(-np.nan_to_num(popularity, nan=-np.inf), kind="stable")
        return cls(
            ids=[*model_ids, *new],
            row_of=row_of,
            catalogue_rows=catalogue_rows,
            in_stock=stocked,
            price=prices,
            popular=mine[best_first],
            categories={name: mine[rows] for name, rows in categories.items()},
            listed=catalogue_rows[:-1] >= 0,
            model_size=len(model_ids),
        )

    def changed(self, listings: Sequence[Listing]) -> Self:
        """With what the log says of some products, each at most once; a copy of what changes, and of nothing else.

        A product that comes anew stands last among the best sellers.
        """
        known = [listing for listing in listings if listing.product_id in self.row_of or listing.listed]
        grown = self._grown([listing.product_id for listing in known if listing.product_id not in self.row_of])
        rows = grown.rows(listing.product_id for listing in known)
        listed, stocked, price = grown.listed.copy(), grown.in_stock.copy(), grown.price
        told = [(row, listing) for row, listing in zip(rows.tolist(), known, strict=True)]
        for row, listing in told:
            if listing.listed is not None:
                listed[row] = listing.listed
            stocked[row] = listed[row] and (stocked[row] if listing.in_stock is None else listing.in_stock)
        if priced := [(row, listing.price) for row, listing in told if listing.price is not None]:
            price = price.copy()
            where, values = zip(*priced, strict=True)
            price[list(where)] = values
        back = np.flatnonzero(listed & ~grown.listed)
        return replace(
            grown,
            listed=listed,
            in_stock=stocked,
            price=price,
            popular=np.append(grown.popular, back[~np.isin(back, grown.popular)].astype(np.int32)),
            categories=_moved(grown.categories, told),
        )

    def _grown(self, new: Sequence[str]) -> Self:
        """With room for `new` products, which neither the model nor the snapshot knows."""
        if not new:
            return self
        first = len(self.ids)
        rows = np.arange(first, first + len(new), dtype=np.int32)
        return replace(
            self,
            ids=[*self.ids, *new],
            row_of={**self.row_of, **dict(zip(new, rows.tolist(), strict=True))},
            catalogue_rows=np.append(self.catalogue_rows, np.full(len(new), -1, np.int32)),
            in_stock=np.append(self.in_stock, np.zeros(len(new), np.bool_)),
            listed=np.append(self.listed, np.zeros(len(new), np.bool_)),
            price=np.append(self.price, np.full(len(new), np.nan)),
        )

    def rows(self, ids: Iterable[str]) -> Rows:
        """The row of each id, -1 where the shop does not know it."""
        get = self.row_of.get
        return np.array([get(product, -1) for product in ids], dtype=np.int32)

    def model_rows(self, rows: Rows) -> Rows:
        """The same products as the model counts them, -1 where it does not know them."""
        return np.where(rows < self.model_size, rows, -1).astype(np.int32)

    def in_categories(self, names: Iterable[str]) -> Mask:
        """Which rows lie in any of the named categories, on any level of their path."""
        mask = np.zeros(len(self.ids), np.bool_)
        for name in names:
            mask[self.categories.get(name, _NO_ROWS)] = True
        return mask

    def allowed(self, rules: Rules, barred: Rows) -> Mask:
        """Which rows may be shown under `rules`, the `barred` ones aside."""
        mask = (self.in_stock if rules.in_stock else self.listed).copy()
        if rules.categories:
            mask &= self.in_categories(rules.categories)
        if rules.exclude_categories:
            mask &= ~self.in_categories(rules.exclude_categories)
        if rules.price_min is not None:
            mask &= self.price >= rules.price_min
        if rules.price_max is not None:
            mask &= self.price <= rules.price_max
        mask[barred[barred >= 0]] = False
        return mask

    def best_sold(self, allowed: Mask, count: int, *, without: Rows) -> Rows:
        """The `count` best sold rows that are allowed and not in `without`."""
        mask = allowed
        if len(without):
            mask = allowed.copy()
            mask[without] = False
        return self.popular[mask[self.popular]][:count]


def _moved(categories: Mapping[str, Rows], told: Sequence[tuple[int, Listing]]) -> Mapping[str, Rows]:
    """The categories after every move; those that nothing enters or leaves are shared with the ones before."""
    entered: dict[str, list[int]] = {}
    left: dict[str, list[int]] = {}
    for row, listing in told:
        for name in listing.entered:
            entered.setdefault(name, []).append(row)
        for name in listing.left:
            left.setdefault(name, []).append(row)
    if not entered and not left:
        return categories
    after = dict(categories)
    for name in {*entered, *left}:
        rows = after.get(name, _NO_ROWS)
        gone = [*left.get(name, ()), *entered.get(name, ())]  # what enters again stands there once
        after[name] = np.append(rows[~np.isin(rows, gone)], np.array(entered.get(name, ()), np.int32))
    return after
