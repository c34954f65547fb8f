"""Bodies that show how each call is made; the contract tests send every one of them."""

from merx_core.catalogue import Product
from merx_core.money import Money

_TIME = "2026-11-24T09:30:00Z"
_EURO = {"amount": 1299, "currency": "EUR"}
VIEW = {
    "message_id": "view-1",
    "type": "view_item",
    "time": _TIME,
    "anonymous_id": "device-7",
    "lines": [{"product_id": "1042"}],
}
PURCHASE = {
    "message_id": "order-1",
    "type": "purchase",
    "time": _TIME,
    "customer_id": "42",
    "order_id": "A-1001",
    "lines": [{"product_id": "1042", "quantity": 2, "price": _EURO}],
}
GA4_ITEM = {"item_id": "1042", "price": 12.99, "quantity": 1}
SEGMENT = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "segment-1",
    "timestamp": _TIME,
    "anonymousId": "device-7",
    "properties": {"product_id": "1042", "price": 12.99, "currency": "EUR"},
}
EVENTS: dict[str, object] = {
    "one": VIEW,
    "several": {"events": [VIEW, PURCHASE]},
    "cloudevent": {
        "specversion": "1.0",
        "id": "till-1",
        "source": "/shops/berlin/till/3",
        "type": "merx.shop.event.v1",
        "time": _TIME,
        "data": {"type": "purchase", "customer_id": "42", "channel": "shop", "lines": PURCHASE["lines"]},
    },
    "ga4": {
        "client_id": "device-7",
        "events": [{"name": "add_to_cart", "params": {"currency": "EUR", "items": [GA4_ITEM]}}],
    },
    "segment": SEGMENT,
    "segment_batch": {"batch": [SEGMENT]},
}
MUG = Product(
    product_id="1042",
    title="Mug, blue, 0.3 l",
    category=("KITCHEN", "MUGS"),
    price=Money(1299, "EUR"),
    cost=Money(480, "EUR"),
    stock=120,
)
PRODUCT: dict[str, object] = {"mug": MUG}
BATCHES: dict[str, dict[str, object]] = {
    "products": {
        "merx": {"products": [MUG]},
        "merchant_feed": {"products": [{"id": "1043", "title": "Mug, red", "price": "12.99 EUR", "quantity": 3}]},
        "schema_org": {
            "products": [
                {
                    "@type": "Product",
                    "sku": "1044",
                    "name": "Mug, green",
                    "offers": {"@type": "Offer", "price": "12.99", "priceCurrency": "EUR"},
                }
            ]
        },
    },
    "stock": {"levels": {"levels": [{"product_id": "1042", "stock": 119}, {"product_id": "1043", "in_stock": False}]}},
    "costs": {"costs": {"costs": [{"product_id": "1042", "cost": {"amount": 510, "currency": "EUR"}}]}},
    "competitor-prices": {
        "prices": {"prices": [{"product_id": "1042", "competitor": "mugs.example", "price": _EURO, "time": _TIME}]}
    },
}
