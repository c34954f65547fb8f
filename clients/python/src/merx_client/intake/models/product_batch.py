from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.product import Product
    from ..models.product_batch_products_item_type_1 import ProductBatchProductsItemType1


T = TypeVar("T", bound="ProductBatch")


@_attrs_define
class ProductBatch:
    """Products as Merx spells them, as Merchant-feed JSON or as schema.org JSON-LD; each replaces the whole product."""

    products: list[Product | ProductBatchProductsItemType1]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.product import Product  # noqa: PLC0415

        products = []
        for products_item_data in self.products:
            products_item: dict[str, Any]
            if isinstance(products_item_data, Product):
                products_item = products_item_data.to_dict()
            else:
                products_item = products_item_data.to_dict()

            products.append(products_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "products": products,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.product import Product  # noqa: PLC0415
        from ..models.product_batch_products_item_type_1 import ProductBatchProductsItemType1  # noqa: PLC0415

        d = dict(src_dict)
        products = []
        _products = d.pop("products")
        for products_item_data in _products:

            def _parse_products_item(data: object) -> Product | ProductBatchProductsItemType1:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    products_item_type_0 = Product.from_dict(data)

                    return products_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                products_item_type_1 = ProductBatchProductsItemType1.from_dict(data)

                return products_item_type_1

            products_item = _parse_products_item(products_item_data)

            products.append(products_item)

        product_batch = cls(
            products=products,
        )

        product_batch.additional_properties = d
        return product_batch

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
