from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FoundProduct")


@_attrs_define
class FoundProduct:
    """`legs` say what found it: "words" (BM25), "meaning" (sentence vectors), "picture", or "browse". `picture` is the
    path of a small picture below the service's address, where there is one.

    """

    product_id: str
    title: str
    score: float
    legs: list[str] | Unset = UNSET
    price: int | None | Unset = UNSET
    currency: str | Unset = ""
    in_stock: bool | Unset = True
    brand: str | Unset = ""
    picture: str | Unset = ""
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        title = self.title

        score = self.score

        legs: list[str] | Unset = UNSET
        if not isinstance(self.legs, Unset):
            legs = self.legs

        price: int | None | Unset
        if isinstance(self.price, Unset):
            price = UNSET
        else:
            price = self.price

        currency = self.currency

        in_stock = self.in_stock

        brand = self.brand

        picture = self.picture

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "title": title,
                "score": score,
            }
        )
        if legs is not UNSET:
            field_dict["legs"] = legs
        if price is not UNSET:
            field_dict["price"] = price
        if currency is not UNSET:
            field_dict["currency"] = currency
        if in_stock is not UNSET:
            field_dict["in_stock"] = in_stock
        if brand is not UNSET:
            field_dict["brand"] = brand
        if picture is not UNSET:
            field_dict["picture"] = picture

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        product_id = d.pop("product_id")

        title = d.pop("title")

        score = d.pop("score")

        legs = cast(list[str], d.pop("legs", UNSET))

        def _parse_price(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        price = _parse_price(d.pop("price", UNSET))

        currency = d.pop("currency", UNSET)

        in_stock = d.pop("in_stock", UNSET)

        brand = d.pop("brand", UNSET)

        picture = d.pop("picture", UNSET)

        found_product = cls(
            product_id=product_id,
            title=title,
            score=score,
            legs=legs,
            price=price,
            currency=currency,
            in_stock=in_stock,
            brand=brand,
            picture=picture,
        )

        found_product.additional_properties = d
        return found_product

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
