from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.mode import Mode, check_mode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_error import LineError
    from ..models.quote import Quote


T = TypeVar("T", bound="QuoteResponse")


@_attrs_define
class QuoteResponse:
    """Every quote was written to the audit before this was sent."""

    request_id: str
    model_version: str
    rules_version: str
    mode: Mode
    """ Shadow decides and notes, and changes no price; staged changes those in the roll-out; live all. """
    quotes: list[Quote]
    errors: list[LineError] | Unset = UNSET
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        rules_version = self.rules_version

        mode: str = self.mode

        quotes = []
        for quotes_item_data in self.quotes:
            quotes_item = quotes_item_data.to_dict()
            quotes.append(quotes_item)

        errors: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = []
            for errors_item_data in self.errors:
                errors_item = errors_item_data.to_dict()
                errors.append(errors_item)

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "rules_version": rules_version,
                "mode": mode,
                "quotes": quotes,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_error import LineError  # noqa: PLC0415
        from ..models.quote import Quote  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        rules_version = d.pop("rules_version")

        mode = check_mode(d.pop("mode"))

        quotes = []
        _quotes = d.pop("quotes")
        for quotes_item_data in _quotes:
            quotes_item = Quote.from_dict(quotes_item_data)

            quotes.append(quotes_item)

        _errors = d.pop("errors", UNSET)
        errors: list[LineError] | Unset = UNSET
        if _errors is not UNSET:
            errors = []
            for errors_item_data in _errors:
                errors_item = LineError.from_dict(errors_item_data)

                errors.append(errors_item)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        quote_response = cls(
            request_id=request_id,
            model_version=model_version,
            rules_version=rules_version,
            mode=mode,
            quotes=quotes,
            errors=errors,
            degraded=degraded,
        )

        quote_response.additional_properties = d
        return quote_response

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
