from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.found_product import FoundProduct
    from ..models.search_response_facets import SearchResponseFacets
    from ..models.search_response_recognised import SearchResponseRecognised


T = TypeVar("T", bound="SearchResponse")


@_attrs_define
class SearchResponse:
    """`method` says how the order was made ("lambdarank", "rrf", "picture", "picture_and_words", "browse").

    `searched` is the text that was searched where it is not the one that was typed; `did_you_mean` is a question.
    `recovery` names what was changed because nothing was found: "spelling", "filters" (left out) or "popular".
    `total` counts the products that can be paged through. `recognised` are the filters read from the picture.

    """

    request_id: str
    model_version: str
    method: str
    items: list[FoundProduct]
    total: int
    facets: SearchResponseFacets | Unset = UNSET
    searched: None | str | Unset = UNSET
    did_you_mean: None | str | Unset = UNSET
    recovery: list[str] | Unset = UNSET
    recognised: SearchResponseRecognised | Unset = UNSET
    next_cursor: str | Unset = ""
    degraded: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        model_version = self.model_version

        method = self.method

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        total = self.total

        facets: dict[str, Any] | Unset = UNSET
        if not isinstance(self.facets, Unset):
            facets = self.facets.to_dict()

        searched: None | str | Unset
        if isinstance(self.searched, Unset):
            searched = UNSET
        else:
            searched = self.searched

        did_you_mean: None | str | Unset
        if isinstance(self.did_you_mean, Unset):
            did_you_mean = UNSET
        else:
            did_you_mean = self.did_you_mean

        recovery: list[str] | Unset = UNSET
        if not isinstance(self.recovery, Unset):
            recovery = self.recovery

        recognised: dict[str, Any] | Unset = UNSET
        if not isinstance(self.recognised, Unset):
            recognised = self.recognised.to_dict()

        next_cursor = self.next_cursor

        degraded: list[str] | Unset = UNSET
        if not isinstance(self.degraded, Unset):
            degraded = self.degraded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "request_id": request_id,
                "model_version": model_version,
                "method": method,
                "items": items,
                "total": total,
            }
        )
        if facets is not UNSET:
            field_dict["facets"] = facets
        if searched is not UNSET:
            field_dict["searched"] = searched
        if did_you_mean is not UNSET:
            field_dict["did_you_mean"] = did_you_mean
        if recovery is not UNSET:
            field_dict["recovery"] = recovery
        if recognised is not UNSET:
            field_dict["recognised"] = recognised
        if next_cursor is not UNSET:
            field_dict["next_cursor"] = next_cursor
        if degraded is not UNSET:
            field_dict["degraded"] = degraded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.found_product import FoundProduct  # noqa: PLC0415
        from ..models.search_response_facets import SearchResponseFacets  # noqa: PLC0415
        from ..models.search_response_recognised import SearchResponseRecognised  # noqa: PLC0415

        d = dict(src_dict)
        request_id = d.pop("request_id")

        model_version = d.pop("model_version")

        method = d.pop("method")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = FoundProduct.from_dict(items_item_data)

            items.append(items_item)

        total = d.pop("total")

        _facets = d.pop("facets", UNSET)
        facets: SearchResponseFacets | Unset
        if isinstance(_facets, Unset):
            facets = UNSET
        else:
            facets = SearchResponseFacets.from_dict(_facets)

        def _parse_searched(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        searched = _parse_searched(d.pop("searched", UNSET))

        def _parse_did_you_mean(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        did_you_mean = _parse_did_you_mean(d.pop("did_you_mean", UNSET))

        recovery = cast(list[str], d.pop("recovery", UNSET))

        _recognised = d.pop("recognised", UNSET)
        recognised: SearchResponseRecognised | Unset
        if isinstance(_recognised, Unset):
            recognised = UNSET
        else:
            recognised = SearchResponseRecognised.from_dict(_recognised)

        next_cursor = d.pop("next_cursor", UNSET)

        degraded = cast(list[str], d.pop("degraded", UNSET))

        search_response = cls(
            request_id=request_id,
            model_version=model_version,
            method=method,
            items=items,
            total=total,
            facets=facets,
            searched=searched,
            did_you_mean=did_you_mean,
            recovery=recovery,
            recognised=recognised,
            next_cursor=next_cursor,
            degraded=degraded,
        )

        search_response.additional_properties = d
        return search_response

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
