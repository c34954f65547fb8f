"""A shop with an index in its registry, made once by the pipeline's own steps, and the service on Ray."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec

from benchmarks.service_process import Service, free_port
from merx_core.catalogue import Product
from merx_core.events import CloudEvent, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import EventLog, migrate
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import (
    build_index,
    check_index,
    index_catalogue,
    index_pictures,
    index_texts,
    register_index,
)

SHELVES = {
    ("DRINKS", "JUICE"): ("Orange juice", "Apple juice", "Grape juice"),
    ("DRINKS", "COFFEE"): ("Ground coffee", "Instant coffee"),
    ("DAIRY", "YOGURT"): ("Strawberry yogurt", "Vanilla yogurt"),
    ("DAIRY", "CHEESE"): ("Cheddar cheese", "Cream cheese"),
    ("PET", "DOG FOOD"): ("Dog food beef", "Dog food chicken"),
}
BRANDS = ("Northwind", "Contoso", "Fabrikam")


def products() -> list[Product]:
    return [
        Product(
            product_id=f"p{shelf}{place}{brand}",
            title=f"{title}, {8 + 4 * brand} OZ",
            brand=name,
            category=path,
            price=Money(199 + 100 * brand + 10 * place, "USD"),
        )
        for shelf, (path, titles) in enumerate(SHELVES.items())
        for place, title in enumerate(titles)
        for brand, name in enumerate(BRANDS)
    ]


def upsert(product: Product) -> CloudEvent:
    return CloudEvent.upsert(product, "/test", datetime.now(UTC))


def deletion(product_id: str) -> CloudEvent:
    return _about(RecordType.PRODUCT_DELETED, product_id, b"null")


def stock(product_id: str, left: int) -> CloudEvent:
    level = StockLevel(product_id=product_id, stock=left)
    return _about(RecordType.STOCK_LEVEL, product_id, msgspec.json.encode(level))


def _about(kind: RecordType, product_id: str, data: bytes) -> CloudEvent:
    moment = datetime.now(UTC)
    return CloudEvent(
        id=uuid4().hex, source="/test", type=kind, time=moment, subject=product_id, data=msgspec.Raw(data)
    )


@dataclass(frozen=True)
class Shop:
    home: Path

    @property
    def settings(self) -> IndexSettings:
        return IndexSettings(home=self.home)

    def append(self, *records: CloudEvent) -> None:
        with EventLog(self.settings.database_url) as log:
            log.append(list(records))

    def index(self) -> str:
        """Builds, registers and promotes an index of what the log holds; its version."""
        work = self.home / "work"
        made = Folders(
            catalogue=work / "catalogue",
            texts=work / "texts",
            pictures=work / "pictures",
            index=work / "index",
            check=work / "check",
        )
        index_catalogue.run(made.catalogue, settings=self.settings)
        index_texts.run(made.catalogue, made.texts, settings=self.settings)
        index_pictures.run(made, made.pictures, drawn=True, settings=self.settings)
        build_index.run(made, made.index, settings=self.settings)
        verdict = check_index.run(made, made.check, settings=self.settings)
        assert verdict.passed, verdict.reasons
        version = register_index.run(made, work / "documents", settings=self.settings)
        model_registry(self.settings).promote("search", version.version)
        return version.version

    def serve(self, settings: Mapping[str, str], *, ray_port: int) -> Service:
        port = free_port()
        told = {
            "MERX_HOME": str(self.home),
            "SEARCH_PORT": str(port),
            "SEARCH_RAY_PORT": str(ray_port),
            "SEARCH_ROUTE_PREFIX": "/",
            **settings,
        }
        return Service("merx_search", port, told, self.home / "search.log")


def made_shop(home: Path) -> Shop:
    shop = Shop(home)
    migrate(shop.settings.database_url)
    shop.append(*(upsert(product) for product in products()))
    shop.index()
    return shop
