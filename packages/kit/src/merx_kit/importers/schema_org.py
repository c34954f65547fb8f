"""schema.org Product as JSON-LD: one product, a list, an @graph or an ItemList (https://schema.org/Product)."""

from collections.abc import Iterator, Mapping
from typing import Any

from merx_kit.importers.products import RawAmount, RawProduct
from merx_kit.importers.raw import Refusal
from merx_kit.importers.values import list_of, mapping_of, text_of

_IN_STOCK = frozenset(
    {"", "instock", "instoreonly", "onlineonly", "limitedavailability", "preorder", "presale", "backorder"}
)
_ATTRIBUTES = ("gtin", "gtin13", "gtin12", "gtin8", "mpn", "color", "size", "material", "pattern", "model")
_HOLDERS = ("@graph", "itemListElement", "item", "mainEntity", "hasVariant")


def is_json_ld(document: Any) -> bool:
    return any(True for _ in _products(document))


def read_document(document: Any) -> Iterator[RawProduct | Refusal]:
    for product in _products(document):
        yield _product(product)


def _products(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every Product below `node`, wherever a list, a graph or another thing holds it."""
    for entry in list_of(node):
        fields = mapping_of(entry)
        kinds = {text_of(kind).rsplit("/", 1)[-1].removeprefix("schema:") for kind in list_of(fields.get("@type"))}
        if "Product" in kinds:
            yield fields
        else:
            for holder in _HOLDERS:
                yield from _products(fields.get(holder))


def _product(fields: Mapping[str, Any]) -> RawProduct:
    offer = _offer(fields)
    specification = _first_mapping(offer.get("priceSpecification"))
    currency = text_of(offer.get("priceCurrency")) or text_of(specification.get("priceCurrency"))
    prices = (offer.get("price"), offer.get("lowPrice"), specification.get("price"))
    price = next((text_of(value) or "not a price" for value in prices if value is not None), "")
    availability = text_of(offer.get("availability"))
    attributes = {name: text_of(fields.get(name)) for name in _ATTRIBUTES}
    return RawProduct(
        product_id=_id(fields, offer),
        title=text_of(fields.get("name")),
        description=text_of(fields.get("description")),
        brand=_name(fields.get("brand")) or _name(fields.get("manufacturer")),
        category=_category(fields.get("category")),
        attributes={**attributes, "availability": availability.rsplit("/", 1)[-1]},
        price=RawAmount(price, currency.upper()),
        stock=text_of(_first_mapping(offer.get("inventoryLevel")).get("value")),
        in_stock=availability.rsplit("/", 1)[-1].removeprefix("schema:").lower() in _IN_STOCK,
        url=text_of(fields.get("url")) or text_of(offer.get("url")),
        pictures=tuple(filter(None, (_address(image) for image in list_of(fields.get("image"))))),
        group_id=text_of(fields.get("inProductGroupWithID")),
    )


def _id(fields: Mapping[str, Any], offer: Mapping[str, Any]) -> str:
    names = (fields.get("productID"), fields.get("sku"), offer.get("sku"), fields.get("@id"), fields.get("gtin13"))
    return next(filter(None, map(text_of, names)), "")


def _offer(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The offer that counts: an aggregate's own fields, or the first of several."""
    offer = _first_mapping(fields.get("offers"))
    return _first_mapping(offer.get("offers")) if "offers" in offer and "lowPrice" not in offer else offer


def _first_mapping(value: Any) -> Mapping[str, Any]:
    return next((mapping_of(entry) for entry in list_of(value)), {})


def _name(value: Any) -> str:
    first = next(iter(list_of(value)), None)
    return text_of(first) or text_of(mapping_of(first).get("name"))


def _address(value: Any) -> str:
    fields = mapping_of(value)
    return text_of(value) or text_of(fields.get("contentUrl")) or text_of(fields.get("url"))


def _category(value: Any) -> tuple[str, ...]:
    first = next(iter(list_of(value)), None)
    path = text_of(first) or text_of(mapping_of(first).get("name"))
    return tuple(part.strip() for part in path.split(">") if part.strip())
