from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.search_request import SearchRequest


T = TypeVar("T", bound="SearchExplainRequest")


@_attrs_define
class SearchExplainRequest:
    """Why these products stand where they do in the answer to `request` (words; a picture is not explained)."""

    request: SearchRequest
    """ Words, a picture, or both ("this, in red": `words` is the share that the words count); neither lists the
        products that pass the filters, the most popular first.

        `customer_id` or `anonymous_id` bring the shopper's own taste in. `facets` are "brand", "category" or
        "attributes.<name>". `filter_by_picture` names attributes that are read from the picture and kept as filters
    where
        the model is sure of them. `cursor` is `next_cursor` of the answer before. """
    product_ids: list[str]

    def to_dict(self) -> dict[str, Any]:
        request = self.request.to_dict()

        product_ids = self.product_ids

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "request": request,
                "product_ids": product_ids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_request import SearchRequest  # noqa: PLC0415

        d = dict(src_dict)
        request = SearchRequest.from_dict(d.pop("request"))

        product_ids = cast(list[str], d.pop("product_ids"))

        search_explain_request = cls(
            request=request,
            product_ids=product_ids,
        )

        return search_explain_request
