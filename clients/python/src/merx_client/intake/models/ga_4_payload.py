from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ga_4_payload_events_item import Ga4PayloadEventsItem


T = TypeVar("T", bound="Ga4Payload")


@_attrs_define
class Ga4Payload:
    """A payload of GA4's Measurement Protocol."""

    client_id: str
    events: list[Ga4PayloadEventsItem]
    user_id: str | Unset = UNSET
    timestamp_micros: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        client_id = self.client_id

        events = []
        for events_item_data in self.events:
            events_item = events_item_data.to_dict()
            events.append(events_item)

        user_id = self.user_id

        timestamp_micros = self.timestamp_micros

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "client_id": client_id,
                "events": events,
            }
        )
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if timestamp_micros is not UNSET:
            field_dict["timestamp_micros"] = timestamp_micros

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ga_4_payload_events_item import Ga4PayloadEventsItem  # noqa: PLC0415

        d = dict(src_dict)
        client_id = d.pop("client_id")

        events = []
        _events = d.pop("events")
        for events_item_data in _events:
            events_item = Ga4PayloadEventsItem.from_dict(events_item_data)

            events.append(events_item)

        user_id = d.pop("user_id", UNSET)

        timestamp_micros = d.pop("timestamp_micros", UNSET)

        ga_4_payload = cls(
            client_id=client_id,
            events=events,
            user_id=user_id,
            timestamp_micros=timestamp_micros,
        )

        ga_4_payload.additional_properties = d
        return ga_4_payload

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
