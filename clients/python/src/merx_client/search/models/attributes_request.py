from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AttributesRequest")


@_attrs_define
class AttributesRequest:
    """A photograph, and how many guesses of each attribute are wanted."""

    image: str
    top: int | Unset = 3

    def to_dict(self) -> dict[str, Any]:
        image = self.image

        top = self.top

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "image": image,
            }
        )
        if top is not UNSET:
            field_dict["top"] = top

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        image = d.pop("image")

        top = d.pop("top", UNSET)

        attributes_request = cls(
            image=image,
            top=top,
        )

        return attributes_request
