"""What a picture network is to tell apart: the catalogue's own categories, as far as they have pictures enough."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_models.pictures.model import Classes

LEAST_PICTURES = 4
"""A category with fewer pictures counts as the one above it."""
NO_CLASS = -1
ANYTHING = "product"


@dataclass(frozen=True, slots=True)
class Labels:
    """`numbers` [n] are the products' classes, NO_CLASS where none has pictures enough."""

    classes: Classes
    numbers: NDArray[np.int64]


def labels_of(products: Sequence[Product], pack_type: Callable[[Product], str]) -> Labels:
    """The narrowest category of each product that has pictures enough; attributes of a class are those that most of its
    products have."""
    counts = Counter(level for product in products for level in set(product.category))
    own = [
        next((level for level in reversed(product.category) if counts[level] >= LEAST_PICTURES), None)
        for product in products
    ]
    # A level that only gave its pictures away to narrower ones is no class.
    names = sorted({name for name in own if name is not None})
    number = {name: place for place, name in enumerate(names)}
    numbers = np.array([NO_CLASS if name is None else number[name] for name in own], np.int64)
    members = [[products[row] for row in np.flatnonzero(numbers == place).tolist()] for place in range(len(names))]
    attributes = {
        "coarse": tuple(_most_common([each.category[0] for each in held]) for held in members),
        "pack_type": tuple(_most_common([pack_type(each) for each in held]) for held in members),
    }
    told = {name: values for name, values in attributes.items() if any(values)}
    return Labels(Classes(tuple(names), told), numbers)


def one_class(count: int) -> Labels:
    """Where no category has pictures enough: all are ANYTHING. Pictures can be compared so, if not told apart."""
    return Labels(Classes((ANYTHING,)), np.zeros(count, np.int64))


def _most_common(values: Sequence[str]) -> str:
    return Counter(values).most_common(1)[0][0] if values else ""
