from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.event_envelope_specversion import EventEnvelopeSpecversion, check_event_envelope_specversion
from ..models.event_envelope_type import EventEnvelopeType, check_event_envelope_type
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_envelope_data import EventEnvelopeData


T = TypeVar("T", bound="EventEnvelope")


@_attrs_define
class EventEnvelope:
    """A CloudEvent in structured mode; `id` is the event's `message_id`, and `time` its time where `data` has none."""

    specversion: EventEnvelopeSpecversion
    id: str
    source: str
    type_: EventEnvelopeType
    data: EventEnvelopeData
    time: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        specversion: str = self.specversion

        id = self.id

        source = self.source

        type_: str = self.type_

        data = self.data.to_dict()

        time: str | Unset = UNSET
        if not isinstance(self.time, Unset):
            time = self.time.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "specversion": specversion,
                "id": id,
                "source": source,
                "type": type_,
                "data": data,
            }
        )
        if time is not UNSET:
            field_dict["time"] = time

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_envelope_data import EventEnvelopeData  # noqa: PLC0415

        d = dict(src_dict)
        specversion = check_event_envelope_specversion(d.pop("specversion"))

        id = d.pop("id")

        source = d.pop("source")

        type_ = check_event_envelope_type(d.pop("type"))

        data = EventEnvelopeData.from_dict(d.pop("data"))

        _time = d.pop("time", UNSET)
        time: datetime.datetime | Unset
        if isinstance(_time, Unset):
            time = UNSET
        else:
            time = datetime.datetime.fromisoformat(_time)

        event_envelope = cls(
            specversion=specversion,
            id=id,
            source=source,
            type_=type_,
            data=data,
            time=time,
        )

        event_envelope.additional_properties = d
        return event_envelope

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
