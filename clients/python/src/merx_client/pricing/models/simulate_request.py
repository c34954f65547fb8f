from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SimulateRequest")


@_attrs_define
class SimulateRequest:
    """What a product would sell at other prices (minor units of its currency); without `prices`, at twenty between the
    guard-rails' bounds of the next days.

    """

    product_id: str
    prices: list[int] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        prices: list[int] | Unset = UNSET
        if not isinstance(self.prices, Unset):
            prices = self.prices

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "product_id": product_id,
            }
        )
        if prices is not UNSET:
            field_dict["prices"] = prices

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        product_id = d.pop("product_id")

        prices = cast(list[int], d.pop("prices", UNSET))

        simulate_request = cls(
            product_id=product_id,
            prices=prices,
        )

        return simulate_request
