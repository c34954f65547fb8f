"""A made-up shop that can price: a price book in MLflow, and in the event log what every product costs, how much of it
there is, what it has cost, and what two competitors ask.

For speed alone: demand is drawn, so nothing can be learned about the worth of the prices here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CompetitorPrice, CostChange, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog, migrate
from merx_kit.http.api_keys import KeyFile, new_key
from merx_kit.registry import MlflowRegistry
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.quantiles import LEVELS
from merx_models.elasticity import Elasticities, ElasticitySettings, PriceHistory
from merx_models.pricing.book import CONTRACT, BookTerms, PriceBook
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.policies import Optimiser
from merx_pipelines.profiles import QUICK_PRICING

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
CURRENCY, SOURCE = "EUR", "/benchmarks/prices"
COMPETITORS = ("north", "south")
FAMILY = 3
"""Packs of one thing, whose prices are held beside each other; every third product begins such a family."""
WEEKS, FITTED, PERIODS = 8, 20, 40
APPENDED = 5_000


@dataclass(frozen=True, kw_only=True)
class PriceShopSize:
    """`prices` are those that each product has had in the last hundred days."""

    products: int = 2_000
    categories: int = 60
    prices: int = 4
    seed: int = 20261126


@dataclass(frozen=True)
class PriceShop:
    """A home folder that pricing can start from, the ids that it prices, their prices now, and a key to ask with."""

    settings: MerxSettings
    products: tuple[str, ...]
    prices: tuple[int, ...]
    key_file: Path
    key: str


@dataclass(frozen=True)
class _Drawn:
    """[n] each; amounts in minor units, `path` is the price in each step [n, prices]."""

    path: Ints
    cost: Ints
    stock: Ints
    units: Doubles
    elasticity: Doubles


def furnish(home: Path, size: PriceShopSize) -> PriceShop:
    """Fills `home`: migrated event log with the facts, a book registered and promoted, a key of every scope."""
    home.mkdir(parents=True, exist_ok=True)
    settings, drawn = MerxSettings(home=home), _draw(size)
    ids = tuple(f"p{row}" for row in range(size.products))
    migrate(settings.database_url)
    log = EventLog(settings.database_url)
    records = list(_records(ids, drawn, size))
    for start in range(0, len(records), APPENDED):
        log.append(records[start : start + APPENDED])
    log.close()
    folder = home / "book"
    _book(ids, drawn, size).save(folder)
    (folder / "manifest.json").write_text(json.dumps({CONTRACT_TAG: CONTRACT}))
    (home / "mlflow").mkdir(exist_ok=True)
    registry = MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url))
    registry.promote("pricing", registry.register("pricing", folder, tags={CONTRACT_TAG: CONTRACT}).version)
    key, record = new_key("bench", ("pricing:quote", "pricing:read", "pricing:audit"))
    (home / "keys.json").write_bytes(msgspec.json.encode(KeyFile((record,))))
    return PriceShop(settings, ids, tuple(drawn.path[:, -1].tolist()), home / "keys.json", key)


def stock_told(product_id: str, stock: int, number: int) -> CloudEvent:
    """A new stock level, as a till or a warehouse tells it."""
    level = StockLevel(product_id=product_id, stock=stock)
    return _record(RecordType.STOCK_LEVEL, product_id, level, at=datetime.now(UTC), name=f"stock-{number}")


def _draw(size: PriceShopSize) -> _Drawn:
    rng = np.random.default_rng(size.seed)
    base = np.exp(rng.normal(6.0, 0.7, size.products)).clip(99, 20_000)
    path = base[:, None] * rng.uniform(0.9, 1.05, (size.products, size.prices))
    units = np.exp(rng.normal(2.0, 1.0, size.products))
    return _Drawn(
        path=path.astype(np.int64),
        cost=(base * rng.uniform(0.5, 0.75, size.products)).astype(np.int64),
        stock=(units * rng.uniform(1.0, 8.0, size.products)).astype(np.int64) + 1,
        units=units,
        elasticity=rng.normal(-2.2, 0.5, size.products).clip(-5.0, -1.1),
    )


def _records(ids: tuple[str, ...], drawn: _Drawn, size: PriceShopSize) -> Iterator[CloudEvent]:
    """Oldest first: prices over the last hundred days, then costs, competitors and stock of today."""
    now = datetime.now(UTC)
    for step in range(size.prices):
        at = now - timedelta(days=100.0 * (size.prices - step) / size.prices)
        for row in range(size.products):
            yield CloudEvent.upsert(_product(row, step, drawn, size), SOURCE, at)
    told = now - timedelta(minutes=5)
    for row, product_id in enumerate(ids):
        cost = CostChange(product_id=product_id, cost=Money(int(drawn.cost[row]), CURRENCY))
        yield _record(RecordType.COST_CHANGED, product_id, cost, at=told)
        level = StockLevel(product_id=product_id, stock=int(drawn.stock[row]))
        yield _record(RecordType.STOCK_LEVEL, product_id, level, at=told)
        for place, competitor in enumerate(COMPETITORS):
            asked = Money(int(drawn.path[row, -1] * (0.97 + 0.08 * place)), CURRENCY)
            seen = CompetitorPrice(product_id=product_id, competitor=competitor, price=asked)
            yield _record(RecordType.COMPETITOR_PRICE, product_id, seen, at=told, name=competitor)


def _product(row: int, step: int, drawn: _Drawn, size: PriceShopSize) -> Product:
    """A third of the families has more than one member."""
    family, member = divmod(row, FAMILY)
    related = family % FAMILY == 0
    return Product(
        product_id=f"p{row}",
        title=f"Product {row}",
        category=("Shop", f"c{row % size.categories}"),
        price=Money(int(drawn.path[row, step]), CURRENCY),
        list_price=Money(int(drawn.path[row].max() * 1.1), CURRENCY),
        group_id=f"g{family}" if related else "",
        attributes={"pack_units": str(member + 1)} if related else {},
    )


def _record(kind: RecordType, product_id: str, told: msgspec.Struct, *, at: datetime, name: str = "") -> CloudEvent:
    data = msgspec.Raw(msgspec.json.encode(told))
    return CloudEvent(
        id=f"{kind}/{product_id}/{name}", source=SOURCE, type=kind, time=at, subject=product_id, data=data
    )


def _book(ids: tuple[str, ...], drawn: _Drawn, size: PriceShopSize) -> PriceBook:
    columns = (drawn.path[:, -1].tolist(), drawn.units.tolist(), drawn.elasticity.tolist())
    fits = {
        product_id: Fit.of(base=base, units=(units, 0.25), elasticity=(elasticity, 0.3), size=8.0)
        for product_id, base, units, elasticity in zip(ids, *columns, strict=True)
    }
    now = datetime.now(UTC).isoformat()
    return PriceBook(
        terms=BookTerms(currency=CURRENCY, window_end=now, made=now, parts={"demand": "1", "elasticity": "1"}),
        policy=PriceModel(policy=Optimiser(), fits=fits, families=("log-log", "linear"), draws=QUICK_PRICING.draws),
        elasticities=_elasticities(ids, drawn, size),
        forecasts={"week": _forecasts(ids, drawn)},
        category={product_id: f"Shop > c{row % size.categories}" for row, product_id in enumerate(ids)},
    )


def _elasticities(ids: tuple[str, ...], drawn: _Drawn, size: PriceShopSize) -> Elasticities:
    """Of a few products: quotes do not ask for them."""
    rng = np.random.default_rng(size.seed)
    row, week = (index.ravel() for index in np.indices((FITTED, PERIODS)))
    price = drawn.path[row, -1] * np.exp(rng.normal(0.0, 0.1, len(row)))
    mean = 50.0 * (price / drawn.path[row, -1]) ** drawn.elasticity[row]
    history = PriceHistory.of(
        product=np.array(ids)[row],
        category=np.array([f"Shop > c{place % 2}" for place in row.tolist()]),
        time=week,
        price=price,
        units=mean * np.exp(rng.normal(0.0, 0.15, len(row))),
    )
    return Elasticities.fit(history, settings=ElasticitySettings(checked=0, season=None))


def _forecasts(ids: tuple[str, ...], drawn: _Drawn) -> ForecastTable:
    now = datetime.now(UTC)
    point = np.tile(drawn.units[:, None], (1, WEEKS))
    return ForecastTable(
        period="week",
        start=now - timedelta(days=1),
        product=np.array(ids),
        channel=np.full(len(ids), "web"),
        quantiles=point[:, :, None] * np.linspace(0.4, 1.8, len(LEVELS)),
        point=point,
        members=("boosted",),
        member=np.zeros(len(ids), np.int64),
        last_sale_us=np.full(len(ids), int(now.timestamp() * 1e6)),
    )
