"""The canonical product: what every catalogue format becomes on its way in."""

from typing import Annotated

import msgspec
from msgspec import Meta

from merx_core.money import Money

ProductKey = Annotated[str, Meta(min_length=1, max_length=128)]


class Product(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing the shop sells.

    `category` is a path from the widest to the narrowest ("GROCERY", "BREAD", "BREAD:RYE"). `price` is what a shopper
    pays now, `list_price` what it costs without an offer. `stock` counts sellable units; None means not tracked.
    """

    product_id: ProductKey
    title: Annotated[str, Meta(min_length=1, max_length=1000)]
    description: str = ""
    brand: str = ""
    category: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    price: Money | None = None
    list_price: Money | None = None
    cost: Money | None = None
    stock: int | None = None
    in_stock: bool = True
    url: str = ""
    pictures: tuple[str, ...] = ()
    model_3d: str = ""
    group_id: str = ""
