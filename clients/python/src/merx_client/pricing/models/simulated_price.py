from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.interval import Interval


T = TypeVar("T", bound="SimulatedPrice")


@_attrs_define
class SimulatedPrice:
    """A week at a price: units, revenue and profit (minor units; None where the cost is not known). `allowed` says
    whether guard-rails would let it be asked today.

    """

    price: int
    units: Interval
    """ The middle eighty per cent of what is believed. """
    revenue: Interval
    """ The middle eighty per cent of what is believed. """
    profit: Interval | None
    allowed: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.interval import Interval  # noqa: PLC0415

        price = self.price

        units = self.units.to_dict()

        revenue = self.revenue.to_dict()

        profit: dict[str, Any] | None
        if isinstance(self.profit, Interval):
            profit = self.profit.to_dict()
        else:
            profit = self.profit

        allowed = self.allowed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "price": price,
                "units": units,
                "revenue": revenue,
                "profit": profit,
                "allowed": allowed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.interval import Interval  # noqa: PLC0415

        d = dict(src_dict)
        price = d.pop("price")

        units = Interval.from_dict(d.pop("units"))

        revenue = Interval.from_dict(d.pop("revenue"))

        def _parse_profit(data: object) -> Interval | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                profit_type_0 = Interval.from_dict(data)

                return profit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Interval | None, data)

        profit = _parse_profit(d.pop("profit"))

        allowed = d.pop("allowed")

        simulated_price = cls(
            price=price,
            units=units,
            revenue=revenue,
            profit=profit,
            allowed=allowed,
        )

        simulated_price.additional_properties = d
        return simulated_price

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
