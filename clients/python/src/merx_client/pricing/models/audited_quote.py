from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money import Money


T = TypeVar("T", bound="AuditedQuote")


@_attrs_define
class AuditedQuote:
    """One price that was given, and the `decision` behind it: all that guard-rails and policy knew, so that both can be
    asked again (`rules` by its version, the model by its own).

    """

    number: int
    time: datetime.datetime
    request_id: str
    product_id: str
    price: Money
    """ An amount in minor units (cents for EUR, yen for JPY) of one currency. """
    applied: bool
    decision_id: str
    decision: Any
    rules: Any
    profile_id: None | str | Unset = UNSET
    offer_bp: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        time = self.time.isoformat()

        request_id = self.request_id

        product_id = self.product_id

        price = self.price.to_dict()

        applied = self.applied

        decision_id = self.decision_id

        decision = self.decision

        rules = self.rules

        profile_id: None | str | Unset
        if isinstance(self.profile_id, Unset):
            profile_id = UNSET
        else:
            profile_id = self.profile_id

        offer_bp: int | None | Unset
        if isinstance(self.offer_bp, Unset):
            offer_bp = UNSET
        else:
            offer_bp = self.offer_bp

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "time": time,
                "request_id": request_id,
                "product_id": product_id,
                "price": price,
                "applied": applied,
                "decision_id": decision_id,
                "decision": decision,
                "rules": rules,
            }
        )
        if profile_id is not UNSET:
            field_dict["profile_id"] = profile_id
        if offer_bp is not UNSET:
            field_dict["offer_bp"] = offer_bp

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        time = datetime.datetime.fromisoformat(d.pop("time"))

        request_id = d.pop("request_id")

        product_id = d.pop("product_id")

        price = Money.from_dict(d.pop("price"))

        applied = d.pop("applied")

        decision_id = d.pop("decision_id")

        decision = d.pop("decision")

        rules = d.pop("rules")

        def _parse_profile_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        profile_id = _parse_profile_id(d.pop("profile_id", UNSET))

        def _parse_offer_bp(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        offer_bp = _parse_offer_bp(d.pop("offer_bp", UNSET))

        audited_quote = cls(
            number=number,
            time=time,
            request_id=request_id,
            product_id=product_id,
            price=price,
            applied=applied,
            decision_id=decision_id,
            decision=decision,
            rules=rules,
            profile_id=profile_id,
            offer_bp=offer_bp,
        )

        audited_quote.additional_properties = d
        return audited_quote

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
