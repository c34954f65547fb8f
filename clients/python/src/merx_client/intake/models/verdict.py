from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.status import Status, check_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.remark import Remark


T = TypeVar("T", bound="Verdict")


@_attrs_define
class Verdict:
    """`code` is the rule that a refused record broke. A record with `warnings` was taken, but for what they say."""

    status: Status
    """ What became of a record. Only `rejected` and `conflict` left nothing in the log. """
    id: str | Unset = ""
    code: str | Unset = ""
    detail: str | Unset = ""
    pointer: str | Unset = ""
    warnings: list[Remark] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status: str = self.status

        id = self.id

        code = self.code

        detail = self.detail

        pointer = self.pointer

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if code is not UNSET:
            field_dict["code"] = code
        if detail is not UNSET:
            field_dict["detail"] = detail
        if pointer is not UNSET:
            field_dict["pointer"] = pointer
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.remark import Remark  # noqa: PLC0415

        d = dict(src_dict)
        status = check_status(d.pop("status"))

        id = d.pop("id", UNSET)

        code = d.pop("code", UNSET)

        detail = d.pop("detail", UNSET)

        pointer = d.pop("pointer", UNSET)

        _warnings = d.pop("warnings", UNSET)
        warnings: list[Remark] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = Remark.from_dict(warnings_item_data)

                warnings.append(warnings_item)

        verdict = cls(
            status=status,
            id=id,
            code=code,
            detail=detail,
            pointer=pointer,
            warnings=warnings,
        )

        verdict.additional_properties = d
        return verdict

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
