from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AttributeSuggestion")


@_attrs_define
class AttributeSuggestion:
    """A value that the catalogue lacks, as read from a picture: for a person, or the shop's own rule, to take over.

    `picture` and `model_version` say where it comes from. Merx never writes it into the catalogue.

    """

    product_id: str
    attribute: str
    value: str
    confidence: float
    picture: str
    model_version: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        attribute = self.attribute

        value = self.value

        confidence = self.confidence

        picture = self.picture

        model_version = self.model_version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "attribute": attribute,
                "value": value,
                "confidence": confidence,
                "picture": picture,
                "model_version": model_version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        product_id = d.pop("product_id")

        attribute = d.pop("attribute")

        value = d.pop("value")

        confidence = d.pop("confidence")

        picture = d.pop("picture")

        model_version = d.pop("model_version")

        attribute_suggestion = cls(
            product_id=product_id,
            attribute=attribute,
            value=value,
            confidence=confidence,
            picture=picture,
            model_version=model_version,
        )

        attribute_suggestion.additional_properties = d
        return attribute_suggestion

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
