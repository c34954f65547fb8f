from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.event import Event
    from ..models.event_batch_events_item_type_3 import EventBatchEventsItemType3
    from ..models.event_envelope import EventEnvelope
    from ..models.segment_call import SegmentCall


T = TypeVar("T", bound="EventBatch")


@_attrs_define
class EventBatch:
    """Events in any of the shapes, several at once; a plain JSON array is as good."""

    events: list[Event | EventBatchEventsItemType3 | EventEnvelope | SegmentCall]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.event import Event  # noqa: PLC0415
        from ..models.event_envelope import EventEnvelope  # noqa: PLC0415
        from ..models.segment_call import SegmentCall  # noqa: PLC0415

        events = []
        for events_item_data in self.events:
            events_item: dict[str, Any]
            if isinstance(events_item_data, Event):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, EventEnvelope):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, SegmentCall):
                events_item = events_item_data.to_dict()
            else:
                events_item = events_item_data.to_dict()

            events.append(events_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "events": events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event import Event  # noqa: PLC0415
        from ..models.event_batch_events_item_type_3 import EventBatchEventsItemType3  # noqa: PLC0415
        from ..models.event_envelope import EventEnvelope  # noqa: PLC0415
        from ..models.segment_call import SegmentCall  # noqa: PLC0415

        d = dict(src_dict)
        events = []
        _events = d.pop("events")
        for events_item_data in _events:

            def _parse_events_item(data: object) -> Event | EventBatchEventsItemType3 | EventEnvelope | SegmentCall:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    events_item_type_0 = Event.from_dict(data)

                    return events_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    events_item_type_1 = EventEnvelope.from_dict(data)

                    return events_item_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    events_item_type_2 = SegmentCall.from_dict(data)

                    return events_item_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                events_item_type_3 = EventBatchEventsItemType3.from_dict(data)

                return events_item_type_3

            events_item = _parse_events_item(events_item_data)

            events.append(events_item)

        event_batch = cls(
            events=events,
        )

        event_batch.additional_properties = d
        return event_batch

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
