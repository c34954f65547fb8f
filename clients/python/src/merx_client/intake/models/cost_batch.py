from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.cost_batch_costs_item_type_1 import CostBatchCostsItemType1
    from ..models.cost_entry import CostEntry


T = TypeVar("T", bound="CostBatch")


@_attrs_define
class CostBatch:
    """Costs (`CostEntry`), each judged by itself."""

    costs: list[CostBatchCostsItemType1 | CostEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.cost_entry import CostEntry  # noqa: PLC0415

        costs = []
        for costs_item_data in self.costs:
            costs_item: dict[str, Any]
            if isinstance(costs_item_data, CostEntry):
                costs_item = costs_item_data.to_dict()
            else:
                costs_item = costs_item_data.to_dict()

            costs.append(costs_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "costs": costs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.cost_batch_costs_item_type_1 import CostBatchCostsItemType1  # noqa: PLC0415
        from ..models.cost_entry import CostEntry  # noqa: PLC0415

        d = dict(src_dict)
        costs = []
        _costs = d.pop("costs")
        for costs_item_data in _costs:

            def _parse_costs_item(data: object) -> CostBatchCostsItemType1 | CostEntry:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    costs_item_type_0 = CostEntry.from_dict(data)

                    return costs_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                costs_item_type_1 = CostBatchCostsItemType1.from_dict(data)

                return costs_item_type_1

            costs_item = _parse_costs_item(costs_item_data)

            costs.append(costs_item)

        cost_batch = cls(
            costs=costs,
        )

        cost_batch.additional_properties = d
        return cost_batch

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
