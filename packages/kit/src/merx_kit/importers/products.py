"""Raw products judged by rules, one by one and the same from a file as from the door, and made canonical upserts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, RecordType, encode
from merx_core.money import Money
from merx_kit.importers.event_rules import product_fault, whole_number
from merx_kit.importers.raw import Fault, Refusal, moment_id
from merx_kit.importers.report import Section
from merx_kit.importers.values import AmountState, amount

SOURCE = "/imports/catalogue"
BATCH = 5_000
_TITLE_LENGTH = 1000
_FINE = (AmountState.FINE, AmountState.ABSENT)


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
    section = cleaning.section
    batch: list[CloudEvent] = []
    for row in rows:
        section.rows_in += 1
        if isinstance(row, Refusal):
            section.drop(row.rule, [row.example])
            continue
        judged = judge_product(row, cleaning.currency)
        if isinstance(judged, Fault):
            section.drop(judged.rule, [_example_of(row)])
        elif row.product_id in cleaning.seen:
            section.drop("duplicate_product_id", [_example_of(row)])
        else:
            cleaning.seen.add(row.product_id)
            section.rows_out += 1
            batch.append(_upsert(judged, cleaning.moment))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def judge_product(raw: RawProduct, currency: str = "") -> Product | Fault:
    """The canonical product, or the first rule that it breaks; `currency` stands in where a price names none."""
    fault = _text_fault(raw)
    if fault is not None:
        return fault
    amounts = []
    for name, given in (("price", raw.price), ("offer", raw.offer), ("cost", raw.cost)):
        state, money = amount(given.value, given.currency or currency)
        if state not in _FINE:
            return Fault(state.value, f"{name}.currency" if state is AmountState.UNKNOWN_CURRENCY else name)
        amounts.append(money)
    stock = whole_number(raw.stock) if raw.stock else None
    if raw.stock and stock is None:
        return Fault("bad_stock", "stock")
    if stock is not None and stock < 0:
        return Fault("negative_stock", "stock")
    price, offer, cost = amounts
    return _product(raw, Prices(price, offer, cost), stock)


def _text_fault(raw: RawProduct) -> Fault | None:
    if not raw.product_id:
        return Fault("no_id", "product_id")
    if not raw.title:
        return Fault("no_title", "title")
    broken = product_fault(raw.product_id)
    if broken is not None:
        return Fault(broken, "product_id")
    return Fault("too_long", "title") if len(raw.title) > _TITLE_LENGTH else None


class Prices(NamedTuple):
    price: Money | None
    offer: Money | None
    cost: Money | None


def _product(raw: RawProduct, prices: Prices, stock: int | None) -> Product:
    price, offer, cost = prices
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
    data = encode(product)
    return CloudEvent(
        id=moment_id("product", product.product_id, moment.isoformat(), data),
        source=SOURCE,
        type=RecordType.PRODUCT_UPSERTED,
        time=moment,
        subject=product.product_id,
        data=msgspec.Raw(data),
    )


def _example_of(raw: RawProduct) -> str:
    return f"product {raw.product_id!r}, title {raw.title!r}, price {raw.price.value!r} {raw.price.currency}"
