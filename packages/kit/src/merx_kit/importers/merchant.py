"""Google Merchant feeds: TSV or CSV, XML (RSS 2.0 or Atom) and JSON lines.

https://support.google.com/merchants/answer/7052112 says what each attribute means.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from merx_kit.importers import tables
from merx_kit.importers.errors import UnreadableFile
from merx_kit.importers.products import RawAmount, RawProduct
from merx_kit.importers.raw import Refusal
from merx_kit.importers.tables import Fields
from merx_kit.importers.values import column_name, list_of, text_of, time_of

_IN_STOCK = frozenset({"", "in_stock", "preorder", "backorder", "limited_availability", "instock"})
_ATTRIBUTES = (
    *("availability", "condition", "gtin", "mpn", "color", "size", "material", "pattern", "gender", "age_group"),
    *("google_product_category", "unit_pricing_measure"),
)
_PRICE = re.compile(r"(?:(?P<before>[A-Za-z]{3})\s*)?(?P<value>[+-]?[\d.]+)\s*(?P<after>[A-Za-z]{3})?")
_ITEM_TAGS = frozenset({"item", "entry"})
_NAMESAKES = frozenset({"id", "title", "description", "link"})
_MICROS = 6


def is_header(columns: Set[str]) -> bool:
    """Whether these are the columns of a feed."""
    return {"id", "title"} <= columns


def read_table(path: Path, now: datetime) -> Iterator[RawProduct | Refusal]:
    """Rows of a TSV or CSV feed."""
    for row in tables.read_rows(path):
        yield row if isinstance(row, Refusal) else product_of(row, now)


def read_xml(path: Path, now: datetime) -> Iterator[RawProduct | Refusal]:
    """Items of an RSS 2.0 or Atom feed, one at a time; entities and outside references are refused."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        open_elements: list[Element] = []
        for event, element in iterparse(path, events=("start", "end")):
            if event == "start":
                open_elements.append(element)
                continue
            open_elements.pop()
            if _tag(element) in _ITEM_TAGS:
                yield product_of(_xml_fields(element), now)
                if open_elements:
                    # A cleared item would still hang on the feed, half a million of them in all.
                    open_elements[-1].remove(element)
    except ParseError as error:
        raise UnreadableFile(f"{path}: the XML breaks off or is not well-formed: {error}") from error
    except DefusedXmlException as error:
        raise UnreadableFile(f"{path}: the XML declares entities, which a feed has no need of: {error}") from error
    except (ValueError, LookupError) as error:
        raise UnreadableFile(f"{path}: the XML is in an encoding that cannot be read, write UTF-8: {error}") from error


def _xml_fields(item: Element) -> Fields:
    fields: dict[str, list[str]] = {}
    for child in item:
        # Google's own attribute wins over the namesake of RSS or Atom, whatever their order.
        google = "base.google.com" in child.tag
        value = (child.text or child.get("href") or "").strip()
        name = _tag(child)
        values = fields.setdefault(name, [])
        values.insert(0 if google and name in _NAMESAKES else len(values), value)
    return fields


def is_json_product(row: Mapping[str, Any]) -> bool:
    names = {column_name(name) for name in row}
    return bool({"id", "offer_id"} & names) and "title" in names


def read_json(row: Mapping[str, Any], now: datetime) -> RawProduct:
    """A row of JSON lines, in the feed's spelling or in that of the Content and Merchant APIs."""
    fields = {column_name(name): [_json_text(entry) for entry in list_of(value)] for name, value in row.items()}
    if "offer_id" in fields:
        fields["id"] = fields["offer_id"]
    return product_of(fields, now)


def _json_text(value: Any) -> str:
    if not isinstance(value, Mapping):
        return text_of(value)
    currency = text_of(value.get("currency")) or text_of(value.get("currencyCode"))
    micros = text_of(value.get("amountMicros"))
    if micros.lstrip("-").isdigit():
        sign, digits = ("-", micros[1:]) if micros.startswith("-") else ("", micros)
        digits = digits.zfill(_MICROS + 1)
        return f"{sign}{digits[:-_MICROS]}.{digits[-_MICROS:]} {currency}"
    return f"{text_of(value.get('value'))} {currency}".strip()


def product_of(fields: Fields, now: datetime) -> RawProduct:
    """A product of the feed's attributes, each a list because some may repeat."""

    def first(name: str) -> str:
        return next((value for value in fields.get(name, []) if value), "")

    offered = _offer_holds(first("sale_price_effective_date"), now)
    pictures = [first("image_link"), *_pieces(fields.get("additional_image_link", []))]
    return RawProduct(
        product_id=first("id"),
        title=first("title"),
        description=first("description") or first("summary"),
        brand=first("brand"),
        category=_category(first("product_type"), first("google_product_category")),
        attributes={name: first(name) for name in _ATTRIBUTES},
        price=amount_of(first("price")),
        offer=amount_of(first("sale_price")) if offered else RawAmount(),
        cost=amount_of(first("cost_of_goods_sold")),
        stock=first("quantity") or first("sell_on_google_quantity"),
        in_stock=first("availability").lower().replace(" ", "_") in _IN_STOCK,
        url=first("link"),
        pictures=tuple(picture for picture in pictures if picture),
        model_3d=first("virtual_model_link"),
        group_id=first("item_group_id"),
    )


def amount_of(text: str) -> RawAmount:
    """An amount such as "12.99 EUR" or "EUR 12.99"; what is neither keeps its text, for the rule to name."""
    found = _PRICE.fullmatch(text.strip())
    if found is None:
        return RawAmount(text.strip())
    return RawAmount(found["value"], (found["after"] or found["before"] or "").upper())


def _offer_holds(effective: str, now: datetime) -> bool:
    """Whether a sale price counts: always without dates, else between the two that stand around the slash."""
    if "/" not in effective:
        return True
    start, end = (time_of(part)[0] for part in effective.split("/", 1))
    return start is not None and end is not None and start <= now <= end


def _category(product_type: str, google: str) -> tuple[str, ...]:
    """The shop's own path; else Google's, where it is a path and not a number."""
    path = product_type or ("" if google.isdigit() else google)
    return tuple(part.strip() for part in path.split(">") if part.strip())


def _pieces(values: Sequence[str]) -> list[str]:
    return [piece.strip() for value in values for piece in value.split(",")]


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]
