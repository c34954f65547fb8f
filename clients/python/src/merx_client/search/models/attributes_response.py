from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.attributes_response_attributes import AttributesResponseAttributes
    from ..models.picture_colour import PictureColour


T = TypeVar("T", bound="AttributesResponse")


@_attrs_define
class AttributesResponse:
    """`attributes` has "category" (fine), what the catalogue says of its classes, and "pattern"; likeliest first."""

    request_id: str
    model_version: str
    attributes: AttributesResponseAttributes
    colours: list[PictureColour]
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        attributes = self.attributes.to_dict()

        colours = []
        for colours_item_data in self.colours:
            colours_item = colours_item_data.to_dict()
            colours.append(colours_item)

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "attributes": attributes,
                "colours": colours,
            }
        )
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.attributes_response_attributes import AttributesResponseAttributes  # noqa: PLC0415
        from ..models.picture_colour import PictureColour  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        attributes = AttributesResponseAttributes.from_dict(d.pop("attributes"))

        colours = []
        _colours = d.pop("colours")
        for colours_item_data in _colours:
            colours_item = PictureColour.from_dict(colours_item_data)

            colours.append(colours_item)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        attributes_response = cls(
            request_id=request_id,
            model_version=model_version,
            attributes=attributes,
            colours=colours,
            degraded=degraded,
        )

        attributes_response.additional_properties = d
        return attributes_response

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
