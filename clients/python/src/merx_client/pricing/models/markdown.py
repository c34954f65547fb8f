from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Markdown")


@_attrs_define
class Markdown:
    """Prices week by week (minor units) if sales come as expected, what they bring beside the present price, and the
    mean of units that remain.

    """

    prices: list[int]
    worth: int
    kept: int
    left: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prices = self.prices

        worth = self.worth

        kept = self.kept

        left = self.left

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prices": prices,
                "worth": worth,
                "kept": kept,
                "left": left,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        prices = cast(list[int], d.pop("prices"))

        worth = d.pop("worth")

        kept = d.pop("kept")

        left = d.pop("left")

        markdown = cls(
            prices=prices,
            worth=worth,
            kept=kept,
            left=left,
        )

        markdown.additional_properties = d
        return markdown

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
