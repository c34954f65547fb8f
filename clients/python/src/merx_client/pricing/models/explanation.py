from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.explanation_contributions import ExplanationContributions


T = TypeVar("T", bound="Explanation")


@_attrs_define
class Explanation:
    """`base` is what the policy would propose for a product of ordinary cost, stock, demand and elasticity; with all
    `contributions` (minor units) it adds up to the proposal.

    """

    method: str
    base: float
    contributions: ExplanationContributions
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        method = self.method

        base = self.base

        contributions = self.contributions.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "method": method,
                "base": base,
                "contributions": contributions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.explanation_contributions import ExplanationContributions  # noqa: PLC0415

        d = dict(src_dict)
        method = d.pop("method")

        base = d.pop("base")

        contributions = ExplanationContributions.from_dict(d.pop("contributions"))

        explanation = cls(
            method=method,
            base=base,
            contributions=contributions,
        )

        explanation.additional_properties = d
        return explanation

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
