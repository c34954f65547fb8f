from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.channel import Channel, check_channel
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.replenish_line import ReplenishLine


T = TypeVar("T", bound="ReplenishRequest")


@_attrs_define
class ReplenishRequest:
    """Orders for products; with `clearance_weeks` those with more than they will sell get a plan to sell them off."""

    lines: list[ReplenishLine]
    channel: Channel | None | Unset = UNSET
    clearance_weeks: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        elif isinstance(self.channel, str):
            channel = self.channel
        else:
            channel = self.channel

        clearance_weeks: int | None | Unset
        if isinstance(self.clearance_weeks, Unset):
            clearance_weeks = UNSET
        else:
            clearance_weeks = self.clearance_weeks

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lines": lines,
            }
        )
        if channel is not UNSET:
            field_dict["channel"] = channel
        if clearance_weeks is not UNSET:
            field_dict["clearance_weeks"] = clearance_weeks

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.replenish_line import ReplenishLine  # noqa: PLC0415

        d = dict(src_dict)
        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = ReplenishLine.from_dict(lines_item_data)

            lines.append(lines_item)

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

        def _parse_clearance_weeks(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        clearance_weeks = _parse_clearance_weeks(d.pop("clearance_weeks", UNSET))

        replenish_request = cls(
            lines=lines,
            channel=channel,
            clearance_weeks=clearance_weeks,
        )

        return replenish_request
