"""Purchase lines as arrays of codes, in the order of their time: what every table of features is computed from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from merx_core.features.inputs import SECONDS_A_DAY, Doubles, Ints, Mask

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """One row per line of an order. Times are epoch seconds, not decreasing; prices and discounts minor units per unit.

    `new_order` marks the first line of each order, `new_sale` the first line of each product in an order. `gap_days` is
    the time since the same shopper's previous order with the same product, NaN where there was none: it looks back
    only, so any prefix of the rows is what was known at its end.
    """

    shopper: Ints
    product: Ints
    order: Ints
    time: Doubles
    quantity: Doubles
    unit_price: Doubles
    discount: Doubles
    new_order: Mask
    new_sale: Mask
    gap_days: Doubles

    @classmethod
    def of(cls, shopper: Ints, product: Ints, order: Ints, *, time: Doubles, amounts: tuple[Doubles, ...]) -> Self:
        """From codes and times; `amounts` are quantity, unit price, discount. Raises ValueError on unsorted times."""
        if time.shape[0] and np.any(np.diff(time) < 0):
            raise ValueError("purchase lines must be sorted by time")
        quantity, unit_price, discount = amounts
        new_sale = first_of(pair_keys(order, product))
        return cls(
            shopper=shopper,
            product=product,
            order=order,
            time=time,
            quantity=quantity,
            unit_price=unit_price,
            discount=discount,
            new_order=first_of(order),
            new_sale=new_sale,
            gap_days=_gaps(pair_keys(shopper, product), time, new_sale),
        )

    def between(self, since: float, until: float) -> Self:
        """The lines at `since` or later and before `until` (epoch seconds), without copying."""
        start, stop = np.searchsorted(self.time, (since, until), side="left")
        part = slice(int(start), int(max(start, stop)))
        return type(self)(
            shopper=self.shopper[part],
            product=self.product[part],
            order=self.order[part],
            time=self.time[part],
            quantity=self.quantity[part],
            unit_price=self.unit_price[part],
            discount=self.discount[part],
            new_order=self.new_order[part],
            new_sale=self.new_sale[part],
            gap_days=self.gap_days[part],
        )

    def window(self, days: float, until: float) -> Self:
        """The lines of the last `days` before `until`."""
        return self.between(until - days * SECONDS_A_DAY, until)

    def before(self, until: float) -> Self:
        """Everything known just before `until`."""
        return self.between(-np.inf, until)


def pair_keys(left: Ints, right: Ints) -> Keys:
    """One key per pair of codes that are not negative."""
    keys: Keys = left.astype(np.int64) << 32 | right.astype(np.int64)
    return keys


def split_keys(keys: Keys) -> tuple[Ints, Ints]:
    """The two codes of each key of `pair_keys`."""
    return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)


def first_of(keys: npt.NDArray[np.integer]) -> Mask:
    """Marks the first occurrence of each key."""
    mask = np.zeros(keys.shape[0], np.bool_)
    mask[np.unique(keys, return_index=True)[1]] = True
    return mask


def count(codes: Ints, size: int, weights: Doubles | Mask | None = None) -> Doubles:
    """Sum of `weights` (1 each without) by code, [size]."""
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64)


def distinct(owner: Ints, thing: Ints, size: int) -> Doubles:
    """How many different things each owner has, [size]; a thing of code -1 is none."""
    known = thing >= 0
    # Sorting beats the hashing of np.unique several times over on keys like these.
    keys = np.sort(pair_keys(owner[known], thing[known]))
    first = np.ones(keys.shape[0], np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    return count(split_keys(keys[first])[0], size)


def share(part: Doubles, whole: Doubles) -> Doubles:
    """The ratio, NaN where there is nothing to share."""
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def last_by(codes: Ints, values: Doubles, size: int) -> Doubles:
    """The last of `values` of each code, NaN for a code without one."""
    out = np.full(size, np.nan)
    out[codes] = values  # of a repeated index the last assignment stays
    return out


def first_by(codes: Ints, values: Doubles, size: int) -> Doubles:
    """The first of `values` of each code, NaN for a code without one."""
    return last_by(codes[::-1], values[::-1], size)


def _gaps(pairs: Keys, time: Doubles, new_sale: Mask) -> Doubles:
    rows = np.flatnonzero(new_sale)
    order = rows[np.argsort(pairs[rows], kind="stable")]
    follows = pairs[order[1:]] == pairs[order[:-1]]
    gaps = np.full(pairs.shape[0], np.nan)
    gaps[order[1:][follows]] = np.diff(time[order])[follows] / SECONDS_A_DAY
    return gaps
