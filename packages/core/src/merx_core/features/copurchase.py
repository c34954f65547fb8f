"""Which products are bought in the same orders, from counts in compressed sparse rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from merx_core.features.inputs import Doubles, Floats, Ints
from merx_core.features.names import TOP_TOGETHER

MIN_TOGETHER = 2
"""Orders that two products must share before they count as bought together."""
SHRINKAGE = 10.0
"""Imagined orders with only one of the two: two rare products that share two orders are not the closest pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """Pairs grouped by product, the strongest first; weights are shrunk cosines in (0, 1)."""

    product: Ints
    partner: Ints
    weights: Floats


def strongest_partners(
    indptr: npt.NDArray[np.integer],
    partner: Ints,
    together: Doubles,
    *,
    sales: Doubles,
    top: int = TOP_TOGETHER,
) -> Partners:
    """The `top` partners of each product, out of the CSR rows of an order count [products, products].

    `together` are orders with both, `sales` [products] orders with each.
    """
    product = np.repeat(np.arange(indptr.shape[0] - 1, dtype=np.int32), np.diff(indptr))
    kept = (together >= MIN_TOGETHER) & (product != partner)
    product, partner, together = product[kept], partner[kept], together[kept]
    weights = together / (np.sqrt(sales[product] * sales[partner]) + SHRINKAGE)
    order = np.lexsort((partner, -weights, product))
    product, partner, weights = product[order], partner[order], weights[order]
    counts = np.bincount(product, minlength=indptr.shape[0] - 1)
    place = np.arange(product.shape[0]) - np.repeat(np.cumsum(counts) - counts, counts)
    best = place < top
    return Partners(product=product[best], partner=partner[best].astype(np.int32), weights=weights[best].astype("f4"))
