"""Values that the catalogue lacks, as read from pictures; kept beside the index, never written into the catalogue."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from merx_core.catalogue import Product
from merx_models.pictures.model import Guess

FILE = "suggestions.jsonl"


class Suggestion(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`picture` is where the picture came from that the value was read from."""

    product_id: str
    attribute: str
    value: str
    confidence: float
    picture: str


def suggestions_for(
    product: Product, told: Mapping[str, Sequence[Guess]], *, picture: str, least: float
) -> list[Suggestion]:
    """What the picture tells (guesses by attribute, likeliest first) and the product does not, where the model is at
    least so sure."""
    held = stated(product)
    return [
        Suggestion(product.product_id, name, guesses[0].value, round(guesses[0].confidence, 4), picture)
        for name, guesses in sorted(told.items())
        if name not in held and guesses and guesses[0].confidence >= least
    ]


def stated(product: Product) -> set[str]:
    """Attributes that the catalogue tells of a product itself, by the names that suggestions give them."""
    held = {name.casefold() for name, value in product.attributes.items() if value}
    if "color" in held:
        held.add("colour")
    if product.category:
        held |= {"category", "coarse"}
    return held


def write_suggestions(folder: Path, suggestions: Sequence[Suggestion]) -> None:
    """Surest first; equal ones by product and attribute."""
    order = sorted(suggestions, key=lambda each: (-each.confidence, each.product_id, each.attribute))
    (folder / FILE).write_bytes(msgspec.json.Encoder().encode_lines(order))


def read_suggestions(folder: Path) -> list[Suggestion]:
    return msgspec.json.Decoder(Suggestion).decode_lines((folder / FILE).read_bytes())
