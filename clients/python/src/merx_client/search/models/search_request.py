from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.order import Order, check_order
from ..models.signal import Signal, check_signal
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.search_filters import SearchFilters


T = TypeVar("T", bound="SearchRequest")


@_attrs_define
class SearchRequest:
    """Words, a picture, or both ("this, in red": `words` is the share that the words count); neither lists the
        products that pass the filters, the most popular first.

        `customer_id` or `anonymous_id` bring the shopper's own taste in. `facets` are "brand", "category" or
        "attributes.<name>". `filter_by_picture` names attributes that are read from the picture and kept as filters
    where
        the model is sure of them. `cursor` is `next_cursor` of the answer before.

    """

    query: str | Unset = ""
    image: None | str | Unset = UNSET
    words: float | Unset = 0.5
    customer_id: None | str | Unset = UNSET
    anonymous_id: None | str | Unset = UNSET
    filters: SearchFilters | Unset = UNSET
    """ What every product found must keep: of each list at least one value, compared as a whole and as it is
    written.

        `categories` may name any level of a product's path. Prices are minor units of the catalogue's currency,
    both ends
        included. A value that no product carries finds nothing; an attribute that no product has is refused. """
    filter_by_picture: list[str] | Unset = UNSET
    facets: list[str] | Unset = UNSET
    sort: Order | Unset = UNSET
    """ How an answer is ordered; products without a price stand last in either order of prices. """
    size: int | Unset = 24
    cursor: str | Unset = ""
    signals_off: list[Signal] | Unset = UNSET
    correct_spelling: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        query = self.query

        image: None | str | Unset
        if isinstance(self.image, Unset):
            image = UNSET
        else:
            image = self.image

        words = self.words

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

        filters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.filters, Unset):
            filters = self.filters.to_dict()

        filter_by_picture: list[str] | Unset = UNSET
        if not isinstance(self.filter_by_picture, Unset):
            filter_by_picture = self.filter_by_picture

        facets: list[str] | Unset = UNSET
        if not isinstance(self.facets, Unset):
            facets = self.facets

        sort: str | Unset = UNSET
        if not isinstance(self.sort, Unset):
            sort = self.sort

        size = self.size

        cursor = self.cursor

        signals_off: list[str] | Unset = UNSET
        if not isinstance(self.signals_off, Unset):
            signals_off = []
            for signals_off_item_data in self.signals_off:
                signals_off_item: str = signals_off_item_data
                signals_off.append(signals_off_item)

        correct_spelling = self.correct_spelling

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if query is not UNSET:
            field_dict["query"] = query
        if image is not UNSET:
            field_dict["image"] = image
        if words is not UNSET:
            field_dict["words"] = words
        if customer_id is not UNSET:
            field_dict["customer_id"] = customer_id
        if anonymous_id is not UNSET:
            field_dict["anonymous_id"] = anonymous_id
        if filters is not UNSET:
            field_dict["filters"] = filters
        if filter_by_picture is not UNSET:
            field_dict["filter_by_picture"] = filter_by_picture
        if facets is not UNSET:
            field_dict["facets"] = facets
        if sort is not UNSET:
            field_dict["sort"] = sort
        if size is not UNSET:
            field_dict["size"] = size
        if cursor is not UNSET:
            field_dict["cursor"] = cursor
        if signals_off is not UNSET:
            field_dict["signals_off"] = signals_off
        if correct_spelling is not UNSET:
            field_dict["correct_spelling"] = correct_spelling

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_filters import SearchFilters  # noqa: PLC0415

        d = dict(src_dict)
        query = d.pop("query", UNSET)

        def _parse_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        image = _parse_image(d.pop("image", UNSET))

        words = d.pop("words", UNSET)

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

        _filters = d.pop("filters", UNSET)
        filters: SearchFilters | Unset
        if isinstance(_filters, Unset):
            filters = UNSET
        else:
            filters = SearchFilters.from_dict(_filters)

        filter_by_picture = cast(list[str], d.pop("filter_by_picture", UNSET))

        facets = cast(list[str], d.pop("facets", UNSET))

        _sort = d.pop("sort", UNSET)
        sort: Order | Unset
        if isinstance(_sort, Unset):
            sort = UNSET
        else:
            sort = check_order(_sort)

        size = d.pop("size", UNSET)

        cursor = d.pop("cursor", UNSET)

        _signals_off = d.pop("signals_off", UNSET)
        signals_off: list[Signal] | Unset = UNSET
        if _signals_off is not UNSET:
            signals_off = []
            for signals_off_item_data in _signals_off:
                signals_off_item = check_signal(signals_off_item_data)

                signals_off.append(signals_off_item)

        correct_spelling = d.pop("correct_spelling", UNSET)

        search_request = cls(
            query=query,
            image=image,
            words=words,
            customer_id=customer_id,
            anonymous_id=anonymous_id,
            filters=filters,
            filter_by_picture=filter_by_picture,
            facets=facets,
            sort=sort,
            size=size,
            cursor=cursor,
            signals_off=signals_off,
            correct_spelling=correct_spelling,
        )

        return search_request
