from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.search_filters_attributes import SearchFiltersAttributes


T = TypeVar("T", bound="SearchFilters")


@_attrs_define
class SearchFilters:
    """What every product found must keep: of each list at least one value, compared as a whole and as it is written.

        `categories` may name any level of a product's path. Prices are minor units of the catalogue's currency, both
    ends
        included. A value that no product carries finds nothing; an attribute that no product has is refused.

    """

    categories: list[str] | Unset = UNSET
    brands: list[str] | Unset = UNSET
    attributes: SearchFiltersAttributes | Unset = UNSET
    price_min: int | None | Unset = UNSET
    price_max: int | None | Unset = UNSET
    in_stock: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        categories: list[str] | Unset = UNSET
        if not isinstance(self.categories, Unset):
            categories = self.categories

        brands: list[str] | Unset = UNSET
        if not isinstance(self.brands, Unset):
            brands = self.brands

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        price_min: int | None | Unset
        if isinstance(self.price_min, Unset):
            price_min = UNSET
        else:
            price_min = self.price_min

        price_max: int | None | Unset
        if isinstance(self.price_max, Unset):
            price_max = UNSET
        else:
            price_max = self.price_max

        in_stock = self.in_stock

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if categories is not UNSET:
            field_dict["categories"] = categories
        if brands is not UNSET:
            field_dict["brands"] = brands
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if price_min is not UNSET:
            field_dict["price_min"] = price_min
        if price_max is not UNSET:
            field_dict["price_max"] = price_max
        if in_stock is not UNSET:
            field_dict["in_stock"] = in_stock

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_filters_attributes import SearchFiltersAttributes  # noqa: PLC0415

        d = dict(src_dict)
        categories = cast(list[str], d.pop("categories", UNSET))

        brands = cast(list[str], d.pop("brands", UNSET))

        _attributes = d.pop("attributes", UNSET)
        attributes: SearchFiltersAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = SearchFiltersAttributes.from_dict(_attributes)

        def _parse_price_min(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        price_min = _parse_price_min(d.pop("price_min", UNSET))

        def _parse_price_max(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        price_max = _parse_price_max(d.pop("price_max", UNSET))

        in_stock = d.pop("in_stock", UNSET)

        search_filters = cls(
            categories=categories,
            brands=brands,
            attributes=attributes,
            price_min=price_min,
            price_max=price_max,
            in_stock=in_stock,
        )

        return search_filters
