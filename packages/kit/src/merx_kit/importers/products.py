"""Raw products judged by rules, batch by batch, and made canonical upserts."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, RecordType
from merx_core.money import Money
from merx_kit.importers.raw import Refusal
from merx_kit.importers.report import Section
from merx_kit.importers.rules import RowRule, keep_valid
from merx_kit.importers.values import AmountState, amount

SOURCE = "/imports/catalogue"
BATCH = 5_000
_KEY_LENGTH = 128
_TITLE_LENGTH = 1000
_AMOUNT_RULES = frozenset({AmountState.BAD_PRICE, AmountState.NEGATIVE_PRICE, AmountState.UNKNOWN_CURRENCY})


class RawAmount(NamedTuple):
    """An amount in major units and its currency, both as the feed wrote them."""

    value: str = ""
    currency: str = ""


class RawProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product as a feed tells it. `offer` is the price on sale now, `price` the one without an offer."""

    product_id: str
    title: str
    description: str = ""
    brand: str = ""
    category: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    price: RawAmount = RawAmount()
    offer: RawAmount = RawAmount()
    cost: RawAmount = RawAmount()
    stock: str = ""
    in_stock: bool = True
    url: str = ""
    pictures: tuple[str, ...] = ()
    model_3d: str = ""
    group_id: str = ""


@dataclass(slots=True)
class CatalogueCleaning:
    """What the products of one file are judged by. `moment` is when the catalogue was so: the file's own time."""

    section: Section
    moment: datetime
    currency: str = ""
    """Stands in where a price names none."""
    seen: set[str] = field(default_factory=set)


def product_batches(rows: Iterable[RawProduct | Refusal], cleaning: CatalogueCleaning) -> Iterator[list[CloudEvent]]:
    """The upserts of valid products in batches; every row is counted, in or out."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        cleaning.section.rows_in += len(batch)
        for row in batch:
            if isinstance(row, Refusal):
                cleaning.section.drop(row.rule, [row.example])
        records = _clean([row for row in batch if isinstance(row, RawProduct)], cleaning)
        cleaning.section.rows_out += len(records)
        if records:
            yield records


def _clean(raws: list[RawProduct], cleaning: CatalogueCleaning) -> list[CloudEvent]:
    amounts = [_amounts(raw, cleaning.currency) for raw in raws]
    frame = pd.DataFrame(
        {
            "place": range(len(raws)),
            "product_id": pd.Series([raw.product_id for raw in raws], dtype="object"),
            "title": pd.Series([raw.title for raw in raws], dtype="object"),
            "amounts": pd.Series([_verdict(given) for given in amounts], dtype="object"),
            "stock": pd.to_numeric(pd.Series([raw.stock or "0" for raw in raws]), errors="coerce"),
            "example": [_example_of(raw) for raw in raws],
        }
    )
    valid = keep_valid(frame, _RULES, cleaning.section, _example)
    records, repeated = [], []
    for place, stock in zip(valid["place"], valid["stock"], strict=True):
        raw = raws[place]
        if raw.product_id in cleaning.seen:
            repeated.append(_example_of(raw))
            continue
        cleaning.seen.add(raw.product_id)
        records.append(_upsert(_product(raw, amounts[place], int(stock) if raw.stock else None), cleaning.moment))
    if repeated:
        cleaning.section.drop("duplicate_product_id", repeated)
    return records


_RULES = (
    RowRule("no_id", "product_id", lambda column: column != ""),
    RowRule("no_title", "title", lambda column: column != ""),
    RowRule("too_long", "product_id", lambda column: column.str.len() <= _KEY_LENGTH),
    RowRule("too_long", "title", lambda column: column.str.len() <= _TITLE_LENGTH),
    RowRule("bad_characters", "product_id", lambda column: ~column.str.contains("\x00", regex=False)),
    RowRule("bad_price", "amounts", lambda column: column != "bad_price"),
    RowRule("negative_price", "amounts", lambda column: column != "negative_price"),
    RowRule("unknown_currency", "amounts", lambda column: column != "unknown_currency"),
    RowRule("bad_stock", "stock", lambda column: (column % 1 == 0) & (column.abs() < 2**31)),
    RowRule("negative_stock", "stock", lambda column: ~(column < 0)),
)

Amounts = tuple[tuple[AmountState, Money | None], ...]


def _amounts(raw: RawProduct, currency: str) -> Amounts:
    """Price, offer and cost."""
    return tuple(amount(given.value, given.currency or currency) for given in (raw.price, raw.offer, raw.cost))


def _verdict(amounts: Amounts) -> str:
    return next((state.value for state, _ in amounts if state in _AMOUNT_RULES), AmountState.FINE.value)


def _product(raw: RawProduct, amounts: Amounts, stock: int | None) -> Product:
    (_, price), (_, offer), (_, cost) = amounts
    return Product(
        product_id=raw.product_id,
        title=raw.title,
        description=raw.description,
        brand=raw.brand,
        category=raw.category,
        attributes={name: value for name, value in raw.attributes.items() if value},
        price=offer or price,
        list_price=price or offer,
        cost=cost,
        stock=stock,
        in_stock=raw.in_stock,
        url=raw.url,
        pictures=raw.pictures,
        model_3d=raw.model_3d,
        group_id=raw.group_id,
    )


def _upsert(product: Product, moment: datetime) -> CloudEvent:
    """The id says product, moment and content: the same file again is known, and a price that goes back is not."""
    data = msgspec.json.encode(product)
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return CloudEvent(
        id=f"product/{product.product_id}/{moment.isoformat()}/{digest}",
        source=SOURCE,
        type=RecordType.PRODUCT_UPSERTED,
        time=moment,
        subject=product.product_id,
        data=msgspec.Raw(data),
    )


def _example_of(raw: RawProduct) -> str:
    return f"product {raw.product_id!r}, title {raw.title!r}, price {raw.price.value!r} {raw.price.currency}"


def _example(row: "pd.Series[Any]") -> object:
    return row["example"]
