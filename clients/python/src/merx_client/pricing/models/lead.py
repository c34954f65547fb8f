from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Lead")


@_attrs_define
class Lead:
    """Weeks between order and delivery, and how likely that is."""

    weeks: int
    chance: float | Unset = 1.0

    def to_dict(self) -> dict[str, Any]:
        weeks = self.weeks

        chance = self.chance

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "weeks": weeks,
            }
        )
        if chance is not UNSET:
            field_dict["chance"] = chance

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        weeks = d.pop("weeks")

        chance = d.pop("chance", UNSET)

        lead = cls(
            weeks=weeks,
            chance=chance,
        )

        return lead
