from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.channel import Channel, check_channel
from ..models.forecast_period import ForecastPeriod, check_forecast_period
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.forecast_step import ForecastStep


T = TypeVar("T", bound="ForecastResponse")


@_attrs_define
class ForecastResponse:
    """`member` is what made it: a model's name; `peers` where the product sells too seldom to learn from, and is taken
    to sell as others of its category that sold as often; `category` where it never sold.

    """

    request_id: str
    model_version: str
    product_id: str
    period: ForecastPeriod
    member: str
    levels: list[float]
    steps: list[ForecastStep]
    channel: Channel | None | Unset = UNSET
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        product_id = self.product_id

        period: str = self.period

        member = self.member

        levels = self.levels

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        elif isinstance(self.channel, str):
            channel = self.channel
        else:
            channel = self.channel

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "product_id": product_id,
                "period": period,
                "member": member,
                "levels": levels,
                "steps": steps,
            }
        )
        if channel is not UNSET:
            field_dict["channel"] = channel
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.forecast_step import ForecastStep  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        product_id = d.pop("product_id")

        period = check_forecast_period(d.pop("period"))

        member = d.pop("member")

        levels = cast(list[float], d.pop("levels"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = ForecastStep.from_dict(steps_item_data)

            steps.append(steps_item)

        def _parse_channel(data: object) -> Channel | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                channel_type_0 = check_channel(data)

                return channel_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Channel | None | Unset, data)

        channel = _parse_channel(d.pop("channel", UNSET))

        degraded = cast(list[str], d.pop("degraded", UNSET))

        forecast_response = cls(
            request_id=request_id,
            model_version=model_version,
            product_id=product_id,
            period=period,
            member=member,
            levels=levels,
            steps=steps,
            channel=channel,
            degraded=degraded,
        )

        forecast_response.additional_properties = d
        return forecast_response

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
