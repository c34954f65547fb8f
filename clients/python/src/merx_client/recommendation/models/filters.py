from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Filters")


@_attrs_define
class Filters:
    """Hard rules on every item shown. Prices are in minor units of the catalogue's currency, both ends included."""

    categories: list[str] | Unset = UNSET
    exclude_categories: list[str] | Unset = UNSET
    price_min: int | None | Unset = UNSET
    price_max: int | None | Unset = UNSET
    in_stock: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        categories: list[str] | Unset = UNSET
        if not isinstance(self.categories, Unset):
            categories = self.categories

        exclude_categories: list[str] | Unset = UNSET
        if not isinstance(self.exclude_categories, Unset):
            exclude_categories = self.exclude_categories

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
        if exclude_categories is not UNSET:
            field_dict["exclude_categories"] = exclude_categories
        if price_min is not UNSET:
            field_dict["price_min"] = price_min
        if price_max is not UNSET:
            field_dict["price_max"] = price_max
        if in_stock is not UNSET:
            field_dict["in_stock"] = in_stock

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        categories = cast(list[str], d.pop("categories", UNSET))

        exclude_categories = cast(list[str], d.pop("exclude_categories", UNSET))

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

        filters = cls(
            categories=categories,
            exclude_categories=exclude_categories,
            price_min=price_min,
            price_max=price_max,
            in_stock=in_stock,
        )

        return filters
