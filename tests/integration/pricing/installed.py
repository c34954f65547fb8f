"""An installation of pricing: a registered book, the records of its products, and the service as a process."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from benchmarks.service_process import Service, free_port
from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CostChange, RecordType, encode
from merx_core.money import Money
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog, migrate
from merx_kit.registry import MlflowRegistry
from merx_kit.registry.ports import CONTRACT_TAG
from merx_models.pricing.book import CONTRACT
from merx_models.pricing.policies import CostPlus, Policy
from tests.unit.pricing.shop import PRODUCTS, book


@dataclass(frozen=True)
class Installation:
    home: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.home}/events.db"

    @property
    def registry(self) -> MlflowRegistry:
        return MlflowRegistry(f"sqlite:///{self.home}/mlflow/mlflow.db", ArtefactStore(f"file://{self.home}/artefacts"))

    def promote(self, policy: Policy, name: str) -> str:
        """Another book, in service soon."""
        folder = self.home / "books" / name
        book(policy).save(folder)
        (folder / "manifest.json").write_text(json.dumps({CONTRACT_TAG: CONTRACT}))
        version = self.registry.register("pricing", folder, tags={CONTRACT_TAG: CONTRACT})
        self.registry.promote("pricing", version.version)
        return version.label

    def append(self, *records: CloudEvent) -> None:
        with EventLog(self.database_url) as log:
            log.append(records)

    def service(self, **settings: str) -> Service:
        port = free_port()
        told = {
            "MERX_HOME": str(self.home),
            "PRICING_PORT": str(port),
            "PRICING_MODE": "live",
            "PRICING_POLL_MS": "200",
            "PRICING_DRAIN_NOTICE_MS": "0",
        }
        return Service("merx_pricing", port, {**told, **settings}, self.home.with_suffix(".log"))


def furnish(home: Path) -> Installation:
    """Four products at 2.99 that cost 1.80, and a policy of 60 % on the cost: 2.88."""
    made = Installation(home)
    migrate(made.database_url)
    made.promote(CostPlus(0.6), "first")
    products = [Product(product_id=name, title=name, price=Money(299, "EUR"), stock=40) for name in PRODUCTS]
    made.append(*(CloudEvent.upsert(product, "test") for product in products), *(cost(name, 180) for name in PRODUCTS))
    return made


def cost(product_id: str, amount: int) -> CloudEvent:
    now = datetime.now(UTC)
    data = msgspec.Raw(encode(CostChange(product_id=product_id, cost=Money(amount, "EUR"))))
    name = f"{product_id}/{now.isoformat()}"
    return CloudEvent(id=name, source="test", type=RecordType.COST_CHANGED, time=now, subject=product_id, data=data)


def quote(client: httpx.Client, *products: str) -> dict[str, Any]:
    answer = client.post("/v1/prices:quote", json={"lines": [{"product_id": name} for name in products]})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def price(client: httpx.Client, product: str = "p00") -> int:
    (found,) = quote(client, product)["quotes"]
    amount: int = found["price"]["amount"]
    return amount


def until(holds: Callable[[], bool], timeout_s: float = 60.0) -> bool:
    end = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()
