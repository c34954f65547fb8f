from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ForecastStep")


@_attrs_define
class ForecastStep:
    """Units in the period that begins at `begins`: the point, and `quantiles` at the answer's levels."""

    begins: datetime.datetime
    point: float
    quantiles: list[float]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        begins = self.begins.isoformat()

        point = self.point

        quantiles = self.quantiles

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "begins": begins,
                "point": point,
                "quantiles": quantiles,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        begins = datetime.datetime.fromisoformat(d.pop("begins"))

        point = d.pop("point")

        quantiles = cast(list[float], d.pop("quantiles"))

        forecast_step = cls(
            begins=begins,
            point=point,
            quantiles=quantiles,
        )

        forecast_step.additional_properties = d
        return forecast_step

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
