from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.found_product import FoundProduct


T = TypeVar("T", bound="LookalikesResponse")


@_attrs_define
class LookalikesResponse:
    request_id: str
    model_version: str
    product_id: str
    items: list[FoundProduct]
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        product_id = self.product_id

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "product_id": product_id,
                "items": items,
            }
        )
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.found_product import FoundProduct  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        product_id = d.pop("product_id")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = FoundProduct.from_dict(items_item_data)

            items.append(items_item)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        lookalikes_response = cls(
            request_id=request_id,
            model_version=model_version,
            product_id=product_id,
            items=items,
            degraded=degraded,
        )

        lookalikes_response.additional_properties = d
        return lookalikes_response

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
