from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.channel import Channel, check_channel
from ..models.placement import Placement, check_placement
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.filters import Filters


T = TypeVar("T", bound="RecommendRequest")


@_attrs_define
class RecommendRequest:
    """Who asks, where the list is shown, and the rules it must keep.

        `product_ids` are what the page is about: the product of a product page, the lines of a cart. `recent` are
    products
        that the shopper touched in this session, oldest first; they count before any event has arrived. `candidates`
        limits the list to these products (ranking only).

    """

    customer_id: None | str | Unset = UNSET
    anonymous_id: None | str | Unset = UNSET
    session_id: None | str | Unset = UNSET
    channel: Channel | Unset = UNSET
    """ Where a shopper meets the shop. """
    placement: Placement | Unset = UNSET
    """ Where a list is shown; it decides the quotas of the candidate sources. """
    size: int | Unset = 20
    product_ids: list[str] | Unset = UNSET
    recent: list[str] | Unset = UNSET
    candidates: list[str] | Unset = UNSET
    exclude: list[str] | Unset = UNSET
    pin: list[str] | Unset = UNSET
    bury: list[str] | Unset = UNSET
    filters: Filters | Unset = UNSET
    """ Hard rules on every item shown. Prices are in minor units of the catalogue's currency, both ends included.
    """
    explore: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        customer_id: None | str | Unset
        if isinstance(self.customer_id, Unset):
            customer_id = UNSET
        else:
            customer_id = self.customer_id

        anonymous_id: None | str | Unset
        if isinstance(self.anonymous_id, Unset):
            anonymous_id = UNSET
        else:
            anonymous_id = self.anonymous_id

        session_id: None | str | Unset
        if isinstance(self.session_id, Unset):
            session_id = UNSET
        else:
            session_id = self.session_id

        channel: str | Unset = UNSET
        if not isinstance(self.channel, Unset):
            channel = self.channel

        placement: str | Unset = UNSET
        if not isinstance(self.placement, Unset):
            placement = self.placement

        size = self.size

        product_ids: list[str] | Unset = UNSET
        if not isinstance(self.product_ids, Unset):
            product_ids = self.product_ids

        recent: list[str] | Unset = UNSET
        if not isinstance(self.recent, Unset):
            recent = self.recent

        candidates: list[str] | Unset = UNSET
        if not isinstance(self.candidates, Unset):
            candidates = self.candidates

        exclude: list[str] | Unset = UNSET
        if not isinstance(self.exclude, Unset):
            exclude = self.exclude

        pin: list[str] | Unset = UNSET
        if not isinstance(self.pin, Unset):
            pin = self.pin

        bury: list[str] | Unset = UNSET
        if not isinstance(self.bury, Unset):
            bury = self.bury

        filters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.filters, Unset):
            filters = self.filters.to_dict()

        explore = self.explore

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if customer_id is not UNSET:
            field_dict["customer_id"] = customer_id
        if anonymous_id is not UNSET:
            field_dict["anonymous_id"] = anonymous_id
        if session_id is not UNSET:
            field_dict["session_id"] = session_id
        if channel is not UNSET:
            field_dict["channel"] = channel
        if placement is not UNSET:
            field_dict["placement"] = placement
        if size is not UNSET:
            field_dict["size"] = size
        if product_ids is not UNSET:
            field_dict["product_ids"] = product_ids
        if recent is not UNSET:
            field_dict["recent"] = recent
        if candidates is not UNSET:
            field_dict["candidates"] = candidates
        if exclude is not UNSET:
            field_dict["exclude"] = exclude
        if pin is not UNSET:
            field_dict["pin"] = pin
        if bury is not UNSET:
            field_dict["bury"] = bury
        if filters is not UNSET:
            field_dict["filters"] = filters
        if explore is not UNSET:
            field_dict["explore"] = explore

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.filters import Filters  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_customer_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        customer_id = _parse_customer_id(d.pop("customer_id", UNSET))

        def _parse_anonymous_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        anonymous_id = _parse_anonymous_id(d.pop("anonymous_id", UNSET))

        def _parse_session_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        session_id = _parse_session_id(d.pop("session_id", UNSET))

        _channel = d.pop("channel", UNSET)
        channel: Channel | Unset
        if isinstance(_channel, Unset):
            channel = UNSET
        else:
            channel = check_channel(_channel)

        _placement = d.pop("placement", UNSET)
        placement: Placement | Unset
        if isinstance(_placement, Unset):
            placement = UNSET
        else:
            placement = check_placement(_placement)

        size = d.pop("size", UNSET)

        product_ids = cast(list[str], d.pop("product_ids", UNSET))

        recent = cast(list[str], d.pop("recent", UNSET))

        candidates = cast(list[str], d.pop("candidates", UNSET))

        exclude = cast(list[str], d.pop("exclude", UNSET))

        pin = cast(list[str], d.pop("pin", UNSET))

        bury = cast(list[str], d.pop("bury", UNSET))

        _filters = d.pop("filters", UNSET)
        filters: Filters | Unset
        if isinstance(_filters, Unset):
            filters = UNSET
        else:
            filters = Filters.from_dict(_filters)

        explore = d.pop("explore", UNSET)

        recommend_request = cls(
            customer_id=customer_id,
            anonymous_id=anonymous_id,
            session_id=session_id,
            channel=channel,
            placement=placement,
            size=size,
            product_ids=product_ids,
            recent=recent,
            candidates=candidates,
            exclude=exclude,
            pin=pin,
            bury=bury,
            filters=filters,
            explore=explore,
        )

        return recommend_request
