"""What an answer shows of a product, and what a shopper's taste is compared with."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec

from merx_core.catalogue import Product

FILE = "cards.jsonl"


class Card(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`price` in minor units of `currency`; None where the catalogue tells none. `leaf` ends the category path."""

    product_id: str
    title: str
    brand: str
    leaf: str
    price: int | None
    currency: str


class Cards(dict[str, Card]):
    """By product id."""

    def put(self, products: Iterable[Product]) -> None:
        for product in products:
            self[product.product_id] = card_of(product)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(msgspec.json.Encoder().encode_lines(self.values()))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = msgspec.json.Decoder(Card).decode_lines((folder / FILE).read_bytes())
        return cls((card.product_id, card) for card in found)


def card_of(product: Product) -> Card:
    price = product.price
    return Card(
        product_id=product.product_id,
        title=product.title,
        brand=product.brand,
        leaf=product.category[-1] if product.category else "",
        price=None if price is None else price.amount,
        currency="" if price is None else price.currency,
    )
