from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money import Money
    from ..models.product_attributes import ProductAttributes


T = TypeVar("T", bound="Product")


@_attrs_define
class Product:
    """One thing the shop sells.

        `category` is a path from the widest to the narrowest ("GROCERY", "BREAD", "BREAD:RYE"). `price` is what a
    shopper
        pays now, `list_price` what it costs without an offer. `stock` counts sellable units; None means not tracked.

    """

    product_id: str
    title: str
    description: str | Unset = ""
    brand: str | Unset = ""
    category: list[str] | Unset = UNSET
    attributes: ProductAttributes | Unset = UNSET
    price: Money | None | Unset = UNSET
    list_price: Money | None | Unset = UNSET
    cost: Money | None | Unset = UNSET
    stock: int | None | Unset = UNSET
    in_stock: bool | Unset = True
    url: str | Unset = ""
    pictures: list[str] | Unset = UNSET
    model_3d: str | Unset = ""
    group_id: str | Unset = ""
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money import Money  # noqa: PLC0415

        product_id = self.product_id

        title = self.title

        description = self.description

        brand = self.brand

        category: list[str] | Unset = UNSET
        if not isinstance(self.category, Unset):
            category = self.category

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        price: dict[str, Any] | None | Unset
        if isinstance(self.price, Unset):
            price = UNSET
        elif isinstance(self.price, Money):
            price = self.price.to_dict()
        else:
            price = self.price

        list_price: dict[str, Any] | None | Unset
        if isinstance(self.list_price, Unset):
            list_price = UNSET
        elif isinstance(self.list_price, Money):
            list_price = self.list_price.to_dict()
        else:
            list_price = self.list_price

        cost: dict[str, Any] | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        elif isinstance(self.cost, Money):
            cost = self.cost.to_dict()
        else:
            cost = self.cost

        stock: int | None | Unset
        if isinstance(self.stock, Unset):
            stock = UNSET
        else:
            stock = self.stock

        in_stock = self.in_stock

        url = self.url

        pictures: list[str] | Unset = UNSET
        if not isinstance(self.pictures, Unset):
            pictures = self.pictures

        model_3d = self.model_3d

        group_id = self.group_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "product_id": product_id,
                "title": title,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if brand is not UNSET:
            field_dict["brand"] = brand
        if category is not UNSET:
            field_dict["category"] = category
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if price is not UNSET:
            field_dict["price"] = price
        if list_price is not UNSET:
            field_dict["list_price"] = list_price
        if cost is not UNSET:
            field_dict["cost"] = cost
        if stock is not UNSET:
            field_dict["stock"] = stock
        if in_stock is not UNSET:
            field_dict["in_stock"] = in_stock
        if url is not UNSET:
            field_dict["url"] = url
        if pictures is not UNSET:
            field_dict["pictures"] = pictures
        if model_3d is not UNSET:
            field_dict["model_3d"] = model_3d
        if group_id is not UNSET:
            field_dict["group_id"] = group_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money import Money  # noqa: PLC0415
        from ..models.product_attributes import ProductAttributes  # noqa: PLC0415

        d = dict(src_dict)
        product_id = d.pop("product_id")

        title = d.pop("title")

        description = d.pop("description", UNSET)

        brand = d.pop("brand", UNSET)

        category = cast(list[str], d.pop("category", UNSET))

        _attributes = d.pop("attributes", UNSET)
        attributes: ProductAttributes | Unset
        if isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = ProductAttributes.from_dict(_attributes)

        def _parse_price(data: object) -> Money | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                price_type_0 = Money.from_dict(data)

                return price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None | Unset, data)

        price = _parse_price(d.pop("price", UNSET))

        def _parse_list_price(data: object) -> Money | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                list_price_type_0 = Money.from_dict(data)

                return list_price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None | Unset, data)

        list_price = _parse_list_price(d.pop("list_price", UNSET))

        def _parse_cost(data: object) -> Money | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                cost_type_0 = Money.from_dict(data)

                return cost_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Money | None | Unset, data)

        cost = _parse_cost(d.pop("cost", UNSET))

        def _parse_stock(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        stock = _parse_stock(d.pop("stock", UNSET))

        in_stock = d.pop("in_stock", UNSET)

        url = d.pop("url", UNSET)

        pictures = cast(list[str], d.pop("pictures", UNSET))

        model_3d = d.pop("model_3d", UNSET)

        group_id = d.pop("group_id", UNSET)

        product = cls(
            product_id=product_id,
            title=title,
            description=description,
            brand=brand,
            category=category,
            attributes=attributes,
            price=price,
            list_price=list_price,
            cost=cost,
            stock=stock,
            in_stock=in_stock,
            url=url,
            pictures=pictures,
            model_3d=model_3d,
            group_id=group_id,
        )

        product.additional_properties = d
        return product

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
