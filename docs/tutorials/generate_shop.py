"""Writes the small made-up shop of the tutorials into the folder `shop` beside this file; the same bytes every time.

A tea and coffee shop: thirty products, a hundred and twenty shoppers who each have a
taste and a few favourites, four months of behaviour. A few rows are
wrong on purpose, so that the cleaning report has something to say.
"""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "shop"
END = datetime(2026, 11, 1, 20, 0, tzinfo=UTC)
DAYS = 120
SHOPPERS = 120
VISITS = (6, 14)
Row = dict[str, Any]


class Thing(NamedTuple):
    id: str
    title: str
    brand: str
    kind: str
    price: float
    taste: str


_KINDS = {
    "Tea > Green tea": ("tea", 9.9, ("Sencha", "Jasmine Pearls", "Genmaicha", "Gunpowder", "Matcha Everyday")),
    "Tea > Black tea": ("tea", 8.5, ("Assam Breakfast", "Darjeeling First Flush", "Earl Grey", "Lapsang", "Ceylon")),
    "Tea > Herbal": ("calm", 7.2, ("Camomile", "Peppermint", "Rooibos Vanilla", "Ginger Lemon", "Verbena")),
    "Coffee > Beans": ("coffee", 14.5, ("House Espresso", "Ethiopia Guji", "Colombia Huila", "Decaf", "Sumatra Dark")),
    "Equipment > Brewing": (
        "coffee",
        32.0,
        ("Pour-over Dripper", "French Press", "Moka Pot", "Gooseneck Kettle", "Scale"),
    ),
    "Equipment > Serving": ("calm", 18.0, ("Glass Teapot", "Stoneware Mug", "Tea Tray", "Honey Dipper", "Tea Cosy")),
}
_BRANDS = {"tea": ("Leaf & Hill", "Kumo"), "calm": ("Quiet Hour", "Kumo"), "coffee": ("Harbour Roasters", "Volta")}


def things(rng: random.Random) -> list[Thing]:
    made: list[Thing] = []
    for path, (taste, base, names) in _KINDS.items():
        for name in names:
            price = round(base * rng.uniform(0.8, 1.6), 1) - 0.01
            made.append(Thing(f"TC-{len(made) + 1:03}", name, rng.choice(_BRANDS[taste]), path, round(price, 2), taste))
    return made


def merchant_rows(shop: list[Thing], rng: random.Random) -> list[Row]:
    rows = []
    for thing in shop:
        leaf = thing.kind.rsplit(" > ", 1)[1]
        rows.append(
            {
                "id": thing.id,
                "title": f"{thing.brand} {thing.title}",
                "description": f"{thing.title}: {leaf.lower()} from {thing.brand}.",
                "link": f"https://shop.example/p/{thing.id.lower()}",
                "image_link": f"https://shop.example/i/{thing.id.lower()}.jpg",
                "availability": "out_of_stock" if thing.title == "Tea Cosy" else "in_stock",
                "price": f"{thing.price:.2f} EUR",
                "sale_price": f"{thing.price * 0.8:.2f} EUR" if rng.random() < 0.15 else "",
                "brand": thing.brand,
                "product_type": thing.kind,
                "cost_of_goods_sold": f"{thing.price * 0.55:.2f} EUR",
            }
        )
    return rows


def json_ld(shop: list[Thing]) -> Row:
    graph = [
        {
            "@type": "Product",
            "sku": thing.id,
            "name": f"{thing.brand} {thing.title}",
            "description": f"{thing.title} from {thing.brand}.",
            "brand": {"@type": "Brand", "name": thing.brand},
            "category": thing.kind,
            "image": [f"https://shop.example/i/{thing.id.lower()}.jpg"],
            "offers": {
                "@type": "Offer",
                "price": f"{thing.price:.2f}",
                "priceCurrency": "EUR",
                "availability": "https://schema.org/InStock",
            },
        }
        for thing in shop
    ]
    return {"@context": "https://schema.org", "@graph": graph}


