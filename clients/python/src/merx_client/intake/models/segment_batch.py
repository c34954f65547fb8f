from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.segment_batch_batch_item_type_1 import SegmentBatchBatchItemType1
    from ..models.segment_call import SegmentCall


T = TypeVar("T", bound="SegmentBatch")


@_attrs_define
class SegmentBatch:
    """Segment calls, several at once."""

    batch: list[SegmentBatchBatchItemType1 | SegmentCall]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.segment_call import SegmentCall  # noqa: PLC0415

        batch = []
        for batch_item_data in self.batch:
            batch_item: dict[str, Any]
            if isinstance(batch_item_data, SegmentCall):
                batch_item = batch_item_data.to_dict()
            else:
                batch_item = batch_item_data.to_dict()

            batch.append(batch_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "batch": batch,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.segment_batch_batch_item_type_1 import SegmentBatchBatchItemType1  # noqa: PLC0415
        from ..models.segment_call import SegmentCall  # noqa: PLC0415

        d = dict(src_dict)
        batch = []
        _batch = d.pop("batch")
        for batch_item_data in _batch:

            def _parse_batch_item(data: object) -> SegmentBatchBatchItemType1 | SegmentCall:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    batch_item_type_0 = SegmentCall.from_dict(data)

                    return batch_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                batch_item_type_1 = SegmentBatchBatchItemType1.from_dict(data)

                return batch_item_type_1

            batch_item = _parse_batch_item(batch_item_data)

            batch.append(batch_item)

        segment_batch = cls(
            batch=batch,
        )

        segment_batch.additional_properties = d
        return segment_batch

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
