from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_error import LineError
    from ..models.replenishment import Replenishment


T = TypeVar("T", bound="ReplenishResponse")


@_attrs_define
class ReplenishResponse:
    request_id: str
    model_version: str
    orders: list[Replenishment]
    errors: list[LineError] | Unset = UNSET
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        orders = []
        for orders_item_data in self.orders:
            orders_item = orders_item_data.to_dict()
            orders.append(orders_item)

        errors: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = []
            for errors_item_data in self.errors:
                errors_item = errors_item_data.to_dict()
                errors.append(errors_item)

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "orders": orders,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_error import LineError  # noqa: PLC0415
        from ..models.replenishment import Replenishment  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        orders = []
        _orders = d.pop("orders")
        for orders_item_data in _orders:
            orders_item = Replenishment.from_dict(orders_item_data)

            orders.append(orders_item)

        _errors = d.pop("errors", UNSET)
        errors: list[LineError] | Unset = UNSET
        if _errors is not UNSET:
            errors = []
            for errors_item_data in _errors:
                errors_item = LineError.from_dict(errors_item_data)

                errors.append(errors_item)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        replenish_response = cls(
            request_id=request_id,
            model_version=model_version,
            orders=orders,
            errors=errors,
            degraded=degraded,
        )

        replenish_response.additional_properties = d
        return replenish_response

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
