from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lead import Lead


T = TypeVar("T", bound="ReplenishLine")


@_attrs_define
class ReplenishLine:
    """How a product is bought. `on_hand` is the stock on record where it is not told; `review_weeks` lie between two
        chances to order; orders are multiples of `pack`, at least `least`; `service` is the share of cycles that must
    not
        run out. Ordering costs `order_cost`, keeping a unit for a week `holding` (minor units).

    """

    product_id: str
    lead: list[Lead]
    on_hand: int | None | Unset = UNSET
    on_order: int | Unset = 0
    owed: int | Unset = 0
    review_weeks: int | Unset = 1
    order_cost: float | Unset = 0.0
    holding: float | Unset = 0.0
    pack: int | Unset = 1
    least: int | Unset = 0
    service: float | Unset = 0.95

    def to_dict(self) -> dict[str, Any]:
        product_id = self.product_id

        lead = []
        for lead_item_data in self.lead:
            lead_item = lead_item_data.to_dict()
            lead.append(lead_item)

        on_hand: int | None | Unset
        if isinstance(self.on_hand, Unset):
            on_hand = UNSET
        else:
            on_hand = self.on_hand

        on_order = self.on_order

        owed = self.owed

        review_weeks = self.review_weeks

        order_cost = self.order_cost

        holding = self.holding

        pack = self.pack

        least = self.least

        service = self.service

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "product_id": product_id,
                "lead": lead,
            }
        )
        if on_hand is not UNSET:
            field_dict["on_hand"] = on_hand
        if on_order is not UNSET:
            field_dict["on_order"] = on_order
        if owed is not UNSET:
            field_dict["owed"] = owed
        if review_weeks is not UNSET:
            field_dict["review_weeks"] = review_weeks
        if order_cost is not UNSET:
            field_dict["order_cost"] = order_cost
        if holding is not UNSET:
            field_dict["holding"] = holding
        if pack is not UNSET:
            field_dict["pack"] = pack
        if least is not UNSET:
            field_dict["least"] = least
        if service is not UNSET:
            field_dict["service"] = service

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lead import Lead  # noqa: PLC0415

        d = dict(src_dict)
        product_id = d.pop("product_id")

        lead = []
        _lead = d.pop("lead")
        for lead_item_data in _lead:
            lead_item = Lead.from_dict(lead_item_data)

            lead.append(lead_item)

        def _parse_on_hand(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        on_hand = _parse_on_hand(d.pop("on_hand", UNSET))

        on_order = d.pop("on_order", UNSET)

        owed = d.pop("owed", UNSET)

        review_weeks = d.pop("review_weeks", UNSET)

        order_cost = d.pop("order_cost", UNSET)

        holding = d.pop("holding", UNSET)

        pack = d.pop("pack", UNSET)

        least = d.pop("least", UNSET)

        service = d.pop("service", UNSET)

        replenish_line = cls(
            product_id=product_id,
            lead=lead,
            on_hand=on_hand,
            on_order=on_order,
            owed=owed,
            review_weeks=review_weeks,
            order_cost=order_cost,
            holding=holding,
            pack=pack,
            least=least,
            service=service,
        )

        return replenish_line
