from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.explanation import Explanation
    from ..models.money import Money
    from ..models.price_bound import PriceBound


T = TypeVar("T", bound="Quote")


@_attrs_define
class Quote:
    """A price, in force until `valid_until`.

        `current` is the price in the catalogue, `decided` what policy and guard-rails make of it: `price` is that one
    where
        it is `applied`, else the current one (shadow, or not yet in the roll-out). `reasons` say what moved the
    decision
        away from the proposal, or why there was none. An announced reduction names the `prior` price. `decision_id` is
    its
        name in the audit.

    """

    product_id: str
    price: Money
    """ An amount in minor units (cents for EUR, yen for JPY) of one currency. """
    current: Money
    """ An amount in minor units (cents for EUR, yen for JPY) of one currency. """
    decided: Money
    """ An amount in minor units (cents for EUR, yen for JPY) of one currency. """
    applied: bool
    valid_until: datetime.datetime
    decision_id: str
    low: PriceBound
    """ The lowest or highest price (minor units) that guard-rails leave, and the rule that says so. """
    high: PriceBound
    """ The lowest or highest price (minor units) that guard-rails leave, and the rule that says so. """
    reasons: list[str] | Unset = UNSET
    proposal: float | None | Unset = UNSET
    offer_bp: int | None | Unset = UNSET
    announced: bool | Unset = False
    prior: Money | None | Unset = UNSET
    explanation: Explanation | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.explanation import Explanation  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415

        product_id = self.product_id

        price = self.price.to_dict()

        current = self.current.to_dict()

        decided = self.decided.to_dict()

        applied = self.applied

        valid_until = self.valid_until.isoformat()

        decision_id = self.decision_id

        low = self.low.to_dict()

        high = self.high.to_dict()

        reasons: list[str] | Unset = UNSET
        if not isinstance(self.reasons, Unset):
            reasons = self.reasons

        proposal: float | None | Unset
        if isinstance(self.proposal, Unset):
            proposal = UNSET
        else:
            proposal = self.proposal

        offer_bp: int | None | Unset
        if isinstance(self.offer_bp, Unset):
            offer_bp = UNSET
        else:
            offer_bp = self.offer_bp

        announced = self.announced

        prior: dict[str, Any] | None | Unset
        if isinstance(self.prior, Unset):
            prior = UNSET
        elif isinstance(self.prior, Money):
            prior = self.prior.to_dict()
        else:
            prior = self.prior

        explanation: dict[str, Any] | None | Unset
        if isinstance(self.explanation, Unset):
            explanation = UNSET
        elif isinstance(self.explanation, Explanation):
            explanation = self.explanation.to_dict()
        else:
            explanation = self.explanation

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "price": price,
                "current": current,
                "decided": decided,
                "applied": applied,
                "valid_until": valid_until,
                "decision_id": decision_id,
                "low": low,
                "high": high,
            }
        )
        if reasons is not UNSET:
            field_dict["reasons"] = reasons
        if proposal is not UNSET:
            field_dict["proposal"] = proposal
        if offer_bp is not UNSET:
            field_dict["offer_bp"] = offer_bp
        if announced is not UNSET:
            field_dict["announced"] = announced
        if prior is not UNSET:
            field_dict["prior"] = prior
        if explanation is not UNSET:
            field_dict["explanation"] = explanation

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.explanation import Explanation  # noqa: PLC0415
        from ..models.money import Money  # noqa: PLC0415
        from ..models.price_bound import PriceBound  # noqa: PLC0415

        d = dict(src_dict)
        product_id = d.pop("product_id")

        price = Money.from_dict(d.pop("price"))

        current = Money.from_dict(d.pop("current"))

        decided = Money.from_dict(d.pop("decided"))

        applied = d.pop("applied")

        valid_until = datetime.datetime.fromisoformat(d.pop("valid_until"))

        decision_id = d.pop("decision_id")

        low = PriceBound.from_dict(d.pop("low"))

        high = PriceBound.from_dict(d.pop("high"))

        reasons = cast(list[str], d.pop("reasons", UNSET))

        def _parse_proposal(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        proposal = _parse_proposal(d.pop("proposal", UNSET))

        def _parse_offer_bp(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        offer_bp = _parse_offer_bp(d.pop("offer_bp", UNSET))

        announced = d.pop("announced", UNSET)

        def _parse_prior(data: object) -> Money | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                prior_type_0 = Money.from_dict(data)

                return prior_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None | Unset, data)

        prior = _parse_prior(d.pop("prior", UNSET))

        def _parse_explanation(data: object) -> Explanation | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                explanation_type_0 = Explanation.from_dict(data)

                return explanation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Explanation | None | Unset, data)

        explanation = _parse_explanation(d.pop("explanation", UNSET))

        quote = cls(
            product_id=product_id,
            price=price,
            current=current,
            decided=decided,
            applied=applied,
            valid_until=valid_until,
            decision_id=decision_id,
            low=low,
            high=high,
            reasons=reasons,
            proposal=proposal,
            offer_bp=offer_bp,
            announced=announced,
            prior=prior,
            explanation=explanation,
        )

        quote.additional_properties = d
        return quote

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
