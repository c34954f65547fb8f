from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.markdown import Markdown


T = TypeVar("T", bound="Surplus")


@_attrs_define
class Surplus:
    """More than will sell: `verdict` is dead, excess or slow; `excess` units, and what they cost (minor units)."""

    verdict: str
    excess: int
    value: int
    cover_days: float | None | Unset = UNSET
    clearance: Markdown | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.markdown import Markdown  # noqa: PLC0415

        verdict = self.verdict

        excess = self.excess

        value = self.value

        cover_days: float | None | Unset
        if isinstance(self.cover_days, Unset):
            cover_days = UNSET
        else:
            cover_days = self.cover_days

        clearance: dict[str, Any] | None | Unset
        if isinstance(self.clearance, Unset):
            clearance = UNSET
        elif isinstance(self.clearance, Markdown):
            clearance = self.clearance.to_dict()
        else:
            clearance = self.clearance

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "verdict": verdict,
                "excess": excess,
                "value": value,
            }
        )
        if cover_days is not UNSET:
            field_dict["cover_days"] = cover_days
        if clearance is not UNSET:
            field_dict["clearance"] = clearance

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.markdown import Markdown  # noqa: PLC0415

        d = dict(src_dict)
        verdict = d.pop("verdict")

        excess = d.pop("excess")

        value = d.pop("value")

        def _parse_cover_days(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cover_days = _parse_cover_days(d.pop("cover_days", UNSET))

        def _parse_clearance(data: object) -> Markdown | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                clearance_type_0 = Markdown.from_dict(data)

                return clearance_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Markdown | None | Unset, data)

        clearance = _parse_clearance(d.pop("clearance", UNSET))

        surplus = cls(
            verdict=verdict,
            excess=excess,
            value=value,
            cover_days=cover_days,
            clearance=clearance,
        )

        surplus.additional_properties = d
        return surplus

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
