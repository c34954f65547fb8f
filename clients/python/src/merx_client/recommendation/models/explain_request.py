from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.recommend_request import RecommendRequest


T = TypeVar("T", bound="ExplainRequest")


@_attrs_define
class ExplainRequest:
    """Explain the scores of `product_ids` for the shopper and page of `request`."""

    request: RecommendRequest
    """ Who asks, where the list is shown, and the rules it must keep.

        `product_ids` are what the page is about: the product of a product page, the lines of a cart. `recent` are
    products
        that the shopper touched in this session, oldest first; they count before any event has arrived.
    `candidates`
        limits the list to these products (ranking only). """
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
        from ..models.recommend_request import RecommendRequest  # noqa: PLC0415

        d = dict(src_dict)
        request = RecommendRequest.from_dict(d.pop("request"))

        product_ids = cast(list[str], d.pop("product_ids"))

        explain_request = cls(
            request=request,
            product_ids=product_ids,
        )

        return explain_request
