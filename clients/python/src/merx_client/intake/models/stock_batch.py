from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.stock_batch_levels_item_type_1 import StockBatchLevelsItemType1
    from ..models.stock_entry import StockEntry


T = TypeVar("T", bound="StockBatch")


@_attrs_define
class StockBatch:
    """Stock levels (`StockEntry`), each judged by itself."""

    levels: list[StockBatchLevelsItemType1 | StockEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.stock_entry import StockEntry  # noqa: PLC0415

        levels = []
        for levels_item_data in self.levels:
            levels_item: dict[str, Any]
            if isinstance(levels_item_data, StockEntry):
                levels_item = levels_item_data.to_dict()
            else:
                levels_item = levels_item_data.to_dict()

            levels.append(levels_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "levels": levels,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.stock_batch_levels_item_type_1 import StockBatchLevelsItemType1  # noqa: PLC0415
        from ..models.stock_entry import StockEntry  # noqa: PLC0415

        d = dict(src_dict)
        levels = []
        _levels = d.pop("levels")
        for levels_item_data in _levels:

            def _parse_levels_item(data: object) -> StockBatchLevelsItemType1 | StockEntry:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    levels_item_type_0 = StockEntry.from_dict(data)

                    return levels_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                levels_item_type_1 = StockBatchLevelsItemType1.from_dict(data)

                return levels_item_type_1

            levels_item = _parse_levels_item(levels_item_data)

            levels.append(levels_item)

        stock_batch = cls(
            levels=levels,
        )

        stock_batch.additional_properties = d
        return stock_batch

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
