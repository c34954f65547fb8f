from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.surplus import Surplus


T = TypeVar("T", bound="Replenishment")


@_attrs_define
class Replenishment:
    """What to order now. The stock `position` (on hand and on order, less what is owed) is held against the reorder
    point; `safety` is its part beyond mean demand, `runs_out` the chance of an empty shelf if nothing is ordered.

    """

    product_id: str
    quantity: int
    position: int
    reorder_point: int
    order_up_to: int
    safety: float
    runs_out: float
    reasons: list[str]
    surplus: None | Surplus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.surplus import Surplus  # noqa: PLC0415

        product_id = self.product_id

        quantity = self.quantity

        position = self.position

        reorder_point = self.reorder_point

        order_up_to = self.order_up_to

        safety = self.safety

        runs_out = self.runs_out

        reasons = self.reasons

        surplus: dict[str, Any] | None | Unset
        if isinstance(self.surplus, Unset):
            surplus = UNSET
        elif isinstance(self.surplus, Surplus):
            surplus = self.surplus.to_dict()
        else:
            surplus = self.surplus

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "quantity": quantity,
                "position": position,
                "reorder_point": reorder_point,
                "order_up_to": order_up_to,
                "safety": safety,
                "runs_out": runs_out,
                "reasons": reasons,
            }
        )
        if surplus is not UNSET:
            field_dict["surplus"] = surplus

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.surplus import Surplus  # noqa: PLC0415

        d = dict(src_dict)
        product_id = d.pop("product_id")

        quantity = d.pop("quantity")

        position = d.pop("position")

        reorder_point = d.pop("reorder_point")

        order_up_to = d.pop("order_up_to")

        safety = d.pop("safety")

        runs_out = d.pop("runs_out")

        reasons = cast(list[str], d.pop("reasons"))

        def _parse_surplus(data: object) -> None | Surplus | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                surplus_type_0 = Surplus.from_dict(data)

                return surplus_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Surplus | Unset, data)

        surplus = _parse_surplus(d.pop("surplus", UNSET))

        replenishment = cls(
            product_id=product_id,
            quantity=quantity,
            position=position,
            reorder_point=reorder_point,
            order_up_to=order_up_to,
            safety=safety,
            runs_out=runs_out,
            reasons=reasons,
            surplus=surplus,
        )

        replenishment.additional_properties = d
        return replenishment

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
