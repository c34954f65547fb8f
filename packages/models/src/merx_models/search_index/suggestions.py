"""Values that the catalogue lacks, as read from pictures; kept beside the index, never written into the catalogue."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from merx_core.catalogue import Product
from merx_models.pictures.model import Look

FILE = "suggestions.jsonl"
CATEGORY, COLOUR = "category", "colour"


class Suggestion(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`picture` is where the picture came from that the value was read from."""

    product_id: str
    attribute: str
    value: str
    confidence: float
    picture: str


def suggestions_for(product: Product, look: Look, *, picture: str, least: float = 0.5) -> list[Suggestion]:
    """What the picture tells and the product does not, where the model is at least so sure."""
    held = {name for name, value in product.attributes.items() if value}
    if product.category:
        held |= {CATEGORY, "coarse"}
    told = {name: (guesses[0].value, guesses[0].confidence) for name, guesses in look.attributes.items() if guesses}
    told[COLOUR] = (look.colours[0].name, look.colours[0].share)
    return [
        Suggestion(product.product_id, name, value, round(sure, 4), picture)
        for name, (value, sure) in sorted(told.items())
        if name not in held and sure >= least
    ]


def write_suggestions(folder: Path, suggestions: Sequence[Suggestion]) -> None:
    """Surest first; equal ones by product and attribute."""
    order = sorted(suggestions, key=lambda each: (-each.confidence, each.product_id, each.attribute))
    (folder / FILE).write_bytes(msgspec.json.Encoder().encode_lines(order))


def read_suggestions(folder: Path) -> list[Suggestion]:
    return msgspec.json.Decoder(Suggestion).decode_lines((folder / FILE).read_bytes())
