"""Every service that stands, small but whole, and what to ask it: faults are tried on all of them alike.

A service added later joins by one entry in `STANDING`.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks import generated_prices, generated_shop, search_api
from benchmarks.http_client import encode
from benchmarks.service_process import Service, free_port

T = TypeVar("T")
REQUESTS = 400
WHOLE_S = 300.0
SHOP = generated_shop.ShopSize(products=5_000, categories=100, shoppers=200, lines=40)
PRICES = generated_prices.PriceShopSize(products=300)
SEARCHED = 5_000


@dataclass(frozen=True)
class Furnished:
    """How a service is started, again and again, and requests that it answers with 200."""

    module: str
    settings: Mapping[str, str]
    port_variable: str
    home: Path
    requests: list[bytes]
    whole: Callable[[str], bool]
    """Whether the service at this address has all that it answers from."""

    @contextmanager
    def running(self) -> Iterator[Service]:
        """On a port of its own, ready and whole."""
        port = free_port()
        own = {"MERX_HOME": str(self.home), "MERX_LOG_LEVEL": "ERROR", self.port_variable: str(port), **self.settings}
        with Service(self.module, port, own, self.home / f"{self.module}.log") as service:
            service.wait_ready()
            until = time.monotonic() + WHOLE_S
            while not self.whole(service.url):
                if time.monotonic() > until:
                    raise SystemExit(f"{self.module} is ready, and still degraded")
                time.sleep(0.2)
            yield service


def recommendation(home: Path) -> Furnished:
    shop = generated_shop.furnish(home, SHOP)
    asked = [encode("/v1/recommendations", {"customer_id": shopper, "size": 20}) for shopper in shop.shoppers]
    return Furnished("merx_recommendation", {}, "RECO_PORT", home, asked, _undegraded)


def pricing(home: Path) -> Furnished:
    """A category page of thirty prices to a request."""
    shop = generated_prices.furnish(home, PRICES)
    rng = np.random.default_rng(0)
    asked = []
    for _ in range(REQUESTS):
        chosen = rng.choice(len(shop.products), 30, replace=False)
        lines = [{"product_id": shop.products[row]} for row in chosen]
        asked.append(encode("/v1/prices:quote", {"lines": lines}))
    return Furnished("merx_pricing", {"PRICING_MODE": "live"}, "PRICING_PORT", home, asked, _undegraded)


def search(home: Path) -> Furnished:
    """Words and vectors; of pictures there is no index."""
    products = search_api.catalogue()[:SEARCHED]
    home.mkdir(parents=True, exist_ok=True)
    search_api.publish(home, products)
    asked = [encode("/v1/search", {"query": query, "size": 20}) for query in search_api.asked(products, REQUESTS)]
    settings = {"SEARCH_ROUTE_PREFIX": "/", "SEARCH_RAY_PORT": "31103"}
    whole = partial(_undegraded, but=("pictures_unavailable",))
    return Furnished("merx_search", settings, "SEARCH_PORT", home, asked, whole)


def intake(home: Path) -> Furnished:
    """Twenty events to a request; sent again they are known, which costs as much."""
    home.mkdir(parents=True, exist_ok=True)
    numbers, now = count(), datetime.now(UTC).isoformat()

    def batch() -> bytes:
        lines = [{"product_id": "p1", "price": {"amount": 1999, "currency": "EUR"}}]
        told = [
            {"message_id": f"m{next(numbers)}", "type": "view_item", "time": now, "anonymous_id": "s", "lines": lines}
            for _ in range(20)
        ]
        return encode("/v1/events", {"events": told})

    asked = [batch() for _ in range(REQUESTS)]
    return Furnished("merx_intake", {"MERX_CURRENCY": "EUR"}, "INTAKE_PORT", home, asked, lambda _: True)


STANDING: Mapping[str, Callable[[Path], Furnished]] = {
    "intake": intake,
    "pricing": pricing,
    "recommendation": recommendation,
    "search": search,
}


def try_on(
    names: Sequence[str], times: int, fault: Callable[[Furnished], Iterator[T]]
) -> Iterator[tuple[str, list[T]]]:
    """What `fault` finds, `times` times, on each service in a home of its own; with progress."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(names) * times)
        for name in names:
            progress.update(task, description=name)
            found: list[T] = []
            with tempfile.TemporaryDirectory(prefix=f"merx-{name}-") as home:
                for one in fault(STANDING[name](Path(home) / "home")):
                    found.append(one)
                    progress.advance(task)
            yield name, found


def _undegraded(url: str, *, but: Sequence[str] = ()) -> bool:
    try:
        return not set(json.loads(httpx.get(f"{url}/readyz", timeout=10.0).text).get("degraded", ())) - set(but)
    except (httpx.HTTPError, ValueError):
        return False
