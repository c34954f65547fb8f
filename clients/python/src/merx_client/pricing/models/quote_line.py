from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="QuoteLine")


@_attrs_define
class QuoteLine:
    """A product to be priced. With `announce` the price is to be shown as a reduction; `offer_bp` is what an offer to
    the one shopper of the request takes off.

    """

    product_id: str
    announce: bool | Unset = False
    offer_bp: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        announce = self.announce

        offer_bp: int | None | Unset
        if isinstance(self.offer_bp, Unset):
            offer_bp = UNSET
        else:
            offer_bp = self.offer_bp

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "product_id": product_id,
            }
        )
        if announce is not UNSET:
            field_dict["announce"] = announce
        if offer_bp is not UNSET:
            field_dict["offer_bp"] = offer_bp

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        product_id = d.pop("product_id")

        announce = d.pop("announce", UNSET)

        def _parse_offer_bp(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        offer_bp = _parse_offer_bp(d.pop("offer_bp", UNSET))

        quote_line = cls(
            product_id=product_id,
            announce=announce,
            offer_bp=offer_bp,
        )

        return quote_line
