"""Products as the door takes them: Merx's own, Merchant-feed JSON or schema.org JSON-LD, told apart by content."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from merx_core.catalogue import Product
from merx_core.contracts.intake import Remark
from merx_intake.domain.wording import sentence
from merx_kit.http.problems import field_error
from merx_kit.importers import merchant, schema_org
from merx_kit.importers.catalogue_rules import fault_of
from merx_kit.importers.products import RawProduct, judge_product
from merx_kit.importers.raw import Fault, Refusal

_FIELDS = frozenset(Product.__struct_fields__)
_MERCHANT = {
    "product_id": "/id",
    "offer": "/sale_price",
    "cost": "/cost_of_goods_sold",
    "stock": "/quantity",
    "price.currency": "/price",
    "offer.currency": "/sale_price",
    "cost.currency": "/cost_of_goods_sold",
}
_SCHEMA_ORG = {
    "product_id": "/productID",
    "title": "/name",
    "price": "/offers/price",
    "price.currency": "/offers/priceCurrency",
    "stock": "/offers/inventoryLevel",
}
NO_PRICE = "The product was taken, but it has no price: lists and searches by price leave it out."


class Wrong(NamedTuple):
    """What a product's refusal says."""

    rule: str
    pointer: str
    detail: str


class Read(NamedTuple):
    product: Product
    warnings: tuple[Remark, ...]


def read_product(row: Any, at: str, now: datetime, currency: str) -> Iterator[Read | Wrong]:
    """The product of a row, or the several of a JSON-LD graph; `at` is where the row stands in the body."""
    if not isinstance(row, dict):
        yield Wrong("wrong_shape", at, sentence("wrong_shape"))
    elif "@type" in row or "@graph" in row:
        yield from _json_ld(row, at, currency)
    elif "product_id" not in row and merchant.is_json_product(row):
        yield _judged(merchant.read_json(row, now), at, currency, _MERCHANT)
    else:
        yield _canonical(row, at)


def _json_ld(row: dict[str, Any], at: str, currency: str) -> Iterator[Read | Wrong]:
    raws = list(schema_org.read_document(row))
    for raw in raws:
        if isinstance(raw, Refusal):
            yield Wrong(raw.rule, at, sentence(raw.rule))
        else:
            yield _judged(raw, at, currency, _SCHEMA_ORG)
    if not raws:
        yield Wrong("wrong_shape", at, "The JSON-LD holds no Product.")


def _judged(raw: RawProduct, at: str, currency: str, places: dict[str, str]) -> Read | Wrong:
    judged = judge_product(raw, currency)
    if isinstance(judged, Fault):
        return Wrong(judged.rule, at + places.get(judged.field, f"/{judged.field}"), sentence(judged.rule))
    return Read(judged, _no_price(judged, at + places.get("price", "/price")))


def _canonical(row: dict[str, Any], at: str) -> Read | Wrong:
    if "in_stock" not in row and row.get("stock") == 0:
        row = {**row, "in_stock": False}
    try:
        product = msgspec.convert(row, Product)
    except msgspec.ValidationError as error:
        return wrong_shape(error, at)
    fault = fault_of(product)
    if fault is not None:
        return Wrong(fault.rule, place_of(fault, at), sentence(fault.rule))
    unknown = sorted(row.keys() - _FIELDS)
    remarks = (Remark("unknown_field", "A product has no such field; it was left out.", f"{at}/{n}") for n in unknown)
    return Read(product, (*_no_price(product, f"{at}/price"), *remarks))


def wrong_shape(error: msgspec.ValidationError, at: str) -> Wrong:
    field = field_error(str(error))
    return Wrong("wrong_shape", at + field.pointer, f"{field.detail}.")


def place_of(fault: Fault, at: str) -> str:
    """Where in the body a canonical record's field stands."""
    return f"{at}/{fault.field.replace('.', '/')}"


def _no_price(product: Product, pointer: str) -> tuple[Remark, ...]:
    return () if product.price is not None else (Remark("no_price", NO_PRICE, pointer),)
