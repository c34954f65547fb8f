from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.competitor_price_batch_prices_item_type_1 import CompetitorPriceBatchPricesItemType1
    from ..models.competitor_price_entry import CompetitorPriceEntry


T = TypeVar("T", bound="CompetitorPriceBatch")


@_attrs_define
class CompetitorPriceBatch:
    """Competitors' prices (`CompetitorPriceEntry`), each judged by itself."""

    prices: list[CompetitorPriceBatchPricesItemType1 | CompetitorPriceEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.competitor_price_entry import CompetitorPriceEntry  # noqa: PLC0415

        prices = []
        for prices_item_data in self.prices:
            prices_item: dict[str, Any]
            if isinstance(prices_item_data, CompetitorPriceEntry):
                prices_item = prices_item_data.to_dict()
            else:
                prices_item = prices_item_data.to_dict()

            prices.append(prices_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prices": prices,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.competitor_price_batch_prices_item_type_1 import CompetitorPriceBatchPricesItemType1  # noqa: PLC0415
        from ..models.competitor_price_entry import CompetitorPriceEntry  # noqa: PLC0415

        d = dict(src_dict)
        prices = []
        _prices = d.pop("prices")
        for prices_item_data in _prices:

            def _parse_prices_item(data: object) -> CompetitorPriceBatchPricesItemType1 | CompetitorPriceEntry:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    prices_item_type_0 = CompetitorPriceEntry.from_dict(data)

                    return prices_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                prices_item_type_1 = CompetitorPriceBatchPricesItemType1.from_dict(data)

                return prices_item_type_1

            prices_item = _parse_prices_item(prices_item_data)

            prices.append(prices_item)

        competitor_price_batch = cls(
            prices=prices,
        )

        competitor_price_batch.additional_properties = d
        return competitor_price_batch

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
