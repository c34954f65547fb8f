from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_entry_object import ModelEntryObject, check_model_entry_object
from ..types import UNSET, Unset

T = TypeVar("T", bound="ModelEntry")


@_attrs_define
class ModelEntry:
    id: str
    created: int
    object_: ModelEntryObject | Unset = "model"
    owned_by: str | Unset = "merx"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        created = self.created

        object_: str | Unset = UNSET
        if not isinstance(self.object_, Unset):
            object_ = self.object_

        owned_by = self.owned_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "created": created,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_
        if owned_by is not UNSET:
            field_dict["owned_by"] = owned_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        created = d.pop("created")

        _object_ = d.pop("object", UNSET)
        object_: ModelEntryObject | Unset
        if isinstance(_object_, Unset):
            object_ = UNSET
        else:
            object_ = check_model_entry_object(_object_)

        owned_by = d.pop("owned_by", UNSET)

        model_entry = cls(
            id=id,
            created=created,
            object_=object_,
            owned_by=owned_by,
        )

        model_entry.additional_properties = d
        return model_entry

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
