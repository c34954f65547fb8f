from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.feature_share import FeatureShare


T = TypeVar("T", bound="FoundExplanation")


@_attrs_define
class FoundExplanation:
    """`base` and all contributions add up to `score`; `found` is false where neither leg brings the product."""

    product_id: str
    found: bool
    legs: list[str] | Unset = UNSET
    score: float | Unset = 0.0
    base: float | Unset = 0.0
    features: list[FeatureShare] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        found = self.found

        legs: list[str] | Unset = UNSET
        if not isinstance(self.legs, Unset):
            legs = self.legs

        score = self.score

        base = self.base

        features: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.features, Unset):
            features = []
            for features_item_data in self.features:
                features_item = features_item_data.to_dict()
                features.append(features_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "found": found,
            }
        )
        if legs is not UNSET:
            field_dict["legs"] = legs
        if score is not UNSET:
            field_dict["score"] = score
        if base is not UNSET:
            field_dict["base"] = base
        if features is not UNSET:
            field_dict["features"] = features

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.feature_share import FeatureShare  # noqa: PLC0415

        d = dict(src_dict)
        product_id = d.pop("product_id")

        found = d.pop("found")

        legs = cast(list[str], d.pop("legs", UNSET))

        score = d.pop("score", UNSET)

        base = d.pop("base", UNSET)

        _features = d.pop("features", UNSET)
        features: list[FeatureShare] | Unset = UNSET
        if _features is not UNSET:
            features = []
            for features_item_data in _features:
                features_item = FeatureShare.from_dict(features_item_data)

                features.append(features_item)

        found_explanation = cls(
            product_id=product_id,
            found=found,
            legs=legs,
            score=score,
            base=base,
            features=features,
        )

        found_explanation.additional_properties = d
        return found_explanation

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
