from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.substitute import Substitute


T = TypeVar("T", bound="ElasticityResponse")


@_attrs_define
class ElasticityResponse:
    """% units for 1 % price with a 95 % interval; `source` is what it rests on (product, category, shop)."""

    request_id: str
    model_version: str
    product_id: str
    elasticity: float
    low: float
    high: float
    source: str
    note: str | Unset = ""
    substitutes: list[Substitute] | Unset = UNSET
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        product_id = self.product_id

        elasticity = self.elasticity

        low = self.low

        high = self.high

        source = self.source

        note = self.note

        substitutes: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.substitutes, Unset):
            substitutes = []
            for substitutes_item_data in self.substitutes:
                substitutes_item = substitutes_item_data.to_dict()
                substitutes.append(substitutes_item)

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
                "elasticity": elasticity,
                "low": low,
                "high": high,
                "source": source,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note
        if substitutes is not UNSET:
            field_dict["substitutes"] = substitutes
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.substitute import Substitute  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        product_id = d.pop("product_id")

        elasticity = d.pop("elasticity")

        low = d.pop("low")

        high = d.pop("high")

        source = d.pop("source")

        note = d.pop("note", UNSET)

        _substitutes = d.pop("substitutes", UNSET)
        substitutes: list[Substitute] | Unset = UNSET
        if _substitutes is not UNSET:
            substitutes = []
            for substitutes_item_data in _substitutes:
                substitutes_item = Substitute.from_dict(substitutes_item_data)

                substitutes.append(substitutes_item)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        elasticity_response = cls(
            request_id=request_id,
            model_version=model_version,
            product_id=product_id,
            elasticity=elasticity,
            low=low,
            high=high,
            source=source,
            note=note,
            substitutes=substitutes,
            degraded=degraded,
        )

        elasticity_response.additional_properties = d
        return elasticity_response

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
