from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.verdict import Verdict


T = TypeVar("T", bound="Verdicts")


@_attrs_define
class Verdicts:
    """What became of the records of one request. Accepted ones are committed before this is sent."""

    request_id: str
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    verdicts: list[Verdict]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        accepted = self.accepted

        duplicates = self.duplicates

        conflicts = self.conflicts

        rejected = self.rejected

        verdicts = []
        for verdicts_item_data in self.verdicts:
            verdicts_item = verdicts_item_data.to_dict()
            verdicts.append(verdicts_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "accepted": accepted,
                "duplicates": duplicates,
                "conflicts": conflicts,
                "rejected": rejected,
                "verdicts": verdicts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.verdict import Verdict  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        accepted = d.pop("accepted")

        duplicates = d.pop("duplicates")

        conflicts = d.pop("conflicts")

        rejected = d.pop("rejected")

        verdicts = []
        _verdicts = d.pop("verdicts")
        for verdicts_item_data in _verdicts:
            verdicts_item = Verdict.from_dict(verdicts_item_data)

            verdicts.append(verdicts_item)

        verdicts = cls(
            request_id=request_id,
            accepted=accepted,
            duplicates=duplicates,
            conflicts=conflicts,
            rejected=rejected,
            verdicts=verdicts,
        )

        verdicts.additional_properties = d
        return verdicts

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