def visits(shop: list[Thing], rng: random.Random) -> tuple[list[Row], list[Row]]:
    """GA4 rows of those who shop in the browser, Segment rows of those who shop in the app."""
    web: list[Row] = []
    app: list[Row] = []
    tastes = sorted(_BRANDS)
    for shopper in range(SHOPPERS):
        taste = tastes[shopper % len(tastes)]
        liked = [thing for thing in shop if thing.taste == taste]
        favourites = rng.sample(liked, 3)
        for visit in range(rng.randint(*VISITS)):
            moment = END - timedelta(seconds=rng.uniform(0, DAYS * 86_400))
            choice = rng.choices((favourites, liked, shop), (0.6, 0.3, 0.1))[0]
            steps = _steps(choice, rng)
            in_app = shopper % 3 == 0
            for number, (name, bought, query) in enumerate(steps):
                moment += timedelta(seconds=rng.uniform(5, 120))
                step = (name, bought, query, moment, f"{shopper}-{visit}", number)
                (app if in_app else web).append((_segment if in_app else _ga4)(shopper, step))
    return sorted(web, key=lambda row: row["event_timestamp"]), sorted(app, key=lambda row: str(row["timestamp"]))


def _steps(choice: list[Thing], rng: random.Random) -> list[tuple[str, list[Thing], str]]:
    first, second = rng.sample(choice, 2)
    steps: list[tuple[str, list[Thing], str]] = []
    if rng.random() < 0.3:
        steps.append(("search", [], first.title.lower()))
    steps.append(("view_item", [first], ""))
    if rng.random() < 0.6:
        steps.append(("view_item", [second], ""))
    if rng.random() < 0.55:
        steps.append(("add_to_cart", [first], ""))
        if rng.random() < 0.7:
            steps.append(("purchase", [first, second] if rng.random() < 0.4 else [first], ""))
    return steps


Step = tuple[str, list[Thing], str, datetime, str, int]


def _ga4(shopper: int, step: Step) -> Row:
    name, bought, query, moment, visit, number = step
    session = {"key": "ga_session_id", "value": {"int_value": 1_000_000 + shopper * 100 + int(visit.split("-")[1])}}
    parameters = [session, {"key": "currency", "value": {"string_value": "EUR"}}]
    if query:
        parameters.append({"key": "search_term", "value": {"string_value": query}})
    row: Row = {
        "event_name": name,
        "event_timestamp": int(moment.timestamp() * 1_000_000),
        "user_pseudo_id": f"device.{shopper:04}",
        "platform": "WEB",
        "event_params": parameters,
        "items": [
            {"item_id": thing.id, "price": thing.price, "quantity": 1 + number % 2 * (name != "view_item")}
            for thing in bought
        ],
    }
    if shopper % 2:
        row["user_id"] = f"customer-{shopper:04}"
    if name == "purchase":
        row["ecommerce"] = {"transaction_id": f"order-{visit}"}
    return row


_SEGMENT_NAMES = {
    "search": "Products Searched",
    "view_item": "Product Viewed",
    "add_to_cart": "Product Added",
    "purchase": "Order Completed",
}


def _segment(shopper: int, step: Step) -> Row:
    name, bought, query, moment, visit, number = step
    products = [{"product_id": thing.id, "price": thing.price, "quantity": 1} for thing in bought]
    properties: Row = {"currency": "EUR"}
    if query:
        properties["query"] = query
    elif name == "purchase":
        properties.update(order_id=f"order-{visit}", products=products)
    else:
        properties.update(products[0])
    return {
        "type": "track",
        "event": _SEGMENT_NAMES[name],
        "messageId": f"message-{visit}-{number}",
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "userId": f"customer-{shopper:04}",
        "anonymousId": f"phone.{shopper:04}",
        "context": {"os": {"name": "iOS"}, "sessionId": f"session-{visit}"},
        "properties": properties,
    }


def spoil(web: list[Row], app: list[Row]) -> None:
    """The mistakes that real files have: one of each of these."""
    item = {"item_id": "TC-001", "price": 9.9, "quantity": 0}
    web.append({**web[0], "event_name": "page_view"})
    web.append({**web[0], "event_name": "add_to_cart", "items": [item]})
    web.append({key: value for key, value in web[0].items() if key not in {"user_pseudo_id", "user_id"}})
    app.append({**app[0]})
    app.append({**app[1], "messageId": "message-bad-time", "timestamp": "yesterday"})


def main() -> None:
    rng = random.Random(20261101)  # noqa: S311 - a made-up shop needs the same numbers, not secret ones
    shop = things(rng)
    FOLDER.mkdir(exist_ok=True)
    rows = merchant_rows(shop[:24], rng)
    with (FOLDER / "catalogue.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    document = json.dumps(json_ld(shop[24:]), indent=1, ensure_ascii=False)
    (FOLDER / "serving.jsonld").write_text(document + "\n", encoding="utf-8")
    web, app = visits(shop, rng)
    spoil(web, app)
    for name, events in (("web-ga4.jsonl", web), ("app-segment.jsonl", app)):
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in events)
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
